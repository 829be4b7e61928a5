// SPDX-License-Identifier: GPL-2.0-only
/*
 * opens - opening and closing events one after the other costs what it costs natively.
 *
 * Many programs open an event, close it, and open the next: those that try which
 * events there are, those that follow short-lived processes.  Between two of them
 * no event is open in the whole guest.
 *
 *  - 300 times in a row an event of this thread is opened and closed.  The mean is
 *    below LIMIT_NS: natively it is 10 to 16 us on the rig, where an instruction is a
 *    nanosecond.
 *  - The same with the event's user page mapped.
 *  - Each of 100 children that live for a millisecond has an event attached while it
 *    lives.
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
#define LIMIT_NS	60000
#define CHILDREN	100
#define LIFE_NS		1000000
#define PAGE		4096UL

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

static int open_event(pid_t pid)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");

	return perf_open(&attr, pid, -1, -1);
}

static void one_round(bool mapped)
{
	int fd = open_event(0);
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

static void check_rounds(bool mapped)
{
	uint64_t begin, mean, longest = 0, one;
	int i;

	one_round(mapped);
	begin = now();
	for (i = 0; i < ROUNDS; i++) {
		one = now();
		one_round(mapped);
		one = now() - one;
		if (one > longest)
			longest = one;
	}
	mean = (now() - begin) / ROUNDS;
	ksft_print_msg("%s: %llu ns on average, %llu at most\n",
		       mapped ? "mapped" : "not mapped",
		       (unsigned long long)mean, (unsigned long long)longest);
	ksft_test_result(mean < LIMIT_NS, "open%s and close, %d times\n",
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
	fd = open_event(child);
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
	ksft_test_result(followed == CHILDREN,
			 "children that live for a millisecond\n");
	ksft_finished();
}
