/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * self.h - a thread reads its own counter by RDPMC, as perf_event_open(2) describes
 * under "cap_user_rdpmc" and "index".  The code in self.S has a known length.
 */
#ifndef XENPMU_GUEST_SELF_H
#define XENPMU_GUEST_SELF_H

/*
 * One pass of the loop has SELF_BEFORE instructions before RDPMC, and SELF_AFTER from
 * RDPMC on.  If the page changes during a pass, the loop repeats the pass.  A pass of an
 * event without a counter (index 0) is shorter, and executes no RDPMC.
 */
#define SELF_BEFORE		9
#define SELF_AFTER		10
#define SELF_PASS		(SELF_BEFORE + SELF_AFTER)

/* self_read(): XOR, the passes, three times MOV, RET. */
#define SELF_READ(again)	(1 + (1 + (again)) * SELF_PASS + 4)

/*
 * The instructions from one RDPMC to the next, without those of the piece: the rest of
 * the pass and of self_read(), 5 of self_between(), XOR, and the beginning of a pass.
 * Repeated passes of the second read are added.  Repeated passes of the first read are
 * before the first RDPMC that matters.
 */
#define SELF_BETWEEN(again)						\
	(SELF_AFTER + 4 + 5 + 1 + SELF_BEFORE + (again) * SELF_PASS)

#ifndef __ASSEMBLER__
#include <linux/perf_event.h>
#include <stddef.h>
#include <stdint.h>

/* self.S uses these offsets as numbers. */
_Static_assert(offsetof(struct perf_event_mmap_page, lock) == 8, "lock");
_Static_assert(offsetof(struct perf_event_mmap_page, index) == 12, "index");
_Static_assert(offsetof(struct perf_event_mmap_page, offset) == 16, "offset");
_Static_assert(offsetof(struct perf_event_mmap_page, capabilities) == 40,
	       "capabilities");
_Static_assert(offsetof(struct perf_event_mmap_page, pmc_width) == 48,
	       "pmc_width");

struct self {
	int64_t count;
	uint64_t passes;	/* 1, and 1 for each repeated pass */
	uint64_t index;		/* 0: no counter, and count is the offset */
};

/* self_nothing() does no work: RET. */
#define SELF_NOTHING_INSNS	1
void self_nothing(uint64_t unused);

/* Reads the event that the page belongs to. */
void self_read(const struct perf_event_mmap_page *page, struct self *to);

/* Reads, does a piece of work.h, and reads again. */
void self_between(const struct perf_event_mmap_page *page,
		  struct self *before, struct self *after,
		  void (*piece)(uint64_t), uint64_t arg);
#endif

#endif
