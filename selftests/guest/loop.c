// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop - a count is exactly the number of instructions that the program executed.
 *
 * An assembly loop of known length runs between two read(2)s of an
 * "instructions:u" event.  On paper the difference of the two values is
 *
 *	LOOP_INSNS(turns) + BETWEEN_INSNS
 *
 * (work.h lists the instructions).  Each of 50 runs, each with a new event, must
 * give exactly this number.  Interrupts, the scheduler, and instructions of the
 * kernel and of Xen must not change it.
 *
 * Then two processes do the same at once on one CPU, so that each loses the CPU in
 * the middle of its loop.  This shows instructions that are lost or added when a
 * counter is saved, restored or reused.  The runner repeats the whole program with
 * a second domain that competes for the physical CPU.
 *
 * How it could fail: a counter that counts the guest's kernel, Xen or another
 * domain gives more; a counter that starts late after a switch gives less; a
 * counter that is multiplexed gives an estimate (time running < time enabled).  The
 * second half proves something only if the processes did compete: each of them must
 * have been preempted at least once.
 *
 * usage: loop [runs [turns]]
 */
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define RUNS		50
#define TURNS_ALONE	100000		/* 1 M instructions, 1 ms at 1 GHz */
#define TURNS_COMPETING	500000		/* longer than a slice of the CPU */

struct outcome {
	int error;		/* -errno of a call that failed, or 0 */
	int runs;		/* runs that were measured */
	int wrong;		/* runs with a wrong count */
	int multiplexed;	/* runs that lost the counter for some time */
	int64_t worst;		/* counted minus expected, the largest */
	long preempted;		/* how often the process lost the CPU */
};

static void judge(const struct perf_value *before,
		  const struct perf_value *after, uint64_t expect,
		  struct outcome *out)
{
	int64_t error = after->value - before->value - expect;

	out->runs++;
	if (error)
		out->wrong++;
	if (llabs(error) > llabs(out->worst))
		out->worst = error;
	if (after->enabled - before->enabled != after->running - before->running)
		out->multiplexed++;
}

static int one_run(uint64_t turns, struct outcome *out)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	struct perf_value before, after;
	int fd = perf_open_self(&attr, -1), ret;

	if (fd < 0)
		return -errno;
	ret = work_between_reads(fd, &before, &after, sizeof(before),
				 work_loop, turns);
	close(fd);
	if (ret)
		return -EIO;
	judge(&before, &after, LOOP_INSNS(turns) + BETWEEN_INSNS, out);
	return 0;
}

static struct outcome measure(int runs, uint64_t turns)
{
	struct outcome out = { 0 };
	struct rusage usage;

	while (runs-- && !out.error)
		out.error = one_run(turns, &out);
	getrusage(RUSAGE_SELF, &usage);
	out.preempted = usage.ru_nivcsw;
	return out;
}

/* Forks a child that waits until the gate is closed, measures, and writes the outcome. */
static pid_t start_child(int gate[2], int result, int runs, uint64_t turns)
{
	pid_t pid = fork();
	struct outcome out;
	char c;

	if (pid)
		return pid;
	close(gate[1]);
	if (read(gate[0], &c, 1))
		_exit(1);
	out = measure(runs, turns);
	_exit(write(result, &out, sizeof(out)) != sizeof(out));
}

static void compete(struct outcome *out, int n, int runs, uint64_t turns)
{
	int gate[2], result[2];

	if (pin_here() < 0 || pipe(gate) || pipe(result))
		ksft_exit_fail_perror("pipe or sched_setaffinity");
	fflush(stdout);
	for (int i = 0; i < n; i++)
		if (start_child(gate, result[1], runs, turns) < 0)
			ksft_exit_fail_perror("fork");
	close(gate[1]);
	close(result[1]);
	for (int i = 0; i < n; i++)
		if (read(result[0], &out[i], sizeof(*out)) != sizeof(*out))
			ksft_exit_fail_msg("a child died\n");
	while (wait(NULL) > 0)
		;
	close(gate[0]);
	close(result[0]);
}

static void report(const char *who, const struct outcome *out, int runs,
		   uint64_t turns)
{
	if (out->error)
		ksft_print_msg("%s: %s\n", who, strerror(-out->error));
	ksft_print_msg("%s: expected %llu, %d runs, %d wrong, worst error %lld, %d multiplexed, preempted %ld times\n",
		       who,
		       (unsigned long long)(LOOP_INSNS(turns) + BETWEEN_INSNS),
		       out->runs, out->wrong, (long long)out->worst,
		       out->multiplexed, out->preempted);
	ksft_test_result(!out->error && out->runs == runs && !out->wrong &&
			 !out->multiplexed,
			 "instructions:u is exact in every run: %s\n", who);
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : RUNS;
	uint64_t turns = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	uint64_t alone = turns ? turns : TURNS_ALONE;
	uint64_t competing = turns ? turns : TURNS_COMPETING;
	struct outcome one, two[2];

	ksft_print_header();
	ksft_set_plan(4);

	one = measure(runs, alone);
	report("alone", &one, runs, alone);

	compete(two, 2, runs, competing);
	report("first of two", &two[0], runs, competing);
	report("second of two", &two[1], runs, competing);
	ksft_test_result(two[0].preempted && two[1].preempted,
			 "the two processes did compete for the CPU\n");
	ksft_finished();
}
