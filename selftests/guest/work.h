/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * work.h - pieces of work with known instructions, and their counts.
 *
 * The code is in work.S.  The macros below are worked out on paper from that source.
 * Change both together.
 *
 * The meaning of the events is that of AMD's PPR for family 17h.  PMCx0C2 Retired
 * Branch Instructions and PMCx0C4 Retired Taken Branch Instructions count every change
 * of control flow, and so SYSCALL too.  (Exceptions and interrupts count in the mode
 * that they enter, and so never as user events.)  PMCx0D1 counts conditional jumps
 * only.  Cycles hold for the rig: one for each instruction, and one more for each
 * iteration of a REP.
 */
#ifndef XENPMU_GUEST_WORK_H
#define XENPMU_GUEST_WORK_H

/*
 * work_between_reads() itself executes these instructions between its two reads: from
 * after the first SYSCALL to the second SYSCALL, without those of the piece.  The second
 * SYSCALL has retired in user mode when the kernel reads, so it counts.  The first one
 * retired before the kernel took the first value, so it does not count.
 */
#define BETWEEN_INSNS		8
#define BETWEEN_BRANCHES	2	/* the CALL and the second SYSCALL */
#define BETWEEN_TAKEN		2
#define BETWEEN_COND		0
#define BETWEEN_CYCLES		BETWEEN_INSNS

/* work_loop(n): n times 8 instructions, DEC and JNZ; RET.  n > 0. */
#define LOOP_BODY		10	/* instructions of one turn */
#define LOOP_INSNS(n)		(LOOP_BODY * (n) + 1)
#define LOOP_BRANCHES(n)	((n) + 1)
#define LOOP_TAKEN(n)		(n)	/* n - 1 times back, and RET */
#define LOOP_COND(n)		(n)
#define LOOP_CYCLES(n)		LOOP_INSNS(n)

/* work_straight(): ADDITIONS additions, RET. */
#define ADDITIONS		1000
#define STRAIGHT_INSNS		(ADDITIONS + 1)
#define STRAIGHT_BRANCHES	1
#define STRAIGHT_TAKEN		1
#define STRAIGHT_COND		0
#define STRAIGHT_CYCLES		STRAIGHT_INSNS

/* work_nottaken(n): n times CMP, a JNE that never goes, DEC, JNZ; RET. */
#define NOTTAKEN_INSNS(n)	(4 * (n) + 1)
#define NOTTAKEN_BRANCHES(n)	(2 * (n) + 1)
#define NOTTAKEN_TAKEN(n)	(n)
#define NOTTAKEN_COND(n)	(2 * (n))
#define NOTTAKEN_CYCLES(n)	NOTTAKEN_INSNS(n)

/* work_calls(n): n times CALL, RET, DEC, JNZ; RET. */
#define CALLS_INSNS(n)		(4 * (n) + 1)
#define CALLS_BRANCHES(n)	(3 * (n) + 1)
#define CALLS_TAKEN(n)		(3 * (n))
#define CALLS_COND(n)		(n)
#define CALLS_CYCLES(n)		CALLS_INSNS(n)

/* work_rep(): MOV, LEA, XOR, one REP STOSB of REP_BYTES bytes, RET. */
#define REP_BYTES		4096
#define REP_INSNS		5
#define REP_BRANCHES		1
#define REP_TAKEN		1
#define REP_COND		0
#define REP_CYCLES		(REP_INSNS + REP_BYTES)

/*
 * work_syscalls(n): MOV; n times MOV, SYSCALL (getppid), DEC, JNZ; RET.
 */
#define SYSCALLS_INSNS(n)	(4 * (n) + 2)
#define SYSCALLS_BRANCHES(n)	(2 * (n) + 1)
#define SYSCALLS_TAKEN(n)	(2 * (n))
#define SYSCALLS_COND(n)	(n)
#define SYSCALLS_CYCLES(n)	SYSCALLS_INSNS(n)

/*
 * work_touch(struct touch *): two MOVs; for each page a MOV to it, ADD, DEC,
 * JNZ; RET.  A store that faults is executed again after the fault: it
 * retires once.
 */
#define TOUCH_INSNS(n)		(4 * (n) + 3)
#define TOUCH_BRANCHES(n)	((n) + 1)
#define TOUCH_TAKEN(n)		(n)
#define TOUCH_COND(n)		(n)
#define TOUCH_CYCLES(n)		TOUCH_INSNS(n)

/*
 * work_exits(m): m times an inner loop of EXITS_TURNS turns.  The rig's predictor
 * (two-bit counters) always expects both loops to go on, and is wrong at each exit of a
 * loop.  One more is the SYSCALL after the loops, because far transfers are never
 * predicted.
 */
#define EXITS_TURNS		8
#define EXITS_MISPREDICTED(m)	((m) + 1 + 1)

/* work_sleep(struct timespec *): XOR, MOV, SYSCALL (nanosleep), RET. */
#define SLEEP_INSNS		4

#ifndef __ASSEMBLER__
#include <stddef.h>
#include <stdint.h>

struct touch {
	void *start;		/* page-aligned */
	uint64_t pages;		/* > 0 */
};

void work_loop(uint64_t turns);
void work_straight(uint64_t unused);
void work_nottaken(uint64_t turns);
void work_calls(uint64_t turns);
void work_rep(uint64_t unused);
void work_syscalls(uint64_t turns);
void work_touch(uint64_t touch);
void work_exits(uint64_t times);
void work_sleep(uint64_t timespec);

/* The whole code of work.S.  A copy works, except for work_rep(): its data do not move. */
extern const char work_text[], work_text_end[];

/* The addresses of the ten instructions of work_loop()'s turn, in order. */
extern const uint64_t work_loop_insn[LOOP_BODY];

/**
 * work_between_reads - read(2), a piece of work, read(2)
 * @fd: of an event
 * @before: result of the first read
 * @after: result of the second read
 * @size: of each, in bytes
 * @piece: one of the above
 * @arg: its argument
 *
 * Return: 0, or -1 if one of the reads did not return @size bytes.
 */
int work_between_reads(int fd, void *before, void *after, size_t size,
		       void (*piece)(uint64_t), uint64_t arg);
#endif

#endif
