/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * samples.h - reads the ring buffer of an event, record by record.
 *
 * See perf_event_open(2), "MMAP layout".  A test's buffer has room for all of its
 * records, and the test empties the buffer only at the end.
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
	uint64_t at;		/* offset of the next record */
};

struct counted {
	uint64_t samples;
	uint64_t lost;		/* number of PERF_RECORD_LOST */
	uint64_t throttled, unthrottled;
	uint64_t others;
};

/* Maps the ring buffer.  The data area has @data_pages pages, a power of two. */
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

/* Returns the next complete record, or NULL. */
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

/* Counts the records since the last call, by type. */
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
