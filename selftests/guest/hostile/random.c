// SPDX-License-Identifier: GPL-2.0-only
/*
 * random.c - random requests, from a fixed seed.
 *
 * Some bits are more likely than others, so that Xen accepts a good part of the
 * batches.  Xen must apply each batch, or refuse it with a known error, and report
 * this in the state block.  The test checks nothing else.
 */
#include <linux/kernel.h>
#include <linux/prandom.h>
#include <linux/string.h>

#include "hostile.h"

#define BATCHES 20000

static struct rnd_state rnd;

static u64 random64(void)
{
	return (u64)prandom_u32_state(&rnd) << 32 | prandom_u32_state(&rnd);
}

/* True one time in @n. */
static bool one_in(u32 n)
{
	return !(prandom_u32_state(&rnd) % n);
}

static void random_slot(struct xen_pmu_slot *slot, const struct victim *v)
{
	slot->ctl = random64() & v->page->constant.ctl_mask;
	slot->ctl |= XEN_PMU_CTL_USR;
	slot->start = random64() & counter_mask(v);
	slot->gen = prandom_u32_state(&rnd);
	/* sometimes the overflow is near; the period after it is random */
	if (one_in(4))
		slot->start = -(u64)(prandom_u32_state(&rnd) & 0xff) &
			      counter_mask(v);
	slot->period = one_in(2) ? prandom_u32_state(&rnd) & 0xff :
				   prandom_u32_state(&rnd);
	if (one_in(40))
		slot->ctl ^= 1ULL << (random64() & 63);
	if (one_in(40))
		slot->start ^= 1ULL << (random64() & 63);
}

static int random_batch(struct victim *v)
{
	struct xen_pmu_request *req = &v->page->request;
	u64 present = (1ULL << v->page->constant.nr_gp) - 1;

	batch_begin(v);
	for (int i = 0; i < XEN_PMU_SLOTS; i++)
		random_slot(&req->slot[i], v);
	req->changed = random64() & present;
	req->run = random64() & present;
	if (one_in(40))
		req->changed |= random64();
	if (one_in(40))
		req->run |= random64();
	if (one_in(40))
		req->rsvd[random64() % ARRAY_SIZE(req->rsvd)] = random64();
	v->page->consumer.cons = prandom_u32_state(&rnd);
	return batch_end(v);
}

/* Does the state block agree with the result of sync? */
static bool consistent(const struct victim *v, int ret)
{
	const struct xen_pmu_state *s = &v->page->state;

	if (!ret)
		return s->applied == v->seq && s->refused != v->seq;
	return ret == -EINVAL && s->refused == v->seq &&
	       s->applied != v->seq && s->error > XEN_PMU_ERR_NONE &&
	       s->error <= XEN_PMU_ERR_RSVD;
}

/* Stops all counters and empties the ring. */
static int calm(struct victim *v)
{
	batch_begin(v);
	v->page->request.changed = (1ULL << v->page->constant.nr_gp) - 1;
	v->page->consumer.cons = v->page->ring.prod;
	return batch_end(v);
}

void test_random(struct victim *v)
{
	int applied = 0, odd = 0;

	prandom_seed_state(&rnd, 20042);
	for (int i = 0; i < BATCHES; i++) {
		int ret = random_batch(v);

		applied += !ret;
		odd += !consistent(v, ret);
	}
	remark("%d of %d applied, pmi %llu, records %llu, lost %llu, throttled %llu",
	       applied, BATCHES, v->page->state.nr_pmi,
	       v->page->state.nr_record, v->page->state.nr_lost,
	       v->page->state.nr_throttled);
	result(!odd, "random batches are applied or refused");
	result(applied > BATCHES / 10 && applied < BATCHES,
	       "some random batches were applied, and some refused");
	result(victim_surroundings_intact(v),
	       "no record was written outside the page");
	result(!calm(v), "a good batch is applied after them");
}
