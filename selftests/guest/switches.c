// SPDX-License-Identifier: GPL-2.0-only
/*
 * switches - what a context switch costs the guest's PMU.
 *
 * Two processes on one VCPU, each with four user-mode events of its own, pass
 * a byte to and fro over pipes, so that each pass is a context switch.  The
 * driver's and Xen's own counts are read before and after.
 *
 *  - Equal events in both: no sync hypercall and no MSR written to apply a
 *    batch (R6: the counters already run what the other one wants).
 *    Xen sees one batch a switch, which asks for what is there.  One exception
 *    is not the switch's doing: when Xen itself takes the VCPU off the CPU
 *    after the one process has stopped its events and before the other starts
 *    them, it applies the stop when the VCPU comes back, as it must (R3).  Each
 *    of these is an applied batch more than there were switches, and costs two
 *    MSR writes an event at most (stop and start); more than one in a thousand
 *    switches is too many to be that.
 *  - Different events: still no sync, since the batch of user-mode events is
 *    applied on the way to user mode; at most one applied batch a switch.  In a
 *    PVH or HVM guest nothing of Xen is on that way: one sync a switch there, and
 *    no more.
 *
 * Both run as SCHED_FIFO, so that no kernel thread gets between them: what has
 * no events must find the counters stopped, and stopping them is a batch.
 *
 * MSRs written for user/kernel attribution (msr_mode) are R5's price, not the
 * switch's, and are printed apart.  Switches are counted by the kernel
 * (PERF_COUNT_SW_CONTEXT_SWITCHES of the CPU).
 *
 * Both processes also check their counts: they make the passes in two halves,
 * which execute the same instructions, so that each count that follows from
 * the code alone must be the same in both.  A count that is lost, or given to
 * the wrong process at a switch, differs.
 *
 * How it could fail: a driver that stops and starts each counter, or that
 * loads a fresh start value at each switch, writes MSRs; one that makes sure
 * by a hypercall that the batch was seen has syncs; one that skips what it
 * should have done counts wrongly.  On `native` and `stock` only the counts
 * are checked.
 *
 * usage: switches [passes]
 */
#include <sys/wait.h>
#include <stdio.h>

#include "kselftest.h"
#include "perf.h"
#include "stats.h"

#define PASSES		10000	/* of the byte, in one direction */
#define WARM_UP		200
#define NR_EVENTS	4

struct event {
	uint64_t config;
	bool exact;	/* what it counts follows from the code alone */
};

static const struct event ones[NR_EVENTS] = {
	{ ZEN_INSTRUCTIONS, true }, { ZEN_BRANCHES, true },
	{ ZEN_TAKEN, true }, { ZEN_CONDITIONAL, true },
};

/* With those above there are seven, more than the processor has counters. */
static const struct event others[NR_EVENTS] = {
	{ ZEN_CYCLES, false }, { ZEN_MISPREDICTED, false },
	{ ZEN_NEAR_RETURNS, false }, { ZEN_INSTRUCTIONS, true },
};

struct side {
	int in, out;		/* pipe ends */
	const struct event *events;
	int fds[NR_EVENTS];
	uint64_t halves[2][NR_EVENTS];
};

static void open_events(struct side *s, const struct event *events)
{
	s->events = events;
	for (int i = 0; i < NR_EVENTS; i++) {
		struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
					event_here(events[i].config), "u");

		s->fds[i] = perf_open_self(&attr, -1);
		if (s->fds[i] < 0)
			ksft_exit_fail_msg("event %#llx: %s\n",
					   (unsigned long long)events[i].config,
					   strerror(errno));
	}
}

static void close_events(struct side *s)
{
	for (int i = 0; i < NR_EVENTS; i++)
		close(s->fds[i]);
}

static void read_events(const struct side *s, uint64_t *values)
{
	struct perf_value v;

	for (int i = 0; i < NR_EVENTS; i++) {
		if (read(s->fds[i], &v, sizeof(v)) != sizeof(v))
			_exit(KSFT_FAIL);
		values[i] = v.value;
	}
}

/* The byte comes in and goes out, so often. */
static __attribute__((noipa)) void pass(const struct side *s, int passes)
{
	char c;

	while (passes--)
		if (read(s->in, &c, 1) != 1 || write(s->out, &c, 1) != 1)
			_exit(KSFT_FAIL);
}

/* Passes between two reads of the four counts. */
static __attribute__((noipa)) void half(struct side *s, int which, int passes)
{
	uint64_t v[2][NR_EVENTS];

	read_events(s, v[0]);
	pass(s, passes);
	read_events(s, v[1]);
	for (int i = 0; i < NR_EVENTS; i++)
		s->halves[which][i] = v[1][i] - v[0][i];
}

/* Two equal halves: the same code, so the same counts. */
static void halves(struct side *s, int passes)
{
	half(s, 0, passes / 2);
	half(s, 1, passes / 2);
}

static bool halves_agree(const struct side *s, const char *who)
{
	bool good = true;

	for (int i = 0; i < NR_EVENTS; i++) {
		if (!s->events[i].exact ||
		    (s->halves[0][i] && s->halves[0][i] == s->halves[1][i]))
			continue;
		good = false;
		ksft_print_msg("%s, event %d: %llu, then %llu\n", who, i,
			       (unsigned long long)s->halves[0][i],
			       (unsigned long long)s->halves[1][i]);
	}
	return good;
}

/* The other process: the same passes, then its verdict as exit status. */
static pid_t start_partner(struct side *s, const struct event *events,
			   int passes)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	open_events(s, events);
	pass(s, WARM_UP);
	halves(s, passes);
	pass(s, 1);
	_exit(halves_agree(s, "partner") ? KSFT_PASS : KSFT_FAIL);
}

static int open_switches(int cpu)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_SOFTWARE,
					PERF_COUNT_SW_CONTEXT_SWITCHES, "uk");

	return perf_open(&attr, -1, cpu, -1);
}

static int64_t read_switches(int fd)
{
	struct perf_value v;

	return read(fd, &v, sizeof(v)) == sizeof(v) ? (int64_t)v.value : -1;
}

struct result {
	struct stats before, after;
	bool have_stats, counts_good;
	int64_t switches;
};

/*
 * This side starts each pass, so the partner's pipe ends are crossed.  Both
 * are warm, and have their counters, when the first statistics are read.
 */
static void play(struct side *s, int passes, int cpu, struct result *r)
{
	int fd = open_switches(cpu);

	if (write(s->out, "x", 1) != 1)
		ksft_exit_fail_perror("write");
	pass(s, WARM_UP);
	r->have_stats = stats_read(&r->before);
	r->switches = -read_switches(fd);
	halves(s, passes);
	r->switches += read_switches(fd);
	r->have_stats &= stats_read(&r->after);
	close(fd);
}

static void run(const struct event *mine, const struct event *theirs,
		int passes, int cpu, struct result *r)
{
	int there[2], back[2], status;
	struct side me, partner;
	pid_t pid;
	char c;

	if (pipe(there) || pipe(back))
		ksft_exit_fail_perror("pipe");
	me.in = back[0];
	me.out = there[1];
	partner.in = there[0];
	partner.out = back[1];
	fflush(stdout);
	pid = start_partner(&partner, theirs, passes);
	if (pid < 0)
		ksft_exit_fail_perror("fork");
	open_events(&me, mine);
	play(&me, passes, cpu, r);
	if (read(me.in, &c, 1) != 1 || waitpid(pid, &status, 0) != pid)
		ksft_exit_fail_msg("the partner died\n");
	r->counts_good = halves_agree(&me, "this side") && !status;
	close_events(&me);
	for (int i = 0; i < 2; i++) {
		close(there[i]);
		close(back[i]);
	}
}

static void print(const char *what, const struct result *r)
{
	static const char * const names[] = {
		"published", "applied", "refused", "sync", "msr_batch",
		"msr_mode", "msr_switch", "msr_pmi",
	};

	ksft_print_msg("%s: %lld switches\n", what, (long long)r->switches);
	if (!r->have_stats)
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		ksft_print_msg("  %-10s %lld\n", names[i],
			       (long long)stats_delta(&r->before, &r->after,
						      names[i]));
}

/* RT tasks may have all of the CPU: microseconds in a second, or -1. */
static int rt_runtime(int us)
{
	FILE *f = fopen("/proc/sys/kernel/sched_rt_runtime_us", "r+");
	int before = 0;

	if (!f)
		return 0;
	if (fscanf(f, "%d", &before) != 1)
		before = 0;
	rewind(f);
	fprintf(f, "%d\n", us);
	fclose(f);
	return before;
}

static void no_one_else(void)
{
	struct sched_param fifo = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &fifo))
		ksft_print_msg("no SCHED_FIFO: %s\n", strerror(errno));
}

static int64_t grew(const struct result *r, const char *name)
{
	return stats_delta(&r->before, &r->after, name);
}

/* Batches that only Xen's own switch of the VCPU explains, see above; or -1. */
static int64_t extra_batches(const struct result *r)
{
	int64_t extra;

	if (!r->have_stats || grew(r, "applied") < 0)
		return -1;
	extra = grew(r, "applied") - r->switches;
	if (extra < 0)
		extra = 0;
	return extra <= r->switches / 1000 ? extra : -1;
}

static bool no_msr(const struct result *r)
{
	int64_t extra = extra_batches(r);

	return extra >= 0 && grew(r, "msr_batch") >= 0 &&
	       grew(r, "msr_batch") <= extra * 2 * NR_EVENTS;
}

/* A guest whose returns to user mode do not pass through Xen. */
static bool hardware_guest(void)
{
	return guest_is("PVH") || guest_is("HVM");
}

static void result(bool ours, bool good, const char *what)
{
	if (ours)
		ksft_test_result(good, "%s\n", what);
	else
		ksft_test_result_skip("%s: the module xen_pmu is not here\n",
				      what);
}

int main(int argc, char **argv)
{
	int passes = argc > 1 ? atoi(argv[1]) : PASSES;
	bool ours = driver_is_ours();
	int cpu = pin_here(), runtime;
	struct result r;

	ksft_print_header();
	ksft_set_plan(9);
	runtime = rt_runtime(-1);
	no_one_else();

	run(ones, ones, passes, cpu, &r);
	print("equal events", &r);
	ksft_test_result(r.switches >= 2 * passes,
			 "equal events: each pass was a switch\n");
	ksft_test_result(r.counts_good, "equal events: the counts are exact\n");
	result(ours, r.have_stats && !grew(&r, "sync"),
	       "equal events: no sync hypercall");
	result(ours, no_msr(&r), "equal events: no MSR written for a batch");

	run(ones, others, passes, cpu, &r);
	print("different events", &r);
	ksft_test_result(r.switches >= 2 * passes,
			 "different events: each pass was a switch\n");
	ksft_test_result(r.counts_good,
			 "different events: the counts are exact\n");
	if (hardware_guest())
		result(ours, r.have_stats && grew(&r, "sync") > 0 &&
		       grew(&r, "sync") <= r.switches,
		       "different events: at most one sync hypercall a switch");
	else
		result(ours, r.have_stats && !grew(&r, "sync"),
		       "different events: no sync hypercall");
	result(ours, extra_batches(&r) >= 0,
	       "different events: at most one applied batch a switch");
	result(ours, r.have_stats && !grew(&r, "refused"),
	       "different events: no batch refused");
	if (runtime)
		rt_runtime(runtime);
	ksft_finished();
}
