// SPDX-License-Identifier: GPL-2.0-only
/*
 * modes - what telling user from kernel mode costs, in MSR writes (R5).
 *
 * On a PV guest both modes are ring 3, so Xen stops and starts what counts one
 * of them whenever the mode changes.  The program makes CALLS system calls, each
 * of which is two changes, with different sets of events open, and reads how
 * many MSRs Xen has written for it (msr_mode):
 *
 *	nothing but events of both modes		none
 *	n events of user mode, m of kernel mode		n + m at each change;
 *	  with a global control (AMD PerfMonV2)		1
 *
 * In a PVH or HVM guest the hardware tells them apart, and nothing is written for
 * any of these.
 *
 * The growth of msr_mode, divided by the number of changes that the system calls
 * are, must be that.  Interrupts change the mode as well, and how often they come
 * follows from how long the calls take; so up to one change in fifty may be
 * theirs.  A second write at each change, or one more only for every change to
 * one of the modes, would be 50 % more or worse.
 *
 * And the events must count all the while: each user event of instructions what
 * the source says (work.h), exactly.
 *
 * How it could fail: a back end that does not use its global control, or that
 * writes PERF_CTL and the global control; one that writes registers which hold
 * the value already; events of both modes that are stopped and started with the
 * others.
 */
#include <stdio.h>
#include <stdlib.h>

#include "kselftest.h"
#include "perf.h"
#include "stats.h"
#include "work.h"

#define CALLS		5000
#define CHANGES		(2 * CALLS)
#define MAX_EVENTS	4	/* as few counters as there are anywhere */
#define INFO_FILE	"/sys/kernel/debug/xen_pmu/info"

static const struct {
	const char *name;
	const char *modes[MAX_EVENTS];	/* of each event */
	int single;			/* that count one mode only */
} sets[] = {
	{ "two events of both modes", { "uk", "uk" }, 0 },
	{ "one user event", { "u" }, 1 },
	{ "one kernel event", { "k" }, 1 },
	{ "four user events", { "u", "u", "u", "u" }, 4 },
	{ "two user and two kernel events", { "u", "u", "k", "k" }, 4 },
	{ "three user events, one of both modes", { "u", "u", "uk", "u" }, 3 },
};

/* Whether Xen can switch counters together; -1: it is not our driver. */
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

/* Opens the events of a set; gives their number. */
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

/* MSRs to be written at each change of mode. */
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

	work_syscalls(CALLS);		/* everything is in memory now */
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
