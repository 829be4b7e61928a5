// SPDX-License-Identifier: GPL-2.0-only
/*
 * counts - each event has the right count in small pieces of known code.
 *
 * The test runs each piece of work.S between two reads of a user-mode event.  It
 * does so for cycles, retired instructions, branches, taken branches and
 * conditional branches, whose numbers follow from the code.  work.h has the number
 * for each pair, worked out on paper from the source.  On `native` the test checks
 * the stock driver on the rig's PMU, which the rig's own judge has tested without
 * a kernel.  In a guest it shows that the same event codes count the same there.
 *
 * Every pair is measured three times.  Some pieces have page faults or system
 * calls.  These enter the kernel in the middle, and must not change the count.
 *
 * How it could fail: an event select is dropped or changed on the way to the
 * counter; a change of mode takes effect an instruction late; an instruction that
 * faults, or a REP that is interrupted, is counted twice.
 *
 * The number of mispredicted branches depends on the branches that share an entry
 * of the predictor's table with the loop.  Branches of the kernel and of Xen can
 * share one, depending on the page frames.  So the test runs many copies of
 * work_exits(), and a copy that shares no entry must have exactly the number in
 * work.h.  This number and the number of cycles hold on the rig only: a real
 * processor predicts short loops, and its cycles are time.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define REPEATS		3
#define PAGES		64UL
#define COPIES		64	/* more than half may share an entry of the predictor */

/* COND is the last one, because processors before family 17h have no such event. */
enum { CYCLES, INSNS, BRANCHES, TAKEN, COND, NR_EVENTS };

static const struct {
	const char *name;
	uint64_t config;
	uint64_t between;	/* what work_between_reads() adds to the count */
} events[NR_EVENTS] = {
	[CYCLES]   = { "cycles", ZEN_CYCLES, BETWEEN_CYCLES },
	[INSNS]	   = { "instructions", ZEN_INSTRUCTIONS, BETWEEN_INSNS },
	[BRANCHES] = { "branches", ZEN_BRANCHES, BETWEEN_BRANCHES },
	[TAKEN]	   = { "taken branches", ZEN_TAKEN, BETWEEN_TAKEN },
	[COND]	   = { "conditional branches", ZEN_CONDITIONAL,
		       BETWEEN_COND },
};

/* FIXED: a piece without an argument.  PIECE: a piece whose counts depend on it. */
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

/* Maps fresh memory for work_touch(): each of its pages will fault. */
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

/* Measures once by @measure; returns the count, or -1 and errno. */
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

/* Copies the code of work.S into new page frames; returns the distance of the copy. */
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
 * Runs @times loops in the copy at @distance; returns the least count of several runs.
 * The first run trains the predictor.  An interrupt in the middle of a run executes
 * branches too, and one of these may share an entry with a branch of the copy.
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
