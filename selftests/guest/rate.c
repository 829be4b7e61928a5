// SPDX-License-Identifier: GPL-2.0-only
/*
 * rate - an event with a sampling frequency soon has the right period, and no sample has
 * the period 0.
 *
 * "perf record -F" opens such an event.  Perf begins with a period of 1 and corrects the
 * period at each sample.  The test does what perf does by default: it counts both modes,
 * and the event starts (enable_on_exec) when a child executes this program again.
 *
 *  - No sample has the period 0.  Such a sample would stand for no instruction.
 *  - The periods of the samples add up to the count, except for the instructions after the
 *    last sample, which are fewer than the longest period.  (This is checked with our
 *    driver only: the stock driver does not report what its first handlers have counted.)
 *  - The first two milliseconds have at most MOST_AT_BEGIN samples.  Measured on the rig,
 *    where an instruction takes a nanosecond, in both modes and in user mode only:
 *    native 10 and 19, a PV guest 19 and 27, a PVH guest 20 and 34.  Guests have more,
 *    because the time in Xen is not counted: perf sees a slower event and picks a shorter
 *    period.
 *  - After 20 ms the rate differs from the requested rate by at most a third.
 *
 * How it could fail: the driver never counts its own code.  If the part of a section that
 * it leaves out is longer than the period, nothing is left of the period, and the sample
 * has the period 0.  From such a sample perf concludes that the period is too long, and
 * makes it shorter still.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "decode.h"
#include "perf.h"
#include "samples.h"
#include "work.h"

#define RATE		4000
#define BEGIN_NS	2000000ULL
#define SETTLED_NS	20000000ULL
#define MOST_AT_BEGIN	48
#define TURNS		6000000UL	/* 60 M instructions */
#define TYPE		(PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | \
			 PERF_SAMPLE_PERIOD)

/* Forks a child that waits for the parent and then executes this program with "work". */
static pid_t make_child(const char *program, int go)
{
	pid_t child = fork();
	char c;

	if (child)
		return child;
	if (read(go, &c, 1) != 1)
		_exit(1);
	execl(program, program, "work", NULL);
	_exit(1);
}

static void check(const char *modes, const char *program)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, modes);
	uint64_t first = 0, last = 0, sum = 0, longest = 0;
	unsigned int nr = 0, empty = 0, at_begin = 0, settled = 0;
	struct perf_event_header *h;
	struct perf_value count;
	int go[2], fd, status;
	struct samples s;
	pid_t child;

	attr.freq = 1;
	attr.sample_freq = RATE;
	attr.sample_type = TYPE;
	attr.disabled = 1;
	attr.enable_on_exec = 1;
	if (pipe(go))
		ksft_exit_fail_perror("pipe");
	child = make_child(program, go[0]);
	fd = perf_open(&attr, child, -1, -1);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	s = samples_map(fd, 128);
	if (write(go[1], "g", 1) != 1)
		ksft_exit_fail_perror("write");
	waitpid(child, &status, 0);
	if (read(fd, &count, sizeof(count)) != sizeof(count))
		ksft_exit_fail_perror("read");

	while ((h = samples_next(&s))) {
		struct sample one;

		if (h->type != PERF_RECORD_SAMPLE)
			continue;
		if (!decode_sample(h, &attr, &one))
			ksft_exit_fail_msg("a sample cannot be decoded\n");
		if (!nr++)
			first = one.time;
		last = one.time;
		sum += one.period;
		empty += !one.period;
		if (one.period > longest)
			longest = one.period;
		at_begin += one.time - first < BEGIN_NS;
		settled += one.time - first >= SETTLED_NS;
		if (nr <= 12)
			ksft_print_msg("%s: +%llu us, period %llu\n", modes,
				       (unsigned long long)(one.time - first) / 1000,
				       (unsigned long long)one.period);
	}
	samples_unmap(&s);
	close(fd);

	ksft_print_msg("%s: %u samples, %u in the first 2 ms, %u of period 0; sum %llu of %llu\n",
		       modes, nr, at_begin, empty, (unsigned long long)sum,
		       (unsigned long long)count.value);
	ksft_test_result(!WEXITSTATUS(status) && nr && !empty,
			 "%s: no sample of period 0\n", modes);
	if (driver_is_ours())
		ksft_test_result(sum <= count.value &&
				 count.value - sum <= longest,
				 "%s: the periods add up to the count\n", modes);
	else
		ksft_test_result_skip("%s: the periods of the stock driver do not add up\n",
				      modes);
	ksft_test_result(at_begin <= MOST_AT_BEGIN,
			 "%s: few samples in the first 2 ms\n", modes);
	if (last - first > SETTLED_NS) {
		uint64_t want = (last - first - SETTLED_NS) * RATE / 1000000000;

		ksft_print_msg("%s: %u samples later, %llu wanted\n", modes,
			       settled, (unsigned long long)want);
		ksft_test_result(settled * 3 >= want * 2 &&
				 settled * 3 <= want * 4,
				 "%s: the rate is right\n", modes);
	} else {
		ksft_test_result_fail("%s: the program was too short\n", modes);
	}
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		work_loop(TURNS);
		return 0;
	}
	ksft_print_header();
	ksft_set_plan(8);
	check("uk", argv[0]);
	check("u", argv[0]);
	ksft_finished();
}
