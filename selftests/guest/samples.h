/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * samples.h - the ring buffer of an event: what is in it, record by record.
 *
 * perf_event_open(2), "MMAP layout".  The buffers are large enough for all
 * that a test makes, and nothing is taken out before the end.
 */
#ifndef XENPMU_GUEST_SAMPLES_H
#define XENPMU_GUEST_SAMPLES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "perf.h"

#define SAMPLES_PAGE	4096UL

struct samples {
	struct perf_event_mmap_page *page;
	uint64_t data_pages;
	uint64_t at;		/* of the next record, from the beginning */
};

struct counted {
	uint64_t samples;
	uint64_t lost;		/* records of that kind */
	uint64_t throttled, unthrottled;
	uint64_t others;
};

/* The data area has this number of pages, a power of two. */
static inline struct samples samples_map(int fd, uint64_t data_pages)
{
	struct samples s = { .data_pages = data_pages };

	s.page = mmap(NULL, (1 + data_pages) * SAMPLES_PAGE,
		      PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s.page == MAP_FAILED)
		ksft_exit_fail_perror("mmap of a ring buffer");
	return s;
}

static inline void samples_unmap(struct samples *s)
{
	munmap(s->page, (1 + s->data_pages) * SAMPLES_PAGE);
}

/* The next record that is complete, or NULL. */
static inline struct perf_event_header *samples_next(struct samples *s)
{
	uint64_t head = __atomic_load_n(&s->page->data_head, __ATOMIC_ACQUIRE);
	struct perf_event_header *h;

	if (head > s->data_pages * SAMPLES_PAGE)
		ksft_exit_fail_msg("a ring buffer has wrapped\n");
	if (s->at >= head)
		return NULL;
	h = (void *)((char *)s->page + SAMPLES_PAGE + s->at);
	s->at += h->size;
	return h;
}

/* Counts what has come since the last call, by kind. */
static inline struct counted samples_count(struct samples *s)
{
	struct perf_event_header *h;
	struct counted c = { 0 };

	while ((h = samples_next(s))) {
		switch (h->type) {
		case PERF_RECORD_SAMPLE:
			c.samples++;
			break;
		case PERF_RECORD_LOST:
			c.lost++;
			break;
		case PERF_RECORD_THROTTLE:
			c.throttled++;
			break;
		case PERF_RECORD_UNTHROTTLE:
			c.unthrottled++;
			break;
		default:
			c.others++;
		}
	}
	return c;
}

#endif
