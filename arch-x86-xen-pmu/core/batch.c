// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch.c - the request block: what Xen should run, and what it runs (pure).
 *
 * Memory order: Xen looks at the page only where the VCPU runs, while the VCPU
 * does not, or after it has moved the VCPU with full barriers; so towards Xen
 * it is the compiler that must keep the order.  The release store is what the
 * page's protocol promises, and is free on x86.
 *
 * All functions: interrupts off, on the VCPU that the page belongs to.
 */
#include "batch.h"

/*
 * xen_pmu_batch_attach - start with a fresh page
 *
 * Xen has nothing loaded.  gen goes on, so that a load of an earlier page can
 * never be taken for one of this.
 */
void xen_pmu_batch_attach(struct xen_pmu_batch *b, struct xen_pmu_page *page)
{
	memset(b->want, 0, sizeof(b->want));
	memset(b->applied, 0, sizeof(b->applied));
	b->want_run = b->applied_run = b->published_run = 0;
	b->stale = b->tuned = b->loaded = b->blank = 0;
	b->seq = b->applied_seq = 0;
	b->dirty = false;
	b->nr_refused = 0;
	b->refused = false;
	b->request = &page->request;
	b->state = &page->state;
}

/* Forget the page: nothing is loaded, nothing runs, nothing is ever applied. */
void xen_pmu_batch_detach(struct xen_pmu_batch *b)
{
	memset(b->want, 0, sizeof(b->want));
	b->request = NULL;
	b->state = NULL;
	b->want_run = b->applied_run = b->published_run = 0;
}

/* Numbers of batches wrap: a refusal is one that Xen has counted since the last look. */
static void note_refusal(struct xen_pmu_batch *b)
{
	u64 nr = READ_ONCE(b->state->nr_refused);

	if (nr == b->nr_refused)
		return;
	b->nr_refused = nr;
	b->refused = READ_ONCE(b->state->refused) == b->seq;
	b->refused_seq = b->seq;
}

/*
 * xen_pmu_batch_settle - take note if Xen has applied or refused the last batch
 *
 * want[] must be what is published: call it outside of begin/end only.
 */
void xen_pmu_batch_settle(struct xen_pmu_batch *b)
{
	unsigned int slot;

	if (READ_ONCE(b->state->applied) != b->seq) {
		note_refusal(b);
		return;
	}
	b->refused = false;
	xen_pmu_for_each(slot, b->stale | b->tuned)
		b->applied[slot] = b->want[slot];
	b->applied_run = b->published_run;
	b->applied_seq = b->seq;
	b->stale = b->tuned = 0;
}

/*
 * xen_pmu_batch_begin - stop Xen from applying, and see what it has applied
 *
 * A batch that was published and not applied will not be any more, unless end
 * publishes it again.
 */
void xen_pmu_batch_begin(struct xen_pmu_batch *b)
{
	WRITE_ONCE(b->request->seq, b->seq | 1);
	barrier();
	xen_pmu_batch_settle(b);
}

/*
 * xen_pmu_batch_load - program a slot
 * @ctl:	for request.slot[].ctl
 * @start:	the counter's first value, below 2^width
 * @period:	for request.slot[].period
 */
void xen_pmu_batch_load(struct xen_pmu_batch *b, unsigned int slot, u64 ctl,
			u64 start, u32 period)
{
	b->want[slot].ctl = ctl;
	b->want[slot].start = start;
	b->want[slot].period = period;
	b->want[slot].renews = period != 0;
	if (!++b->gen[slot])		/* 0 is "nothing loaded" */
		b->gen[slot] = 1;
	b->want[slot].gen = b->gen[slot];
	b->want[slot].since = b->seq + 2;
	b->stale |= BIT_ULL(slot);
	b->loaded |= BIT_ULL(slot);
	b->blank &= ~BIT_ULL(slot);
	b->dirty = true;
}

/*
 * xen_pmu_batch_tune - give a slot another period, and leave its counter alone
 *
 * In time for the overflow after the next, if Xen looks before the next.
 */
void xen_pmu_batch_tune(struct xen_pmu_batch *b, unsigned int slot, u32 period)
{
	if (b->want[slot].period == period)
		return;
	b->want[slot].period = period;
	b->want[slot].renews |= period != 0;
	b->tuned |= BIT_ULL(slot);
	b->dirty = true;
}

/*
 * xen_pmu_batch_keep - let a slot go on with what it has, if that counts @ctl
 *
 * That is what it is programmed with, or what it was before a batch that Xen
 * has not applied and which therefore can be taken back.  False if neither.
 */
bool xen_pmu_batch_keep(struct xen_pmu_batch *b, unsigned int slot, u64 ctl)
{
	if (b->want[slot].gen && b->want[slot].ctl == ctl &&
	    !(b->blank & BIT_ULL(slot)))
		return true;
	if (!(b->stale & BIT_ULL(slot)) || !b->applied[slot].gen ||
	    b->applied[slot].ctl != ctl)
		return false;
	b->want[slot] = b->applied[slot];
	b->stale &= ~BIT_ULL(slot);
	b->tuned &= ~BIT_ULL(slot);
	b->blank &= ~BIT_ULL(slot);
	b->dirty = true;
	return true;
}

/*
 * xen_pmu_batch_stop - let a slot count no further
 * @told:	its overflow would be an interrupt for nobody: that cannot wait
 */
void xen_pmu_batch_stop(struct xen_pmu_batch *b, unsigned int slot, bool told)
{
	b->want_run &= ~BIT_ULL(slot);
	if (told)
		b->told |= BIT_ULL(slot);
	else
		b->told &= ~BIT_ULL(slot);
}

/*
 * xen_pmu_batch_refused - the slots for which Xen has refused the last batch
 *
 * Of the slots that the batch changes, the one that Xen names; if it names no such
 * slot, all of them.  0: the last batch was not refused, or it changed nothing that
 * could be refused.  Call xen_pmu_batch_drop() for each: then the answer is 0.
 */
u64 xen_pmu_batch_refused(const struct xen_pmu_batch *b)
{
	u64 changed = b->stale | b->tuned | (b->want_run & ~b->applied_run);
	u32 slot;

	if (!b->refused || b->refused_seq != b->seq)
		return 0;
	slot = READ_ONCE(b->state->error_slot);
	if (slot < XEN_PMU_SLOTS && changed & BIT_ULL(slot))
		return BIT_ULL(slot);
	return changed;
}

/*
 * xen_pmu_batch_drop - want nothing of a slot but what Xen has applied, stopped
 */
void xen_pmu_batch_drop(struct xen_pmu_batch *b, unsigned int slot)
{
	u64 bit = BIT_ULL(slot);

	b->want[slot] = b->applied[slot];
	b->want_run &= ~bit;
	b->stale &= ~bit;
	b->tuned &= ~bit;
	b->blank &= ~bit;
	b->dirty = true;
}

/*
 * xen_pmu_batch_blank - let Xen forget what slots have counted
 * @slots:	in xen_pmu_batch_counts(), and none of them to be run
 */
void xen_pmu_batch_blank(struct xen_pmu_batch *b, u64 slots)
{
	unsigned int slot;

	xen_pmu_for_each(slot, slots)
		xen_pmu_batch_load(b, slot, b->want[slot].ctl, 0, 0);
	b->blank |= slots;
}

/*
 * Is what should run what Xen runs, so that a batch which it has not looked at
 * need not be looked at either?  What was refused was looked at, and its seq is
 * not for use again.
 */
static bool can_take_back(const struct xen_pmu_batch *b)
{
	return !b->dirty && !b->stale && !b->tuned &&
	       b->want_run == b->applied_run && !b->refused;
}

/* Does what should run differ from what was published, in a way that cannot wait? */
static bool is_news(const struct xen_pmu_batch *b)
{
	u64 stopped = b->published_run & ~b->want_run;

	return b->want_run & ~b->published_run ||
	       (b->lazy ? stopped & b->told : stopped);
}

/*
 * A record that was made before its slot was loaded belongs to another event.  The two
 * are told apart by the difference between the record's seq and programming.since.  That
 * turns negative when a slot has stayed loaded for 2^31 numbers.  So a load never gets
 * older than OLDEST numbers by much: xen_pmu_batch_end() calls this often enough.
 */
#define OLDEST BIT_ULL(29)

static void forget_age(struct xen_pmu_batch *b)
{
	unsigned int slot;

	for (slot = 0; slot < XEN_PMU_SLOTS; slot++) {
		if (b->seq - b->want[slot].since > (u32)OLDEST)
			b->want[slot].since = b->seq - (u32)OLDEST;
		if (b->seq - b->applied[slot].since > (u32)OLDEST)
			b->applied[slot].since = b->seq - (u32)OLDEST;
	}
}

/*
 * xen_pmu_batch_end - publish, if there is anything new
 *
 * A batch that only stops can wait for one that does more (@lazy): a counter that
 * runs on harms nobody, and if it is wanted again before, nothing was to be done.
 *
 * A stop and an equal start between two entries, which is what a switch between
 * threads that count the same is, leave Xen nothing to do: the seq that it has
 * applied tells it so (R2, R6).
 *
 * Returns whether a batch was published.  If not, the last one stands.
 */
bool xen_pmu_batch_end(struct xen_pmu_batch *b)
{
	struct xen_pmu_request *req = b->request;
	unsigned int slot;

	if (!b->dirty && !is_news(b)) {
		/* nothing to tell Xen: the last batch stands */
		smp_store_release(&req->seq, b->seq);
		return false;
	}
	if (can_take_back(b)) {
		req->changed = 0;
		req->run = b->want_run;
		b->published_run = b->want_run;
		b->seq = b->applied_seq;
		/* Xen has seen this one: nothing is new */
		smp_store_release(&req->seq, b->seq);
		return false;
	}
	xen_pmu_for_each(slot, b->stale | b->tuned) {
		req->slot[slot].ctl = b->want[slot].ctl;
		req->slot[slot].start = b->want[slot].start;
		req->slot[slot].gen = b->want[slot].gen;
		req->slot[slot].period = b->want[slot].period;
	}
	req->changed = b->stale | b->tuned;
	req->run = b->want_run;
	b->published_run = b->want_run;
	b->dirty = false;
	b->seq += 2;
	if (!(b->seq & (OLDEST / 2 - 1)))
		forget_age(b);
	/* the batch is whole before it can be seen (R2) */
	smp_store_release(&req->seq, b->seq);
	return true;
}
