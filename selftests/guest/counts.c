// SPDX-License-Identifier: GPL-2.0-only
/*
 * counts - what the driver's events count in small pieces of known code.
 *
 * Each piece of work.S is run between two reads of one user-mode event, for
 * each of the events whose number follows from the code: cycles, retired
 * instructions, branches, taken and conditional ones.  work.h has the number
 * for each pair, worked out on paper from the source.  On `native` this
 * is the stock kernel driver's word on the rig's PMU, which the rig's own
 * judge has examined without a kernel; in a guest it says that the very same
 * codes count the same there.
 *
 * Every pair is measured three times; the page faults and system calls among
 * the pieces enter the kernel in the middle, and must leave no trace.
 *
 * How it could fail: an event select that is dropped or changed on its way; a
 * mode switch that comes an instruction late; an instruction that faults, or
 * a REP that is interrupted, counted twice.
 *
 * Mispredicted branches depend on what shares a place in the predictor's table
 * with the loop's: branches of the kernel and Xen do, by their frames' numbers.
 * So work_exits() is run in copies, and one that shares nothing must give just
 * what work.h says.
 * This and the cycles are the rig's: a real processor predicts short loops, and
 * a cycle there is time.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define REPEATS		3
#define PAGES		64UL
#define COPIES		64	/* more than half of which may share a place */

/* COND last: there is no such event before family 17h. */
enum { CYCLES, INSNS, BRANCHES, TAKEN, COND, NR_EVENTS };

static const struct {
	const char *name;
	uint64_t config;
	uint64_t between;	/* that work_between_reads() adds */
} events[NR_EVENTS] = {
	[CYCLES]   = { "cycles", ZEN_CYCLES, BETWEEN_CYCLES },
	[INSNS]	   = { "instructions", ZEN_INSTRUCTIONS, BETWEEN_INSNS },
	[BRANCHES] = { "branches", ZEN_BRANCHES, BETWEEN_BRANCHES },
	[TAKEN]	   = { "taken branches", ZEN_TAKEN, BETWEEN_TAKEN },
	[COND]	   = { "conditional branches", ZEN_CONDITIONAL,
		       BETWEEN_COND },
};

/* A piece without an argument, and one whose counts depend on it. */
#define FIXED(_name, _func, _NAME)					\
	{ _name, _func, 0,						\
	  { _NAME##_CYCLES, _NAME##_INSNS, _NAME##_BRANCHES,		\
	    _NAME##_TAKEN, _NAME##_COND } }

#define PIECE(_name, _func, _arg, _NAME, _args)				\
	{ _name, _func, _arg,						\
	  { _NAME##_CYCLES _args, _NAME##_INSNS _args,			\
	    _NAME##_BRANCHES _args, _NAME##_TAKEN _args,		\
	    _NAME##_COND _args } }

static const struct {
	const char *name;
	void (*work)(uint64_t arg);
	uint64_t arg;
	uint64_t expect[NR_EVENTS];
} pieces[] = {
	FIXED("straight code", work_straight, STRAIGHT),
	PIECE("a loop", work_loop, 12345, LOOP, (12345)),
	PIECE("a loop of one turn", work_loop, 1, LOOP, (1)),
	PIECE("branches not taken", work_nottaken, 12345, NOTTAKEN, (12345)),
	PIECE("calls", work_calls, 12345, CALLS, (12345)),
	FIXED("REP STOSB", work_rep, REP),
	PIECE("system calls", work_syscalls, 1000, SYSCALLS, (1000)),
	PIECE("page faults", work_touch, 0, TOUCH, (PAGES)),
};

/* Fresh memory for work_touch(), whose every page will fault. */
static struct touch *fresh_pages(void)
{
	static struct touch touch;

	if (touch.start)
		munmap(touch.start, touch.pages << 12);
	touch.pages = PAGES;
	touch.start = mmap(NULL, touch.pages << 12, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (touch.start == MAP_FAILED)
		ksft_exit_fail_perror("mmap");
	return &touch;
}

/* One measurement by @measure; gives the count, or -1 and errno. */
static int64_t count_by(__typeof__(work_between_reads) *measure,
			uint64_t config, void (*work)(uint64_t), uint64_t arg)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW, config, "u");
	struct perf_value before, after;
	int fd = perf_open_self(&attr, -1), ret;

	if (fd < 0)
		return -1;
	if (work == work_touch)
		arg = (uintptr_t)fresh_pages();
	ret = measure(fd, &before, &after, sizeof(before), work, arg);
	close(fd);
	errno = EIO;
	return ret ? -1 : (int64_t)(after.value - before.value);
}

static int64_t count(uint64_t config, void (*work)(uint64_t), uint64_t arg)
{
	return count_by(work_between_reads, config, work, arg);
}

static void check(int piece, int event)
{
	int64_t expect = pieces[piece].expect[event] + events[event].between;
	bool good = true;

	for (int i = 0; i < REPEATS; i++) {
		int64_t got = count(events[event].config,
				    pieces[piece].work, pieces[piece].arg);

		if (got == expect)
			continue;
		good = false;
		if (got < 0)
			ksft_perror("perf_event_open or read");
		else
			ksft_print_msg("expected %lld, counted %lld\n",
				       (long long)expect, (long long)got);
	}
	ksft_test_result(good, "%s of %s: %lld\n", events[event].name,
			 pieces[piece].name, (long long)expect);
}

/* The code of work.S in frames of its own: the distance from there to here. */
static ptrdiff_t copy_work(void)
{
	size_t size = work_text_end - work_text;
	char *copy = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (copy == MAP_FAILED)
		ksft_exit_fail_perror("mmap");
	memcpy(copy, work_text, size);
	if (mprotect(copy, size, PROT_READ | PROT_EXEC))
		ksft_exit_fail_perror("mprotect");
	return copy - work_text;
}

/*
 * What the copy at @distance counts of @times loops: the least of several, as the
 * first makes the predictor know the branches of the path, and an interrupt in
 * the middle has branches too, which may share a place with one of the path's.
 */
static int64_t mispredicted(ptrdiff_t distance, uint64_t times)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < 5; i++) {
		int64_t got = count_by((void *)work_between_reads + distance,
				       ZEN_MISPREDICTED,
				       (void *)work_exits + distance, times);

		if (got < least)
			least = got;
	}
	return least;
}

static void check_mispredicted(void)
{
	int exact = 0, fewer = 0;

	for (int i = 0; i < COPIES; i++) {
		ptrdiff_t distance = copy_work();
		int64_t few = mispredicted(distance, 100) -
			      EXITS_MISPREDICTED(100);
		int64_t many = mispredicted(distance, 1000) -
			       EXITS_MISPREDICTED(1000);

		exact += !few && !many;
		fewer += few < 0 || many < 0;
		if (few < 0 || many < 0)
			ksft_print_msg("copy %d: %lld of 100 loops and %lld of 1000 are missing\n",
				       i, (long long)-few, (long long)-many);
	}
	ksft_print_msg("%d of %d copies count each loop's exit and nothing else\n",
		       exact, COPIES);
	ksft_test_result(exact && !fewer,
			 "each loop's exit is one mispredicted branch\n");
}

int main(void)
{
	int nr = cpu_family() < 0x17 ? COND : NR_EVENTS;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(pieces) * nr + 1);
	for (unsigned int p = 0; p < ARRAY_SIZE(pieces); p++)
		for (int e = 0; e < nr; e++)
			check(p, e);
	check_mispredicted();
	ksft_finished();
}
