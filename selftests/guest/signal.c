// SPDX-License-Identifier: GPL-2.0-only
/*
 * signal - the signal of an overflow always comes at the same instruction.
 *
 * An event "instructions:u" with a period of N sends a signal to this thread at
 * its overflow (F_SETSIG, F_SETOWN_EX).  PERF_EVENT_IOC_REFRESH(1) arms the event
 * for one overflow, and the kernel disables the event at that overflow.  An
 * assembly loop follows at once.  RIP in the signal's context, and RDI, which
 * counts the turns down, tell how many instructions the loop has executed.
 *
 *  - Each overflow gives exactly one signal, POLL_HUP, for this event.
 *  - The signal comes after N + skid instructions.  The skid is printed, and is
 *    the same every time.  On the rig it is 0, because the interrupt is taken
 *    at the instruction that overflows.  The kernel shortens the next period
 *    by the skid, so the first signal comes after N + skid instructions and
 *    each later one after N.
 *  - The count that is read after the signal is exactly the number of
 *    instructions that the context tells.
 *
 * How it could fail: disabling has to wait until a batch is applied, and the
 * event counts more; a virtual interrupt is delivered after the guest has gone
 * on, and the skid varies; a second record for the same overflow gives a second
 * signal.
 *
 * usage: signal [overflows]
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "arm.h"
#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define OVERFLOWS	1000
#define PERIOD		10007UL
#define TURNS		(PERIOD / LOOP_BODY + 1000)

/* Written by the signal handler.  The loop is assembly, so C reads it again after that. */
static struct {
	int signals, wrong_fd, wrong_code, outside;
	int64_t position;	/* instructions executed since the event was armed */
} seen;

static int event = -1;

/* The index of the loop's next instruction; -1: @ip is outside the loop. */
static int insn_index(uint64_t ip)
{
	for (int i = 0; i < LOOP_BODY; i++)
		if (work_loop_insn[i] == ip)
			return i;
	return -1;
}

/* The last instruction but one of a turn counts the turns down. */
static int64_t position(int index, uint64_t left)
{
	uint64_t done = TURNS - left - (index == LOOP_BODY - 1);

	return ARM_INSNS + done * LOOP_BODY + index;
}

/* The handler makes the interrupted turn the last one of the loop. */
static void handler(int sig, siginfo_t *info, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	int index = insn_index(regs[REG_RIP]);

	seen.signals++;
	seen.wrong_fd += info->si_fd != event;
	seen.wrong_code += info->si_code != POLL_HUP;
	if (index < 0) {
		seen.outside++;
		seen.position = -1;
		return;
	}
	seen.position = position(index, regs[REG_RDI]);
	if (index < LOOP_BODY - 1)
		regs[REG_RDI] = 1;
}

static void catch(void)
{
	struct sigaction sa = {
		.sa_sigaction = handler, .sa_flags = SA_SIGINFO,
	};
	struct f_owner_ex owner = { F_OWNER_TID, gettid() };

	if (sigaction(SIGRTMIN + 1, &sa, NULL) ||
	    fcntl(event, F_SETFL, O_ASYNC) ||
	    fcntl(event, F_SETSIG, SIGRTMIN + 1) ||
	    fcntl(event, F_SETOWN_EX, &owner))
		ksft_exit_fail_perror("setting up the signal");
}

static void open_event(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");

	attr.disabled = 1;
	attr.sample_period = PERIOD;
	attr.wakeup_events = 1;
	event = perf_open_self(&attr, -1);
	if (event < 0)
		ksft_exit_fail_perror("perf_event_open");
	catch();
}

static int64_t count(void)
{
	struct perf_value v;

	return read(event, &v, sizeof(v)) == sizeof(v) ? (int64_t)v.value : -1;
}

struct tally {
	int64_t skid;			/* of the first signal */
	int single, constant, exact;
};

static void note(int i, int64_t expected, int64_t counted, struct tally *t)
{
	bool constant = seen.position == expected;
	bool exact = counted == seen.position;

	t->constant += constant;
	t->exact += exact;
	if ((!constant && t->constant >= i - 3) || (!exact && t->exact >= i - 3))
		ksft_print_msg("overflow %d: expected at %lld, was at %lld, counted %lld\n",
			       i, (long long)expected,
			       (long long)seen.position, (long long)counted);
}

static void run(int overflows, struct tally *t)
{
	int64_t before = 0;

	for (int i = 0; i < overflows; i++) {
		int signals = seen.signals;
		int64_t after;

		arm_and_loop(event, TURNS);
		after = count();
		t->single += seen.signals == signals + 1;
		if (!i)
			t->skid = seen.position - PERIOD;
		note(i, PERIOD + (i ? 0 : t->skid), after - before, t);
		before = after;
	}
}

int main(int argc, char **argv)
{
	int overflows = argc > 1 ? atoi(argv[1]) : OVERFLOWS;
	struct tally t = { 0 };

	ksft_print_header();
	ksft_set_plan(5);
	open_event();
	run(overflows, &t);
	ksft_print_msg("%d overflows of %lu instructions: %d signals, skid %lld; %d at the same instruction, %d counts exact\n",
		       overflows, PERIOD, seen.signals, (long long)t.skid,
		       t.constant, t.exact);
	ksft_test_result(t.single == overflows,
			 "each overflow gives one signal\n");
	ksft_test_result(!seen.wrong_fd && !seen.wrong_code && seen.signals,
			 "each signal has this event's descriptor and POLL_HUP\n");
	ksft_test_result(!seen.outside && t.constant == overflows,
			 "each signal comes after N + skid instructions\n");
	ksft_test_result(!seen.outside && t.skid >= 0 && t.skid < 1000,
			 "the skid is from 0 to 999 instructions\n");
	ksft_test_result(t.exact == overflows,
			 "the count that is read after the signal is exact\n");
	ksft_finished();
}
