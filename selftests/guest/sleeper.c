// SPDX-License-Identifier: GPL-2.0-only
/*
 * sleeper - a count contains no instructions of another domain.
 *
 * An "instructions:u" event of the whole CPU (pid -1) counts while every process of
 * the guest sleeps, this program included.  Between the two reads this program
 * executes, on paper, BETWEEN_INSNS + SLEEP_INSNS user instructions (work.h): some
 * before it falls asleep, and the others after it wakes up.  The difference of the
 * reads must be exactly this number, because a guest that sleeps executes nothing.
 *
 * The runner lets another domain, or dom0, burn the same physical CPU meanwhile.
 * With -n this program checks that first: it spins for a while, and some of that
 * time must have been stolen ("steal" in /proc/stat, which comes from Xen's
 * runstate).
 *
 * How it could fail: counters that go on when the VCPU is switched out count the
 * other domain, about 10^8 instructions a second here.  Counters that count Xen
 * itself show the idle loop and the timer.  The test also fails if another process
 * of the guest wakes up, and then prints the number of context switches: run it in
 * a guest that is otherwise idle.  The process that reads this program's output
 * would wake up, too.  So the output comes at the end, and half a second passes
 * before each measurement.
 *
 * usage: sleeper [-n]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define ROUNDS		3
#define SPIN_TURNS	20000000UL	/* 0.2 G instructions */

/* "steal" of all CPUs in clock ticks (proc_stat(5)), or -1 if it cannot be read. */
static long long stolen(void)
{
	long long steal = -1;
	FILE *f = fopen("/proc/stat", "r");

	if (!f)
		return -1;
	if (fscanf(f, "cpu %*d %*d %*d %*d %*d %*d %*d %lld", &steal) != 1)
		steal = -1;
	fclose(f);
	return steal;
}

static void check_neighbour(bool wanted)
{
	long long before = stolen(), after;

	if (!wanted) {
		ksft_test_result_skip("a neighbour takes part of the CPU: not asked for\n");
		return;
	}
	work_loop(SPIN_TURNS);
	after = stolen();
	ksft_print_msg("%lld clock ticks stolen during %lu instructions\n",
		       after - before, LOOP_INSNS(SPIN_TURNS));
	ksft_test_result(before >= 0 && after > before,
			 "a neighbour takes part of the CPU\n");
}

static int open_cpu(uint32_t type, uint64_t config, const char *modes, int cpu)
{
	struct perf_event_attr attr = perf_attr(type, config, modes);
	int fd = perf_open(&attr, -1, cpu, -1);

	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open for the CPU");
	return fd;
}

static int64_t value(int fd)
{
	struct perf_value v;

	return read(fd, &v, sizeof(v)) == sizeof(v) ? (int64_t)v.value : -1;
}

struct sleep {
	int ret;
	int64_t user;			/* instructions, without this program's */
	int64_t kernel, switches;	/* of the CPU, while it sleeps */
	uint64_t running, enabled;	/* ns */
};

static struct sleep measure_sleep(int user, int kernel, int switches)
{
	struct timespec settle = { .tv_nsec = 500000000 };
	struct timespec second = { .tv_sec = 1 };
	struct perf_value before, after;
	struct sleep s;

	nanosleep(&settle, NULL);
	s.kernel = -value(kernel);
	s.switches = -value(switches);
	s.ret = work_between_reads(user, &before, &after, sizeof(before),
				   work_sleep, (uintptr_t)&second);
	s.kernel += value(kernel);
	s.switches += value(switches);
	s.user = after.value - before.value - BETWEEN_INSNS - SLEEP_INSNS;
	s.running = after.running - before.running;
	s.enabled = after.enabled - before.enabled;
	return s;
}

static void check_sleep(const struct sleep *s)
{
	ksft_print_msg("asleep: %lld user instructions; kernel %lld, context switches %lld, on a counter %llu of %llu ns\n",
		       (long long)s->user, (long long)s->kernel,
		       (long long)s->switches, (unsigned long long)s->running,
		       (unsigned long long)s->enabled);
	ksft_test_result(!s->ret && !s->user && s->running,
			 "a second of sleep counts 0 user instructions\n");
}

int main(int argc, char **argv)
{
	bool neighbour = argc > 1 && !strcmp(argv[1], "-n");
	int cpu = pin_here(), user, kernel, switches;
	struct sleep rounds[ROUNDS];

	ksft_print_header();
	ksft_set_plan(1 + ROUNDS);
	check_neighbour(neighbour);
	user = open_cpu(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, "u",
			cpu);
	kernel = open_cpu(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, "k",
			  cpu);
	switches = open_cpu(PERF_TYPE_SOFTWARE,
			    PERF_COUNT_SW_CONTEXT_SWITCHES, "uk", cpu);
	for (int i = 0; i < ROUNDS; i++)
		rounds[i] = measure_sleep(user, kernel, switches);
	for (int i = 0; i < ROUNDS; i++)
		check_sleep(&rounds[i]);
	ksft_finished();
}
