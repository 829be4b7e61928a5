/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * decode.h - decodes a PERF_RECORD_SAMPLE (perf_event_open(2), "MMAP layout").
 *
 * It knows all sample types except BRANCH_STACK and AUX.  READ must be that of a group
 * with PERF_FORMAT_GROUP and PERF_FORMAT_ID.
 */
#ifndef XENPMU_GUEST_DECODE_H
#define XENPMU_GUEST_DECODE_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define DECODE_MEMBERS	4	/* of a group, at most */

struct read_group {
	uint64_t nr;
	struct {
		uint64_t value, id;
	} member[DECODE_MEMBERS];
};

/* The registers that the event asked for; abi is 0 if the sample has none. */
struct sample_regs {
	uint64_t abi;
	const uint64_t *reg;
};

struct sample {
	uint64_t identifier, ip, time, addr, id, stream_id, period;
	uint32_t pid, tid, cpu;
	struct read_group read;
	uint64_t nr_chain;
	const uint64_t *chain;
	uint32_t raw_size;
	struct sample_regs user, intr;
	uint64_t stack_size, stack_filled;	/* bytes: room and contents */
	const uint64_t *stack;
	uint64_t weight, data_src, transaction;
	uint64_t phys_addr, cgroup, data_page_size, code_page_size;
};

/* The next word to decode, and the end of the record. */
struct decoding {
	const uint64_t *at, *end;
	bool bad;
};

/* The next @n words, or zeroes if the record has fewer. */
static inline const uint64_t *decode_words(struct decoding *d, uint64_t n)
{
	static const uint64_t none[64];
	const uint64_t *p = d->at;

	if (d->bad || n > (uint64_t)(d->end - d->at)) {
		d->bad = true;
		return none;
	}
	d->at += n;
	return p;
}

static inline uint64_t decode_word(struct decoding *d)
{
	return *decode_words(d, 1);
}

static inline void decode_group(struct decoding *d, struct read_group *g)
{
	g->nr = decode_word(d);
	if (g->nr > DECODE_MEMBERS) {
		d->bad = true;
		return;
	}
	memcpy(g->member, decode_words(d, 2 * g->nr), 16 * g->nr);
}

static inline void decode_regs(struct decoding *d, struct sample_regs *r,
			       uint64_t mask)
{
	r->abi = decode_word(d);
	if (r->abi)
		r->reg = decode_words(d, __builtin_popcountll(mask));
}

static inline void decode_stack(struct decoding *d, struct sample *s)
{
	s->stack_size = decode_word(d);
	if (!s->stack_size)
		return;
	s->stack = decode_words(d, s->stack_size / 8);
	s->stack_filled = decode_word(d);
}

/**
 * decode_sample - decode a sample
 * @h: the record
 * @attr: the event's
 * @s: filled in; points into the record
 *
 * Return: whether the record has exactly what @attr asked for.
 */
static inline bool decode_sample(const struct perf_event_header *h,
				 const struct perf_event_attr *attr,
				 struct sample *s)
{
	struct decoding d = {
		.at = (const uint64_t *)(h + 1),
		.end = (const uint64_t *)h + h->size / 8,
	};
	uint64_t type = attr->sample_type, two;

	memset(s, 0, sizeof(*s));
	if (type & PERF_SAMPLE_IDENTIFIER)
		s->identifier = decode_word(&d);
	if (type & PERF_SAMPLE_IP)
		s->ip = decode_word(&d);
	if (type & PERF_SAMPLE_TID) {
		two = decode_word(&d);
		s->pid = (uint32_t)two;
		s->tid = two >> 32;
	}
	if (type & PERF_SAMPLE_TIME)
		s->time = decode_word(&d);
	if (type & PERF_SAMPLE_ADDR)
		s->addr = decode_word(&d);
	if (type & PERF_SAMPLE_ID)
		s->id = decode_word(&d);
	if (type & PERF_SAMPLE_STREAM_ID)
		s->stream_id = decode_word(&d);
	if (type & PERF_SAMPLE_CPU)
		s->cpu = (uint32_t)decode_word(&d);
	if (type & PERF_SAMPLE_PERIOD)
		s->period = decode_word(&d);
	if (type & PERF_SAMPLE_READ)
		decode_group(&d, &s->read);
	if (type & PERF_SAMPLE_CALLCHAIN) {
		s->nr_chain = decode_word(&d);
		s->chain = decode_words(&d, s->nr_chain);
	}
	if (type & PERF_SAMPLE_RAW) {
		s->raw_size = (uint32_t)*decode_words(&d, 1);
		if (s->raw_size > 4)
			decode_words(&d, (s->raw_size - 4) / 8);
	}
	if (type & PERF_SAMPLE_REGS_USER)
		decode_regs(&d, &s->user, attr->sample_regs_user);
	if (type & PERF_SAMPLE_STACK_USER)
		decode_stack(&d, s);
	if (type & (PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT))
		s->weight = decode_word(&d);
	if (type & PERF_SAMPLE_DATA_SRC)
		s->data_src = decode_word(&d);
	if (type & PERF_SAMPLE_TRANSACTION)
		s->transaction = decode_word(&d);
	if (type & PERF_SAMPLE_REGS_INTR)
		decode_regs(&d, &s->intr, attr->sample_regs_intr);
	if (type & PERF_SAMPLE_PHYS_ADDR)
		s->phys_addr = decode_word(&d);
	if (type & PERF_SAMPLE_CGROUP)
		s->cgroup = decode_word(&d);
	if (type & PERF_SAMPLE_DATA_PAGE_SIZE)
		s->data_page_size = decode_word(&d);
	if (type & PERF_SAMPLE_CODE_PAGE_SIZE)
		s->code_page_size = decode_word(&d);
	return !d.bad && d.at == d.end;
}

#endif
