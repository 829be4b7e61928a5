// SPDX-License-Identifier: GPL-2.0-only
/*
 * sigtrap - with attr.sigtrap, the task that overflows gets SIGTRAP at once.
 *
 * The event is "instructions:u" with sigtrap, remove_on_exec and a period.  Each
 * overflow in an assembly loop sends one SIGTRAP to this thread, with TRAP_PERF and
 * the requested si_perf_type and si_perf_data.  The handler reads the event's count
 * and the instruction at which the loop was interrupted:
 *
 *  - There are floor(count / period) signals; none is lost, and none comes twice.
 *  - Each signal comes the same number of instructions (the skid) after the end of
 *    its period.  The count in the handler exceeds a multiple of the period by
 *    the skid and by the handler's first instructions, the same number each time.
 *  - If SIGTRAP is blocked, one signal is pending and marked as late, and the count
 *    of a loop is exact meanwhile.
 *
 * How it could fail: the overflow is noticed when the task has gone on; an overflow
 * is lost because its interrupt comes in the kernel; one overflow gives two signals.
 */
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define PERIOD		10007UL
#define OVERFLOWS	1000UL
#define TURNS		1000UL
#define DATA		0x1234567890abcdefULL

#ifndef TRAP_PERF
#define TRAP_PERF		6
#endif
#ifndef TRAP_PERF_FLAG_ASYNC
#define TRAP_PERF_FLAG_ASYNC	1
#endif

static struct {
	int signals, wrong, outside, asynchronous;
	uint64_t first;		/* signal: instructions after the period's end */
	int constant;		/* signals with the same number */
} seen;

static int event;

/* The part of siginfo_t that is called _perf; old C libraries do not have it. */
struct siginfo_perf {
	int signo, error, code, pad;
	void *addr;
	unsigned long data;
	uint32_t type;
	uint32_t flags;
};

static int insn_index(uint64_t ip)
{
	for (int i = 0; i < LOOP_BODY; i++)
		if (work_loop_insn[i] == ip)
			return i;
	return -1;
}

static void handler(int sig, siginfo_t *info, void *context)
{
	const struct siginfo_perf *p = (const void *)info;
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;
	uint64_t count = 0;

	/* The read comes first, so that the number of instructions before it is constant. */
	if (read(event, &count, sizeof(count)) != sizeof(count))
		seen.wrong++;
	seen.signals++;
	seen.asynchronous += p->flags & TRAP_PERF_FLAG_ASYNC;
	seen.wrong += p->code != TRAP_PERF || p->data != DATA ||
		      p->type != PERF_TYPE_HARDWARE;
	seen.outside += insn_index(regs[REG_RIP]) < 0;
	count %= PERIOD;
	if (seen.signals == 1)
		seen.first = count;
	seen.constant += count == seen.first;
}

static void open_event(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	struct sigaction sa = {
		.sa_sigaction = handler, .sa_flags = SA_SIGINFO,
	};

	attr.read_format = 0;
	attr.disabled = 1;
	attr.sample_period = PERIOD;
	attr.sigtrap = 1;
	attr.remove_on_exec = 1;
	attr.sig_data = DATA;
	event = perf_open_self(&attr, -1);
	if (event < 0)
		ksft_exit_fail_perror("perf_event_open");
	if (sigaction(SIGTRAP, &sa, NULL))
		ksft_exit_fail_perror("sigaction");
}

static uint64_t count(void)
{
	uint64_t v = 0;

	if (read(event, &v, sizeof(v)) != sizeof(v))
		ksft_exit_fail_perror("read");
	return v;
}

static void check_each(void)
{
	uint64_t all;

	if (ioctl(event, PERF_EVENT_IOC_ENABLE, 0))
		ksft_exit_fail_perror("PERF_EVENT_IOC_ENABLE");
	work_loop(OVERFLOWS * PERIOD / LOOP_BODY);
	if (ioctl(event, PERF_EVENT_IOC_DISABLE, 0))
		ksft_exit_fail_perror("PERF_EVENT_IOC_DISABLE");
	all = count() / PERIOD;
	ksft_print_msg("%llu overflows: %d signals, %d outside the loop, %d of them %llu instructions beyond a period's end\n",
		       (unsigned long long)all, seen.signals, seen.outside,
		       seen.constant, (unsigned long long)seen.first);
	ksft_test_result(seen.signals == (int)all && all >= OVERFLOWS - 1,
			 "each overflow is a signal\n");
	ksft_test_result(!seen.wrong && !seen.asynchronous,
			 "each signal has the event's type and data, and is not late\n");
	ksft_test_result(!seen.outside && seen.constant == seen.signals &&
			 seen.first < 100,
			 "at the same instruction after each period\n");
}

static void check_blocked(void)
{
	int before = seen.signals, blocked;
	uint64_t a, b;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (ioctl(event, PERF_EVENT_IOC_ENABLE, 0) ||
	    work_between_reads(event, &a, &b, sizeof(a), work_loop,
			       10 * TURNS) ||
	    ioctl(event, PERF_EVENT_IOC_DISABLE, 0))
		ksft_exit_fail_perror("read or ioctl");
	blocked = seen.signals - before;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	ksft_print_msg("blocked: %d signals, then %d, %d late; counted %llu of %lu\n",
		       blocked, seen.signals - before - blocked,
		       seen.asynchronous, (unsigned long long)(b - a),
		       LOOP_INSNS(10 * TURNS) + BETWEEN_INSNS);
	ksft_test_result(b - a == LOOP_INSNS(10 * TURNS) + BETWEEN_INSNS,
			 "blocked: the count is exact\n");
	ksft_test_result(!blocked && seen.signals == before + 1 &&
			 seen.asynchronous == 1, "blocked: one signal is pending\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(5);
	open_event();
	check_each();
	check_blocked();
	ksft_finished();
}
