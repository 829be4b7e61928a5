/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * self.h - a thread reads its own counter by RDPMC, as perf_event_open(2) has
 * it under "cap_user_rdpmc" and "index"; the code, of known length, is self.S.
 */
#ifndef XENPMU_GUEST_SELF_H
#define XENPMU_GUEST_SELF_H

/*
 * One pass of the loop: SELF_BEFORE instructions before RDPMC, and SELF_AFTER
 * with it and after.  A pass in which the page changed is made again.  One
 * without a counter (index is 0) is shorter, and reads none.
 */
#define SELF_BEFORE		9
#define SELF_AFTER		10
#define SELF_PASS		(SELF_BEFORE + SELF_AFTER)

/* self_read(): XOR, the passes, three times MOV, RET. */
#define SELF_READ(again)	(1 + (1 + (again)) * SELF_PASS + 4)

/*
 * From one RDPMC to the next, with the piece's instructions to be added: the
 * rest of the pass and of self_read(), 5 of self_between(), XOR and the
 * beginning of a pass.  Passes of the second read that had to be made again
 * come on top; of the first one, only the last matters.
 */
#define SELF_BETWEEN(again)						\
	(SELF_AFTER + 4 + 5 + 1 + SELF_BEFORE + (again) * SELF_PASS)

#ifndef __ASSEMBLER__
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets that self.S has as numbers. */
_Static_assert(offsetof(struct perf_event_mmap_page, lock) == 8, "lock");
_Static_assert(offsetof(struct perf_event_mmap_page, index) == 12, "index");
_Static_assert(offsetof(struct perf_event_mmap_page, offset) == 16, "offset");
_Static_assert(offsetof(struct perf_event_mmap_page, capabilities) == 40,
	       "capabilities");
_Static_assert(offsetof(struct perf_event_mmap_page, pmc_width) == 48,
	       "pmc_width");

struct self {
	int64_t count;
	uint64_t passes;	/* 1, and one for each that the kernel spoiled */
	uint64_t index;		/* 0: it has no counter, count is the offset */
};

/* A piece of no work: RET. */
#define SELF_NOTHING_INSNS	1
void self_nothing(uint64_t unused);

/* Reads the event whose page it is. */
void self_read(const struct perf_event_mmap_page *page, struct self *to);

/* Reads, does a piece of work.h, and reads again. */
void self_between(const struct perf_event_mmap_page *page,
		  struct self *before, struct self *after,
		  void (*piece)(uint64_t), uint64_t arg);
#endif

#endif
