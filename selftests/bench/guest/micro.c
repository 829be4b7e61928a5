// SPDX-License-Identifier: GPL-2.0-only
/*
 * micro - counts twenty pieces of code whose true counts are known.
 *
 *   micro LABELS
 *
 * The pieces are those of ../../guest/work.h, which also has their counts, in several
 * sizes.  The program prints a line of JSON with "true" and "count" for each piece, and
 * for each of instructions, branches and cycles in user mode.  A piece with system calls
 * or page faults enters the kernel.  Kernel instructions must not be in its count.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "perf.h"
#include "work.h"

enum { INSNS, BRANCHES, CYCLES, NR_EVENTS };

static const struct {
	const char *name;
	uint64_t config, between;
} events[NR_EVENTS] = {
	{ "instructions", PERF_COUNT_HW_INSTRUCTIONS, BETWEEN_INSNS },
	{ "branches", PERF_COUNT_HW_BRANCH_INSTRUCTIONS, BETWEEN_BRANCHES },
	{ "cycles", PERF_COUNT_HW_CPU_CYCLES, BETWEEN_CYCLES },
};

#define PIECE(_func, _NAME, _arg)					\
	{ #_func " " #_arg, work_##_func, _arg,				\
	  { _NAME##_INSNS(_arg), _NAME##_BRANCHES(_arg),		\
	    _NAME##_CYCLES(_arg) } }

#define FIXED(_func, _NAME)						\
	{ #_func, work_##_func, 0,					\
	  { _NAME##_INSNS, _NAME##_BRANCHES, _NAME##_CYCLES } }

static const struct piece {
	const char *name;
	void (*work)(uint64_t arg);
	uint64_t arg;
	uint64_t expect[NR_EVENTS];
} pieces[] = {
	FIXED(straight, STRAIGHT), FIXED(rep, REP),
	PIECE(loop, LOOP, 1), PIECE(loop, LOOP, 1000),
	PIECE(loop, LOOP, 100000), PIECE(loop, LOOP, 10000000),
	PIECE(nottaken, NOTTAKEN, 1), PIECE(nottaken, NOTTAKEN, 1000),
	PIECE(nottaken, NOTTAKEN, 100000), PIECE(nottaken, NOTTAKEN, 10000000),
	PIECE(calls, CALLS, 1), PIECE(calls, CALLS, 1000),
	PIECE(calls, CALLS, 100000), PIECE(calls, CALLS, 10000000),
	PIECE(syscalls, SYSCALLS, 10), PIECE(syscalls, SYSCALLS, 1000),
	PIECE(syscalls, SYSCALLS, 20000),
	PIECE(touch, TOUCH, 1), PIECE(touch, TOUCH, 64),
	PIECE(touch, TOUCH, 2048),
};

static uint64_t fresh_pages(struct touch *touch, uint64_t pages)
{
	touch->pages = pages;
	touch->start = mmap(NULL, pages << 12, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (touch->start == MAP_FAILED) {
		perror("micro: mmap");
		exit(1);
	}
	return (uintptr_t)touch;
}

static void measure(const char *labels, const struct piece *p, int event)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
						events[event].config, "u");
	struct perf_value before, after;
	int fd = perf_open_self(&attr, -1);
	uint64_t arg = p->arg;
	struct touch touch;

	if (fd < 0) {
		perror("micro: perf_event_open");
		exit(1);
	}
	if (p->work == work_touch)
		arg = fresh_pages(&touch, p->arg);
	if (work_between_reads(fd, &before, &after, sizeof(before), p->work,
			       arg)) {
		perror("micro: read");
		exit(1);
	}
	printf("{%s,\"bench\":\"micro\",\"program\":\"%s\",\"event\":\"%s\",\"true\":%" PRIu64 ",\"count\":%" PRIu64 "}\n",
	       labels, p->name, events[event].name,
	       p->expect[event] + events[event].between,
	       after.value - before.value);
	if (p->work == work_touch)
		munmap(touch.start, touch.pages << 12);
	close(fd);
}

int main(int argc, char *argv[])
{
	if (argc != 2) {
		fputs("usage: micro LABELS\n", stderr);
		return 2;
	}
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
		for (int event = 0; event < NR_EVENTS; event++)
			measure(argv[1], &pieces[i], event);
	return 0;
}
