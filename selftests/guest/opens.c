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
 *  - Of 100 children that live for a millisecond, nearly all have an event attached
 *    while they live.  (Which of the two runs first after a fork is the scheduler's.)
 *
 * How it could fail: a driver that prepares something with the first event and puts
 * it away with the last, which takes a grace period of RCU (12 to 16 ms): the child
 * is gone before the event is open.
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

/* Whether an event could be attached to a child while it lived. */
static bool follow_child(void)
{
	pid_t child = fork();
	int fd, status;

	if (!child) {
		uint64_t end = now() + LIFE_NS;

		while (now() < end)
			;
		_exit(0);
	}
	fd = open_event(OURS, child);
	if (fd >= 0)
		close(fd);
	waitpid(child, &status, 0);
	return fd >= 0;
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
			 "children that live for a millisecond\n");
	ksft_finished();
}
