// SPDX-License-Identifier: GPL-2.0-only
/*
 * split - the user count and the kernel count add up to the whole.
 *
 * Three events of one group count the same run: instructions, instructions:u
 * and instructions:k.  The run makes system calls, with loops between them, so
 * that at least 30 % of its instructions are kernel code.  The difference
 *
 *	boundary = u + k - whole
 *
 * of one read(2) cannot be 0.  The kernel reads the counters of the group one after
 * the other.  Its own instructions between the first and the last counter are in :k,
 * but not in the whole.  Their number is the same at every read: interrupts are off,
 * and no branch on the path depends on the values.  So the test demands that
 *
 *	boundary(second read) - boundary(first read) = 0
 *
 * exactly, for a run of any length: every instruction between the two reads is in
 * the whole once, and in one of the halves once.  The test prints the boundary of
 * one read: the cost of switching the events on, and the distance within the read.
 *
 * A context switch stops and starts the three counters one after the other, and
 * adds a distance of its own.  So the test asks for SCHED_FIFO, and uses only runs
 * without a preemption (getrusage(2) tells).  It fails if it does not get ten such
 * runs in a hundred.
 *
 * The sum would also be right if every instruction were in the wrong half.  So the
 * test compares :u with the source too (work.h).
 *
 * How it could fail: on stock Xen with its own vPMU, a PV guest's kernel runs
 * in ring 3, so :u contains the guest's kernel, and :k counts Xen.  This test ran
 * once in a PV dom0 of Debian's Xen 4.20 with vpmu=1 and the stock driver, on the
 * same rig, and gave
 *
 *	                       u          k      whole   (user, by the source)
 *	one system call    3,005      5,108      8,113          (128)
 *	many           1,138,437  1,782,219  2,920,656      (226,015)
 *	a loop            12,431                             (10,009)
 *
 * and in an early experiment there 12.0 M user instructions showed as 984 M.
 * That is why R5 exists.  A guest driver that switches counters in software
 * fails here by some instructions per system call.
 */
#include <stdlib.h>
#include <sys/resource.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define GOOD_RUNS	10
#define TRIES		100
#define CALLS		2000		/* system calls of one run */
#define TURNS		10		/* of the loop, after each of them */

enum { WHOLE, USER, KERNEL, NR_EVENTS };

struct group {
	uint64_t nr;
	uint64_t enabled, running;
	uint64_t value[NR_EVENTS];
};

struct delta {
	int64_t value[NR_EVENTS];
	int64_t boundary;	/* second read minus first read */
};

static int fds[NR_EVENTS];

static int64_t boundary(const struct group *g)
{
	return g->value[USER] + g->value[KERNEL] - g->value[WHOLE];
}

static void open_group(void)
{
	struct group g;
	static const char * const modes[] = { "uk", "u", "k" };

	for (int i = 0; i < NR_EVENTS; i++) {
		struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, modes[i]);

		attr.read_format |= PERF_FORMAT_GROUP;
		attr.disabled = !i;
		fds[i] = perf_open_self(&attr, i ? fds[0] : -1);
		if (fds[i] < 0)
			ksft_exit_fail_msg("instructions:%s: %s\n", modes[i],
					   strerror(errno));
	}
	if (ioctl(fds[0], PERF_EVENT_IOC_ENABLE, PERF_IOC_FLAG_GROUP))
		ksft_exit_fail_perror("PERF_EVENT_IOC_ENABLE");
	if (read(fds[0], &g, sizeof(g)) != sizeof(g))
		ksft_exit_fail_perror("read of the group");
	ksft_print_msg("switching on and the first read: u + k - whole = %lld\n",
		       (long long)boundary(&g));
}

/* A piece for work_between_reads(): alternates system calls and user code. */
static void mixture(uint64_t calls)
{
	while (calls--) {
		work_syscalls(1);
		work_loop(TURNS);
	}
}

static void fill(const struct group *a, const struct group *b, struct delta *d)
{
	for (int i = 0; i < NR_EVENTS; i++)
		d->value[i] = b->value[i] - a->value[i];
	d->boundary = boundary(b) - boundary(a);
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nvcsw + usage.ru_nivcsw;
}

/* Makes one run; returns whether it is valid: measured, and not preempted. */
static bool run(uint64_t calls, struct delta *d)
{
	long before = switches();
	struct group a, b;

	if (work_between_reads(fds[0], &a, &b, sizeof(a), mixture, calls))
		ksft_exit_fail_msg("short read of the group\n");
	if (b.enabled != b.running)
		ksft_exit_fail_msg("the group was multiplexed\n");
	fill(&a, &b, d);
	return switches() == before;
}

static void check(const char *name, uint64_t calls, int kernel_percent)
{
	int good = 0, exact = 0, busy = 0;
	struct delta d;

	for (int i = 0; i < TRIES && good < GOOD_RUNS; i++) {
		if (!run(calls, &d))
			continue;
		good++;
		exact += !d.boundary;
		busy += d.value[KERNEL] * 100 >=
			d.value[WHOLE] * kernel_percent;
		if (d.boundary)
			ksft_print_msg("%s: u %lld + k %lld - whole %lld = %lld\n",
				       name, (long long)d.value[USER],
				       (long long)d.value[KERNEL],
				       (long long)d.value[WHOLE],
				       (long long)d.boundary);
	}
	ksft_print_msg("%s: u %lld, k %lld, whole %lld; %d runs without a switch\n",
		       name, (long long)d.value[USER],
		       (long long)d.value[KERNEL], (long long)d.value[WHOLE],
		       good);
	ksft_test_result(good == GOOD_RUNS && exact == good,
			 "user + kernel = whole, exactly: %s\n", name);
	ksft_test_result(good == GOOD_RUNS && busy == good,
			 "at least %d %% are the kernel's: %s\n",
			 kernel_percent, name);
}

/* The source gives the count of :u for this run, too. */
static void check_user(void)
{
	int64_t empty, got, expect = LOOP_INSNS(1000) + BETWEEN_INSNS;
	struct group a, b;

	work_between_reads(fds[0], &a, &b, sizeof(a), work_loop, 1000);
	got = b.value[USER] - a.value[USER];
	work_between_reads(fds[0], &a, &b, sizeof(a), work_loop, 1);
	empty = b.value[USER] - a.value[USER];
	ksft_print_msg("user instructions: %lld and %lld\n", (long long)got,
		       (long long)empty);
	ksft_test_result(got == expect &&
			 empty == LOOP_INSNS(1) + BETWEEN_INSNS,
			 "user instructions are those of the source\n");
}

int main(void)
{
	struct sched_param fifo = { .sched_priority = 1 };

	ksft_print_header();
	ksft_set_plan(7);
	if (pin_here() < 0 || sched_setscheduler(0, SCHED_FIFO, &fifo))
		ksft_print_msg("no SCHED_FIFO: %s\n", strerror(errno));
	open_group();

	check("nothing but the read", 0, 30);
	check("one system call", 1, 30);
	check("many system calls", CALLS, 30);
	check_user();
	ksft_finished();
}
