// SPDX-License-Identifier: GPL-2.0-only
/*
 * multiplex - with more events than counters, perf's estimates and times are right.
 *
 * The test counts 12 user-mode events on a processor with fewer counters.  The
 * program is work_loop(), in which each turn has the same number of each event.
 * perf gives each event a counter for a part of the time, and reports how long the
 * event was enabled and running.  The estimate is value * enabled / running.
 *
 *  - Each estimate is within 2 % of the truth, which follows from the source.
 *  - At any time as many events run as there are counters.  So the running
 *    times of all events add up to counters * enabled, within one interval of
 *    the rotation (perf_event_mux_interval_ms).
 *  - No event ran all the time, and each ran within 20 % of its fair share.
 *
 * The same follows with six groups of two equal events.  A group is on the
 * counters as a whole or not at all, and only kernel code puts it there and takes
 * it off.  So the two user-mode events of a group count the same instructions, and
 * their raw values are equal, not just close.
 *
 * How it could fail: an old count is added again when the event gets another
 * counter; a counter is read after another event has got it; counting begins when
 * Xen applies the batch, and the time begins when the driver makes the batch.
 *
 * The test finds the number of counters with pinned events (perf_event_open(2):
 * a pinned event that does not fit reads as end of file).
 *
 * usage: multiplex [instructions [counters]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define NR_EVENTS	12
#define INSNS		400000000UL
#define PERCENT		2
#define SHARE_PERCENT	20
#define NR_GROUPS	6

/* Events, and how many of each are in one turn of work_loop(). */
static const struct {
	uint64_t config;
	uint64_t per_turn;
} kinds[] = {
	{ ZEN_INSTRUCTIONS, LOOP_BODY },
	{ ZEN_BRANCHES, 1 },
	{ ZEN_TAKEN, 1 },
	{ ZEN_CONDITIONAL, 1 },
};

struct pair {
	uint64_t nr, enabled, running, value[2];
};

enum kind { SINGLE, PIN, LEADER, MEMBER };

static int open_one(uint64_t config, enum kind kind, int leader)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
						event_here(config), "u");
	int fd;

	attr.disabled = kind == SINGLE || kind == LEADER;
	attr.pinned = kind == PIN;
	if (kind == LEADER || kind == MEMBER)
		attr.read_format |= PERF_FORMAT_GROUP;
	fd = perf_open_self(&attr, leader);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	return fd;
}

/* The number of events that can run at once: opens pinned ones until one does not fit. */
static int count_counters(void)
{
	struct perf_value v;
	int fds[64], n = 0;

	while (n < 64) {
		fds[n] = open_one(ZEN_INSTRUCTIONS, PIN, -1);
		if (read(fds[n++], &v, sizeof(v)) != sizeof(v))
			break;
	}
	for (int i = 0; i < n; i++)
		close(fds[i]);
	return n - 1;
}

/* The interval of the rotation in ns.  The kernel's default is a tick (here 4 ms), >= 1 ms. */
static uint64_t rotation(void)
{
	FILE *f = fopen("/sys/bus/event_source/devices/cpu/perf_event_mux_interval_ms",
			"r");
	unsigned int ms = 0;

	if (!f || fscanf(f, "%u", &ms) != 1)
		ms = 4;
	if (f)
		fclose(f);
	return ms * 1000000ULL;
}

static void work(uint64_t turns)
{
	if (prctl(PR_TASK_PERF_EVENTS_ENABLE))
		ksft_exit_fail_perror("PR_TASK_PERF_EVENTS_ENABLE");
	work_loop(turns);
	if (prctl(PR_TASK_PERF_EVENTS_DISABLE))
		ksft_exit_fail_perror("PR_TASK_PERF_EVENTS_DISABLE");
}

/* The error of an estimate in percent of the truth; 100 if the event never ran. */
static double error_of(const struct perf_value *v, uint64_t truth)
{
	if (!v->running)
		return 100;
	return 100 * ((double)v->value * v->enabled / v->running / truth - 1);
}

static bool estimates_good(const struct perf_value *v, uint64_t turns)
{
	bool good = true;

	for (int i = 0; i < NR_EVENTS; i++) {
		uint64_t per_turn = kinds[i % ARRAY_SIZE(kinds)].per_turn;
		double error = error_of(&v[i], per_turn * turns);

		ksft_print_msg("event %2d: %llu counted, %llu of %llu us running, estimate off by %+.3f %%\n",
			       i, (unsigned long long)v[i].value,
			       (unsigned long long)v[i].running / 1000,
			       (unsigned long long)v[i].enabled / 1000, error);
		good &= error >= -PERCENT && error <= PERCENT;
	}
	return good;
}

static bool shares_good(const struct perf_value *v, int counters)
{
	bool good = true;

	for (int i = 0; i < NR_EVENTS; i++) {
		double share = (double)v[i].running * NR_EVENTS /
			       v[i].enabled / counters;

		good &= v[i].running < v[i].enabled &&
			share >= 1 - SHARE_PERCENT / 100. &&
			share <= 1 + SHARE_PERCENT / 100.;
	}
	return good;
}

static bool times_good(const struct perf_value *v, int counters)
{
	int64_t running = 0, enabled = 0, off;

	for (int i = 0; i < NR_EVENTS; i++) {
		running += v[i].running;
		enabled += v[i].enabled;
	}
	off = running - enabled / NR_EVENTS * counters;
	ksft_print_msg("running times of all: %lld us, %d counters * enabled: %lld us, difference %lld ns\n",
		       (long long)running / 1000, counters,
		       (long long)(enabled / NR_EVENTS * counters) / 1000,
		       (long long)off);
	return llabs(off) <= (int64_t)rotation();
}

static void check_singles(uint64_t turns, int counters)
{
	struct perf_value v[NR_EVENTS];
	int fds[NR_EVENTS];

	for (int i = 0; i < NR_EVENTS; i++)
		fds[i] = open_one(kinds[i % ARRAY_SIZE(kinds)].config, SINGLE,
				  -1);
	work(turns);
	for (int i = 0; i < NR_EVENTS; i++) {
		if (read(fds[i], &v[i], sizeof(v[i])) != sizeof(v[i]))
			ksft_exit_fail_perror("read");
		close(fds[i]);
	}
	ksft_test_result(estimates_good(v, turns),
			 "each estimate is within %d %%\n", PERCENT);
	ksft_test_result(shares_good(v, counters),
			 "each event had its share, within %d %%\n",
			 SHARE_PERCENT);
	ksft_test_result(times_good(v, counters),
			 "running times add up to counters * enabled\n");
}

static void check_groups(uint64_t turns)
{
	int leaders[NR_GROUPS], equal = 0, shared = 0;
	struct pair p;

	for (int i = 0; i < NR_GROUPS; i++) {
		uint64_t config = kinds[i % ARRAY_SIZE(kinds)].config;

		leaders[i] = open_one(config, LEADER, -1);
		open_one(config, MEMBER, leaders[i]);
	}
	work(turns);
	for (int i = 0; i < NR_GROUPS; i++) {
		if (read(leaders[i], &p, sizeof(p)) != sizeof(p) || p.nr != 2)
			ksft_exit_fail_perror("read of a group");
		equal += p.value[0] && p.value[0] == p.value[1];
		shared += p.running && p.running < p.enabled;
		ksft_print_msg("group %d: %llu and %llu\n", i,
			       (unsigned long long)p.value[0],
			       (unsigned long long)p.value[1]);
	}
	ksft_test_result(shared == NR_GROUPS,
			 "groups took turns on the counters\n");
	ksft_test_result(equal == NR_GROUPS,
			 "equal events of a group have equal counts\n");
}

int main(int argc, char **argv)
{
	uint64_t insns = argc > 1 ? strtoull(argv[1], NULL, 0) : INSNS;
	int expected = argc > 2 ? atoi(argv[2]) : 0, counters;

	ksft_print_header();
	ksft_set_plan(6);
	counters = count_counters();
	ksft_print_msg("%d counters, rotation every %llu us, %llu instructions\n",
		       counters, (unsigned long long)rotation() / 1000,
		       (unsigned long long)insns);
	ksft_test_result(expected ? counters == expected :
			 counters > 0 && counters < NR_EVENTS,
			 "there are fewer counters than events\n");
	check_singles(insns / LOOP_BODY, counters);
	check_groups(insns / LOOP_BODY / 2);
	ksft_finished();
}
