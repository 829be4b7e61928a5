// SPDX-License-Identifier: GPL-2.0-only
/*
 * switches - a context switch costs no more batches, syncs and MSR writes than needed.
 *
 * Two processes on one VCPU, each with four user-mode events of its own, pass a byte
 * to and fro over pipes, so that each pass is a context switch.  The test reads the
 * statistics of the driver and of Xen before and after.
 *
 *  - Both processes have equal events.  A switch makes no sync hypercall, and Xen
 *    writes no MSR to apply a batch (R6: the counters run the right events already).
 *    Xen does not even see a batch: the start of the next process asks for what is
 *    running, and so takes the stop back.  There is one exception.  If Xen switches the
 *    VCPU out between the stop and the start, it applies the stop when the VCPU comes
 *    back (R3), and then the start.  These are two applied batches, and each writes
 *    an MSR for each event.  The test allows this once in a thousand switches.
 *  - The processes have different events.  Still there is no sync on PV, because Xen
 *    applies the batch of user-mode events on the way to user mode, and there is at
 *    most one applied batch for each switch.  A PVH or HVM guest returns to user
 *    mode without Xen: there each switch makes one sync, and no more.
 *
 * Both processes run as SCHED_FIFO, so that no kernel thread runs between them.  A task
 * without events needs stopped counters, and the stop would be a batch.
 *
 * MSR writes that separate user and kernel mode (msr_mode) are the price of R5 and not
 * of the switch; they are printed separately.  The kernel counts the switches
 * (PERF_COUNT_SW_CONTEXT_SWITCHES of the CPU).
 *
 * Both processes also check their counts.  They make the passes in two halves, which
 * execute the same instructions.  So each count that follows from the code alone must
 * be equal in both halves.  A count that is lost, or given to the wrong process at a
 * switch, makes them differ.
 *
 * With -m the events are mapped, so that their processes may read them by RDPMC.  Then
 * no counter may hold a count of another process: an event that starts after a switch
 * to another process starts from a fresh value.
 *
 *  - Two threads of a process have equal events: no sync and no MSR write, but one
 *    batch for each switch.  The stop allows Xen to clear the counts before the next
 *    task, and the start takes that back.
 *  - Two processes have equal or different events: no sync on PV, because Xen loads
 *    and clears the counters on the way to user mode.  In a PVH or HVM guest one sync
 *    for each switch does both.
 *  - The partner has no events: counters stop at one switch and start at the next, so
 *    a PVH or HVM guest makes one sync in two switches.  (CR4.PCE changes at each of
 *    these switches, which is an exit to Xen.  This test does not see these exits.)
 *
 * How it could fail: a driver that stops and starts each counter, or loads a fresh
 * start value at each switch, causes MSR writes; a driver that publishes what Xen has
 * already has a batch for each switch; a driver that uses a hypercall to be sure that
 * Xen has seen the batch has syncs; a driver that skips a needed change counts wrongly.
 * On `native` and `stock` only the counts are checked.
 *
 * usage: switches [-m] [passes]
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <stdio.h>

#include "kselftest.h"
#include "perf.h"
#include "stats.h"

#define PASSES		10000	/* how often the byte goes in one direction */
#define WARM_UP		200
#define NR_EVENTS	4
#define PAGE		4096UL

struct event {
	uint64_t config;
	bool exact;	/* the count follows from the code alone */
};

static const struct event ones[NR_EVENTS] = {
	{ ZEN_INSTRUCTIONS, true }, { ZEN_BRANCHES, true },
	{ ZEN_TAKEN, true }, { ZEN_CONDITIONAL, true },
};

/* Together with ones[] there are seven events, more than the processor has counters. */
static const struct event others[NR_EVENTS] = {
	{ ZEN_CYCLES, false }, { ZEN_MISPREDICTED, false },
	{ ZEN_NEAR_RETURNS, false }, { ZEN_INSTRUCTIONS, true },
};

static bool map_events;

struct side {
	int in, out;		/* pipe ends */
	const struct event *events;
	int nr, passes;
	bool is_thread;
	pthread_t thread;
	pid_t pid;
	int fds[NR_EVENTS];
	void *pages[NR_EVENTS];
	uint64_t halves[2][NR_EVENTS];
};

static void open_events(struct side *s, const struct event *events)
{
	s->events = events;
	s->nr = events ? NR_EVENTS : 0;
	for (int i = 0; i < s->nr; i++) {
		struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
					event_here(events[i].config), "u");

		s->fds[i] = perf_open_self(&attr, -1);
		if (s->fds[i] < 0)
			ksft_exit_fail_msg("event %#llx: %s\n",
					   (unsigned long long)events[i].config,
					   strerror(errno));
		s->pages[i] = !map_events ? NULL :
			      mmap(NULL, PAGE, PROT_READ, MAP_SHARED,
				   s->fds[i], 0);
		if (s->pages[i] == MAP_FAILED)
			ksft_exit_fail_perror("mmap");
	}
}

static void close_events(struct side *s)
{
	for (int i = 0; i < s->nr; i++) {
		if (s->pages[i])
			munmap(s->pages[i], PAGE);
		close(s->fds[i]);
	}
}

static void read_events(const struct side *s, uint64_t *values)
{
	struct perf_value v;

	for (int i = 0; i < s->nr; i++) {
		if (read(s->fds[i], &v, sizeof(v)) != sizeof(v))
			_exit(KSFT_FAIL);
		values[i] = v.value;
	}
}

/* Receives the byte and sends it back, @passes times. */
static __attribute__((noipa)) void pass(const struct side *s, int passes)
{
	char c;

	while (passes--)
		if (read(s->in, &c, 1) != 1 || write(s->out, &c, 1) != 1)
			_exit(KSFT_FAIL);
}

/* Makes the passes of one half between two reads of the four counts. */
static __attribute__((noipa)) void half(struct side *s, int which, int passes)
{
	uint64_t v[2][NR_EVENTS];

	read_events(s, v[0]);
	pass(s, passes);
	read_events(s, v[1]);
	for (int i = 0; i < s->nr; i++)
		s->halves[which][i] = v[1][i] - v[0][i];
}

/* The two halves execute the same code, so their counts must be equal. */
static void halves(struct side *s, int passes)
{
	half(s, 0, passes / 2);
	half(s, 1, passes / 2);
}

static bool halves_agree(const struct side *s, const char *who)
{
	bool good = true;

	for (int i = 0; i < s->nr; i++) {
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

/* The partner makes the same passes, and returns its verdict. */
static bool partner_plays(struct side *s)
{
	open_events(s, s->events);
	pass(s, WARM_UP);
	halves(s, s->passes);
	pass(s, 1);
	close_events(s);
	return halves_agree(s, "partner");
}

static void *partner_thread(void *side)
{
	return partner_plays(side) ? side : NULL;
}

/* Starts the partner as a thread, or as a process whose exit status is the verdict. */
static void start_partner(struct side *s)
{
	fflush(stdout);
	if (s->is_thread) {
		if (pthread_create(&s->thread, NULL, partner_thread, s))
			ksft_exit_fail_msg("pthread_create failed\n");
		return;
	}
	s->pid = fork();
	if (s->pid < 0)
		ksft_exit_fail_perror("fork");
	if (!s->pid)
		_exit(partner_plays(s) ? KSFT_PASS : KSFT_FAIL);
}

static bool end_partner(struct side *s)
{
	void *good;
	int status;

	if (s->is_thread)
		return !pthread_join(s->thread, &good) && good;
	return waitpid(s->pid, &status, 0) == s->pid && !status;
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
 * This side starts each pass, so the partner has the opposite pipe ends.  Both sides
 * have made warm-up passes, and have their counters, before the first statistics are
 * read.
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

/* What the partner is. */
enum partner { PROCESS, THREAD };

static void run(const struct event *mine, enum partner kind,
		const struct event *theirs, int passes, int cpu,
		struct result *r)
{
	struct side me = { .passes = passes };
	struct side partner = {
		.passes = passes, .events = theirs, .is_thread = kind == THREAD,
	};
	int there[2], back[2];
	char c;

	if (pipe(there) || pipe(back))
		ksft_exit_fail_perror("pipe");
	me.in = back[0];
	me.out = there[1];
	partner.in = there[0];
	partner.out = back[1];
	start_partner(&partner);
	open_events(&me, mine);
	play(&me, passes, cpu, r);
	if (read(me.in, &c, 1) != 1)
		ksft_exit_fail_msg("the partner died\n");
	r->counts_good = halves_agree(&me, "this side");
	r->counts_good &= end_partner(&partner);
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

/* Sets the CPU time of RT tasks in us of a second (-1: no limit); returns the old value. */
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

/*
 * Are there at most @a_switch applied batches for each switch?  Batches that come from
 * Xen's own switch of the VCPU are allowed, see above.
 */
static bool few_batches(const struct result *r, int a_switch)
{
	return r->have_stats && grew(r, "applied") >= 0 &&
	       grew(r, "applied") <= a_switch * r->switches +
				     2 * (r->switches / 1000);
}

/*
 * Are there no MSR writes?  Each applied batch beyond @a_switch for each switch is
 * allowed writes for two batches: the first stops all events, and the second starts them.
 */
static bool no_msr(const struct result *r, int a_switch)
{
	int64_t more = grew(r, "applied") - a_switch * r->switches;

	return r->have_stats && grew(r, "msr_batch") >= 0 &&
	       grew(r, "msr_batch") <= (more > 0 ? more : 0) * 2 * NR_EVENTS;
}

/* Is this a guest whose returns to user mode do not pass through Xen? */
static bool hardware_guest(void)
{
	return guest_is("PVH") || guest_is("HVM");
}

static void result(bool ours, bool good, const char *what, const char *claim)
{
	if (ours)
		ksft_test_result(good, "%s: %s\n", what, claim);
	else
		ksft_test_result_skip("%s: %s: the module xen_pmu is not here\n",
				      what, claim);
}

/* Checks what must hold with every driver. */
static void check_counts(const char *what, const struct result *r, int passes)
{
	print(what, r);
	ksft_test_result(r->switches >= 2 * passes,
			 "%s: each pass was a switch\n", what);
	ksft_test_result(r->counts_good, "%s: the counts are exact\n", what);
}

/* No counter has to change: no MSR writes, and at most @batches for each switch. */
static void check_equal(const char *what, const struct result *r, int passes,
			int batches)
{
	bool ours = driver_is_ours();

	check_counts(what, r, passes);
	result(ours, r->have_stats && !grew(r, "sync"), what,
	       "no sync hypercall");
	result(ours, few_batches(r, batches), what,
	       batches ? "at most one applied batch a switch" :
			 "no batch for Xen");
	result(ours, few_batches(r, batches) && no_msr(r, batches), what,
	       "no MSR written for a batch");
}

/* Counters have to be loaded in one of @per switches. */
static void check_different(const char *what, const struct result *r,
			    int passes, int per)
{
	bool ours = driver_is_ours();

	check_counts(what, r, passes);
	if (hardware_guest())
		result(ours, r->have_stats && grew(r, "sync") > 0 &&
		       grew(r, "sync") <= r->switches / per, what, per == 1 ?
		       "at most one sync hypercall a switch" :
		       "at most one sync hypercall in two switches");
	else
		result(ours, r->have_stats && !grew(r, "sync"), what,
		       "no sync hypercall");
	result(ours, few_batches(r, 1), what,
	       "at most one applied batch a switch");
	result(ours, r->have_stats && !grew(r, "refused"), what,
	       "no batch refused");
}

static void check_unmapped(int passes, int cpu)
{
	struct result r;

	run(ones, PROCESS, ones, passes, cpu, &r);
	check_equal("equal events", &r, passes, 0);
	run(ones, PROCESS, others, passes, cpu, &r);
	check_different("different events", &r, passes, 1);
}

static void check_mapped(int passes, int cpu)
{
	struct result r;

	run(ones, THREAD, ones, passes, cpu, &r);
	check_equal("mapped, threads with equal events", &r, passes, 1);
	run(ones, PROCESS, ones, passes, cpu, &r);
	check_different("mapped, equal events", &r, passes, 1);
	run(ones, PROCESS, others, passes, cpu, &r);
	check_different("mapped, different events", &r, passes, 1);
	run(ones, PROCESS, NULL, passes, cpu, &r);
	check_different("mapped, partner without events", &r, passes, 2);
}

int main(int argc, char **argv)
{
	int cpu = pin_here(), passes = PASSES, runtime;

	map_events = argc > 1 && !strcmp(argv[1], "-m");
	if (argc > 1 + map_events)
		passes = atoi(argv[1 + map_events]);
	ksft_print_header();
	ksft_set_plan(map_events ? 20 : 10);
	runtime = rt_runtime(-1);
	no_one_else();
	if (map_events)
		check_mapped(passes, cpu);
	else
		check_unmapped(passes, cpu);
	if (runtime)
		rt_runtime(runtime);
	ksft_finished();
}
