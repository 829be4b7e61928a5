// SPDX-License-Identifier: GPL-2.0-only
/*
 * opens - opening and closing events one after the other costs what it costs natively.
 *
 * Many programs open an event, close it, and open the next: those that try which
 * events there are, those that follow short-lived processes.  Between two of them
 * no event is open in the whole guest.
 *
 *  - 300 times in a row an event of this thread is opened and closed.  The mean is
 *    not more than LIMIT_TIMES what it is for a software event of perf's that does
 *    nothing, and a little.  (Natively it is 10 to 16 us on the rig, where an
 *    instruction is a nanosecond.)
 *  - The same with the event's user page mapped.
 *  - Nearly all of 100 new children have an event attached within a millisecond, so
 *    that a program that lives no longer than that can be followed.
 *
 * How it could fail: a driver that prepares something with the first event and puts
 * it away with the last, which takes a grace period of RCU (12 to 16 ms): a child that
 * lives for a millisecond is gone before the event is open.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest.h"
#include "perf.h"

#define ROUNDS		300
#define LIMIT_TIMES	4
#define LIMIT_NS	20000		/* and as much more */
#define CHILDREN	100
#define FOLLOWED	90
#define LIFE_NS		1000000
#define PAGE		4096UL

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

enum what { DUMMY, OURS };

static int open_event(enum what what, pid_t pid)
{
	struct perf_event_attr attr =
		what == DUMMY ? perf_attr(PERF_TYPE_SOFTWARE,
					  PERF_COUNT_SW_DUMMY, "uk") :
				perf_attr(PERF_TYPE_HARDWARE,
					  PERF_COUNT_HW_INSTRUCTIONS, "u");

	return perf_open(&attr, pid, -1, -1);
}

static void one_round(enum what what, bool mapped)
{
	int fd = open_event(what, 0);
	void *page;

	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	if (mapped) {
		page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
		if (page == MAP_FAILED)
			ksft_exit_fail_perror("mmap");
		munmap(page, PAGE);
	}
	close(fd);
}

static uint64_t mean_of(enum what what, bool mapped)
{
	uint64_t begin;
	int i;

	one_round(what, mapped);
	begin = now();
	for (i = 0; i < ROUNDS; i++)
		one_round(what, mapped);
	return (now() - begin) / ROUNDS;
}

static void check_rounds(bool mapped)
{
	uint64_t dummy = mean_of(DUMMY, mapped), ours = mean_of(OURS, mapped);

	ksft_print_msg("%s: %llu ns on average, %llu for a software event\n",
		       mapped ? "mapped" : "not mapped",
		       (unsigned long long)ours, (unsigned long long)dummy);
	ksft_test_result(ours < LIMIT_TIMES * dummy + LIMIT_NS,
			 "open%s and close, %d times\n",
			 mapped ? ", map" : "", ROUNDS);
}

/*
 * Whether an event was attached to a new child before LIFE_NS were over.  The child
 * waits meanwhile, so that it does not matter which of the two runs first.
 */
static bool follow_child(void)
{
	int fd, status, until[2];
	uint64_t begin;
	pid_t child;
	bool in_time;
	char c;

	if (pipe(until))
		ksft_exit_fail_perror("pipe");
	child = fork();
	if (child < 0)
		ksft_exit_fail_perror("fork");
	if (!child) {
		close(until[1]);
		_exit(read(until[0], &c, 1) != 0);	/* 0: closed by the parent */
	}
	close(until[0]);
	begin = now();
	fd = open_event(OURS, child);
	in_time = fd >= 0 && now() - begin < LIFE_NS;
	if (fd >= 0)
		close(fd);
	close(until[1]);
	waitpid(child, &status, 0);
	return in_time;
}

int main(void)
{
	int i, followed = 0;

	ksft_print_header();
	ksft_set_plan(3);
	check_rounds(false);
	check_rounds(true);
	for (i = 0; i < CHILDREN; i++)
		followed += follow_child();
	ksft_print_msg("%d of %d children followed\n", followed, CHILDREN);
	ksft_test_result(followed >= FOLLOWED,
			 "children have an event within a millisecond\n");
	ksft_finished();
}
