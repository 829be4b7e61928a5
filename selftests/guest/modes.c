// SPDX-License-Identifier: GPL-2.0-only
/*
 * modes - how many MSRs Xen writes to keep user and kernel counts apart (R5).
 *
 * A PV guest runs both of its modes in ring 3.  So Xen stops and starts the counters
 * that count only one mode whenever the mode changes.  The test makes CALLS system
 * calls with different sets of events open.  Each call changes the mode twice.  The
 * statistic msr_mode tells how many MSRs Xen has written for these changes:
 *
 *	only events of both modes			none
 *	n events of user mode, m of kernel mode		n + m at each change;
 *	  with a global control (AMD PerfMonV2)		1 at each change
 *
 * In a PVH or HVM guest the hardware keeps the modes apart, and Xen writes no MSR.
 *
 * The growth of msr_mode, divided by the number of mode changes of the system calls,
 * must be the number in the table.  Interrupts change the mode as well, and more of
 * them come if the calls take longer.  So the test allows one extra change in fifty.
 * A second write at each change, or an extra write at each change to one of the modes,
 * would make the growth at least 50 % larger.
 *
 * Each user event of instructions must also have exactly the count that the source
 * gives (work.h).
 *
 * How it could fail: a back end does not use its global control, or writes both
 * PERF_CTL and the global control; Xen writes a register that has the value already;
 * Xen also stops and starts the events of both modes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest.h"
#include "perf.h"
#include "stats.h"
#include "work.h"

#define CALLS		5000
#define CHANGES		(2 * CALLS)
#define MAX_EVENTS	4	/* every processor has at least 4 counters */
#define INFO_FILE	"/sys/kernel/debug/xen_pmu/info"

static const struct {
	const char *name;
	const char *modes[MAX_EVENTS];	/* modes of each event */
	int single;			/* events that count one mode only */
} sets[] = {
	{ "two events of both modes", { "uk", "uk" }, 0 },
	{ "one user event", { "u" }, 1 },
	{ "one kernel event", { "k" }, 1 },
	{ "four user events", { "u", "u", "u", "u" }, 4 },
	{ "two user and two kernel events", { "u", "u", "k", "k" }, 4 },
	{ "three user events, one of both modes", { "u", "u", "uk", "u" }, 3 },
};

/* Can Xen switch all counters with one write?  -1: the driver is not ours. */
static int global_control(void)
{
	FILE *f = fopen(INFO_FILE, "r");
	char line[256];
	int global = -1;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, "global_control: ", 16))
			global = !strncmp(line + 16, "yes", 3);
	if (f)
		fclose(f);
	return global;
}

/* Opens the events of a set; returns their number. */
static int open_set(int set, int *fds)
{
	int n = 0;

	for (; n < MAX_EVENTS && sets[set].modes[n]; n++) {
		struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
				ZEN_INSTRUCTIONS, sets[set].modes[n]);

		fds[n] = perf_open_self(&attr, -1);
		if (fds[n] < 0)
			ksft_exit_fail_perror("perf_event_open");
	}
	return n;
}

/* The number of MSRs that Xen should write at each change of mode. */
static int writes_a_change(int set, int global)
{
	if (!guest_is("PV"))
		return 0;
	return global ? sets[set].single > 0 : sets[set].single;
}

static void check(int set, int global)
{
	int64_t per = writes_a_change(set, global), grew;
	struct perf_value before, after;
	struct stats first, last;
	int fds[MAX_EVENTS], n = open_set(set, fds);
	bool exact = true;

	work_syscalls(CALLS);		/* warm-up: brings all pages into memory */
	if (!stats_read(&first))
		ksft_exit_fail_msg("no " STATS_FILE "\n");
	work_syscalls(CALLS);
	if (!stats_read(&last))
		ksft_exit_fail_msg("no " STATS_FILE "\n");
	for (int i = 0; i < n; i++) {
		if (work_between_reads(fds[i], &before, &after, sizeof(before),
				       work_syscalls, CALLS))
			ksft_exit_fail_perror("read");
		if (!strcmp(sets[set].modes[i], "u"))
			exact &= after.value - before.value ==
				 SYSCALLS_INSNS(CALLS) + BETWEEN_INSNS;
		else
			exact &= after.value > before.value;
	}
	while (n--)
		close(fds[n]);
	grew = stats_delta(&first, &last, "msr_mode");
	ksft_print_msg("%s: %lld writes, %lld for a batch, %d changes by system calls\n",
		       sets[set].name, (long long)grew,
		       (long long)stats_delta(&first, &last, "msr_batch"),
		       CHANGES);
	ksft_test_result(per ? grew >= per * CHANGES &&
			       grew <= per * (CHANGES + CHANGES / 50) :
			       !grew,
			 "%s: %lld a change\n", sets[set].name, (long long)per);
	ksft_test_result(exact, "%s: the counts are exact\n", sets[set].name);
}

int main(void)
{
	int global = global_control();

	ksft_print_header();
	if (global < 0)
		ksft_exit_skip("the module xen_pmu is not here\n");
	ksft_set_plan(2 * ARRAY_SIZE(sets));
	for (unsigned int i = 0; i < ARRAY_SIZE(sets); i++)
		check(i, global);
	ksft_finished();
}
