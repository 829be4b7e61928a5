/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tasks.h - work that moves between CPUs and makes tasks.  Every instruction is known:
 * the code is in tasks.S, and the counts here are worked out from that code.
 *
 * All functions are pieces for work_between_reads().  So their argument is a number:
 * the address of one of the structures.
 */
#ifndef XENPMU_GUEST_TASKS_H
#define XENPMU_GUEST_TASKS_H

/*
 * tasks_hop(): 6 instructions to set up; for each hop 7, and 2 for each turn; RET.
 */
#define HOP_INSNS(hops, turns)	(6 + (hops) * (7 + 2 * (turns)) + 1)

/*
 * A child: TEST, JZ, MOV; 2 for each turn; XOR, MOV, SYSCALL.  The child begins after
 * the SYSCALL that makes it; that SYSCALL counts for the parent.
 */
#define CHILD_INSNS(turns)	(3 + 2 * (turns) + 3)

/* tasks_fork(), the parent's part: 5; 8 and 9 for each child; 4. */
#define FORK_INSNS(nr)		(5 + (nr) * (8 + 9) + 4)

/* tasks_threads(), the parent's part: 6; 12 and 8 for each child; 5. */
#define THREADS_INSNS(nr)	(6 + (nr) * (12 + 8) + 5)

#define HOPS_MASKS	0
#define HOPS_NR		8
#define HOPS_TURNS	16
#define HOPS_FAILED	24

#define FAMILY_TURNS	0
#define FAMILY_NR	8
#define FAMILY_TIDS	16
#define FAMILY_FAILED	24

#ifndef __ASSEMBLER__
#include <stdint.h>

struct hops {
	const uint64_t *masks;	/* one set of CPUs for each hop */
	uint64_t nr;		/* hops, > 0 */
	uint64_t turns;		/* of the loop after each hop (2 instructions); > 0 */
	int64_t failed;		/* not 0: a call failed */
};

struct family_tid {
	uint32_t cleared;	/* by the kernel, at the thread's end */
	uint32_t tid;
};

struct family {
	const uint64_t *turns;	/* of each child's loop (2 instructions); > 0 */
	uint64_t nr;		/* children, > 0 */
	struct family_tid *tids;	/* for tasks_threads(): one for each child */
	int64_t failed;		/* negative: a call failed */
};

/* Goes to the CPUs of each mask by sched_setaffinity(2), and works there. */
void tasks_hop(uint64_t hops);

/* Makes the children as processes by fork(2), and waits for all of them. */
void tasks_fork(uint64_t family);

/* Makes the children as threads by clone(2).  They need no stack, and have none. */
void tasks_threads(uint64_t family);
#endif

#endif
