// SPDX-License-Identifier: GPL-2.0-only
/*
 * threads - a thread's count is exact on any CPU, and beside any other threads.
 *
 * 16 threads execute loops of different lengths at once, on all CPUs.  Each thread has
 * an "instructions:u" event of its own (pid = its tid, cpu = -1):
 *
 *  - pinned, round robin over the CPUs;
 *  - unpinned, left to the scheduler;
 *  - migrating: each goes from CPU to CPU by sched_setaffinity(2), 50 times,
 *    while it is counted (skipped with one CPU).
 *
 * Each count must be exactly the number that the source gives.  The lengths differ, so
 * that the count of another thread would be wrong.  The loops are longer than a slice
 * of a CPU, so that the threads interrupt each other.  The test also requires that
 * each pinned thread was preempted, and that each migrating thread did move (the
 * kernel's software events tell).
 *
 * Then one event with inherit = 1 counts a family: a parent makes 16 children of known
 * lengths, as processes and as threads, and waits for them.  The value is exactly
 * the sum of all.  perf swaps the contexts of relatives instead of switching their
 * events, so this tests another path through the scheduler.
 *
 * How it could fail: a counter's start value comes from one CPU and its end value from
 * another; a switch reads the counter late; a thread's events stay running on the CPU
 * that the thread has left; a child's count is dropped at its exit.
 *
 * usage: threads [turns]
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "kselftest.h"
#include "perf.h"
#include "tasks.h"
#include "work.h"

#define NR_THREADS	16
#define TURNS		450000UL	/* of 10 instructions; a slice is 3 ms or more */
#define STEP		30011UL		/* each thread has this many turns more */
#define HOPS		50
#define HOP_TURNS	15000UL		/* of 2 instructions */
#define MAX_CPUS	64

enum how { PINNED, FREE, HOPPING };

struct thread {
	pthread_t id;
	int index;
	enum how how;
	int64_t expect, got;
	int64_t migrations;
	long preempted;
	bool multiplexed;
	int error;		/* negative: a call failed */
};

static pthread_barrier_t start;
static uint64_t turns = TURNS;
static int cpus[MAX_CPUS], nr_cpus;

/* The CPUs that this process may use. */
static void find_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		ksft_exit_fail_perror("sched_getaffinity");
	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[nr_cpus++] = cpu;
}

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set);
}

static int open_insns(bool inherit)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");

	attr.inherit = inherit;
	return perf_open(&attr, gettid(), -1, -1);
}

static int open_migrations(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_SOFTWARE,
					PERF_COUNT_SW_CPU_MIGRATIONS, "uk");

	return perf_open(&attr, gettid(), -1, -1);
}

static int64_t value_of(int fd)
{
	struct perf_value v;

	return read(fd, &v, sizeof(v)) == sizeof(v) ? (int64_t)v.value : -1;
}

static int measure(struct thread *t, int fd, void (*work)(uint64_t),
		   uint64_t arg)
{
	struct perf_value before, after;

	if (work_between_reads(fd, &before, &after, sizeof(before), work, arg))
		return -EIO;
	t->got = after.value - before.value;
	t->multiplexed = after.enabled - before.enabled !=
			 after.running - before.running;
	return 0;
}

static int loop(struct thread *t, int fd)
{
	uint64_t n = turns + t->index * STEP;

	if (t->how == PINNED && pin(cpus[t->index % nr_cpus]))
		return -errno;
	t->expect = LOOP_INSNS(n) + BETWEEN_INSNS;
	return measure(t, fd, work_loop, n);
}

/* Goes from CPU to CPU.  Each thread has a stride of its own. */
static int hop(struct thread *t, int fd)
{
	uint64_t masks[HOPS];
	struct hops h = {
		.masks = masks, .nr = HOPS,
		.turns = HOP_TURNS + 101 * t->index,
	};
	int ret;

	for (int i = 0; i < HOPS; i++)
		masks[i] = 1ULL << cpus[(t->index + i) % nr_cpus];
	t->expect = HOP_INSNS(h.nr, h.turns) + BETWEEN_INSNS;
	ret = measure(t, fd, tasks_hop, (uintptr_t)&h);
	return h.failed ? -EINVAL : ret;
}

static void *thread_main(void *arg)
{
	struct thread *t = arg;
	int fd = open_insns(false), moves = open_migrations();
	struct rusage usage;

	pthread_barrier_wait(&start);
	if (fd < 0 || moves < 0)
		t->error = -ENODEV;
	else
		t->error = t->how == HOPPING ? hop(t, fd) : loop(t, fd);
	getrusage(RUSAGE_THREAD, &usage);
	t->preempted = usage.ru_nivcsw;
	t->migrations = value_of(moves);
	close(fd);
	close(moves);
	return NULL;
}

static void run_all(struct thread *threads, enum how how)
{
	pthread_barrier_init(&start, NULL, NR_THREADS);
	for (int i = 0; i < NR_THREADS; i++) {
		threads[i] = (struct thread){ .index = i, .how = how };
		if (pthread_create(&threads[i].id, NULL, thread_main,
				   &threads[i]))
			ksft_exit_fail_msg("pthread_create failed\n");
	}
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(threads[i].id, NULL);
	pthread_barrier_destroy(&start);
}

static bool exact(const struct thread *t)
{
	if (!t->error && !t->multiplexed && t->got == t->expect)
		return true;
	ksft_print_msg("thread %d: expected %lld, got %lld (%+lld)%s %s\n",
		       t->index, (long long)t->expect, (long long)t->got,
		       (long long)(t->got - t->expect),
		       t->multiplexed ? ", multiplexed" : "",
		       t->error ? strerror(-t->error) : "");
	return false;
}

static void check(const char *name, enum how how)
{
	struct thread threads[NR_THREADS];
	int good = 0, preempted = 0, moved = 0;
	long switches = 0, moves = 0;

	run_all(threads, how);
	for (int i = 0; i < NR_THREADS; i++) {
		const struct thread *t = &threads[i];

		good += exact(t);
		preempted += t->preempted > 0;
		moved += t->migrations >= HOPS / 2;
		switches += t->preempted;
		moves += t->migrations;
	}
	ksft_print_msg("%s: %d CPUs, %d of %d exact, %ld preemptions, %ld migrations\n",
		       name, nr_cpus, good, NR_THREADS, switches, moves);
	ksft_test_result(good == NR_THREADS,
			 "every thread's count is its own, exactly: %s\n",
			 name);
	if (how == PINNED)
		ksft_test_result(preempted == NR_THREADS,
				 "every thread was preempted: %s\n", name);
	if (how == HOPPING)
		ksft_test_result(moved == NR_THREADS,
				 "every thread moved %d times or more: %s\n",
				 HOPS / 2, name);
}

static void check_hopping(void)
{
	if (nr_cpus > 1) {
		check("migrating", HOPPING);
		return;
	}
	ksft_test_result_skip("every thread's count is its own: migrating: there is one CPU\n");
	ksft_test_result_skip("every thread moved: migrating: there is one CPU\n");
}

static void check_family(const char *name, void (*make)(uint64_t),
			 int64_t parents)
{
	struct thread sum = { .expect = parents + BETWEEN_INSNS };
	uint64_t lengths[NR_THREADS];
	struct family_tid tids[NR_THREADS] = { 0 };
	struct family f = {
		.turns = lengths, .nr = NR_THREADS, .tids = tids,
	};
	int fd = open_insns(true);

	for (int i = 0; i < NR_THREADS; i++) {
		lengths[i] = 4 * turns + i * STEP;
		sum.expect += CHILD_INSNS(lengths[i]);
	}
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	sum.error = measure(&sum, fd, make, (uintptr_t)&f);
	sum.multiplexed = false;	/* cannot tell: the times are sums over the family */
	close(fd);
	ksft_print_msg("%s: expected %lld, got %lld\n", name,
		       (long long)sum.expect, (long long)sum.got);
	ksft_test_result(exact(&sum) && f.failed >= 0,
			 "an inherited event has the sum of all: %s\n", name);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		turns = strtoull(argv[1], NULL, 0);
	ksft_print_header();
	ksft_set_plan(7);
	find_cpus();
	check("pinned", PINNED);
	check("left to the scheduler", FREE);
	check_hopping();
	check_family("processes", tasks_fork, FORK_INSNS(NR_THREADS));
	check_family("threads", tasks_threads, THREADS_INSNS(NR_THREADS));
	ksft_finished();
}
