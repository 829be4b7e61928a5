// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch.c - what Xen should run, and what it runs (pure).
 *
 * Memory order: Xen looks at the page only on the CPU where the VCPU runs, while the VCPU
 * does not run, or after it has moved the VCPU with full barriers.  So it is enough that the
 * compiler keeps the order.  The release store is what the page's protocol promises, and is
 * free on x86.
 *
 * All functions: interrupts off, on the VCPU that the page belongs to.
 */
#include "batch.h"

/* Only this function moves a slot between its states. */
static void move(struct xen_pmu_batch *b, unsigned int slot, enum xen_pmu_slot_state to)
{
	b->in[b->slot_state[slot]] &= ~BIT_ULL(slot);
	b->in[to] |= BIT_ULL(slot);
	b->slot_state[slot] = to;
}

/* Slots whose programming Xen has yet to see. */
static u64 changed(const struct xen_pmu_batch *b)
{
	return xen_pmu_batch_stales(b) | b->in[XEN_PMU_SLOT_TUNED];
}

/*
 * xen_pmu_batch_attach - start with a fresh page, in which Xen has nothing loaded
 * @page:	NULL: no page is attached any more, and nothing is ever applied
 */
void xen_pmu_batch_attach(struct xen_pmu_batch *b, struct xen_pmu_page *page)
{
	memset(b, 0, offsetof(struct xen_pmu_batch, gen));
	b->refused_seq = XEN_PMU_NO_BATCH;
	if (!page)
		return;
	b->request = &page->request;
	b->state = &page->state;
}

/* Numbers of batches wrap.  So only a refusal that Xen has counted since is a new one. */
static void note_refusal(struct xen_pmu_batch *b)
{
	u64 nr = READ_ONCE(b->state->nr_refused);

	if (nr == b->nr_refused)
		return;
	b->nr_refused = nr;
	b->refused_seq = READ_ONCE(b->state->refused) == b->seq ? b->seq : XEN_PMU_NO_BATCH;
}

/* Xen has loaded what was published. */
static noinline void take_over(struct xen_pmu_batch *b)
{
	unsigned int slot;

	xen_pmu_for_each(slot, changed(b)) {
		b->applied.slot[slot] = b->want.slot[slot];
		move(b, slot, b->slot_state[slot] == XEN_PMU_SLOT_BLANKING ?
			      XEN_PMU_SLOT_BLANK : XEN_PMU_SLOT_LOADED);
	}
}

/*
 * xen_pmu_batch_settle - take note if Xen has applied or refused the last batch
 *
 * @want must be what is published: outside of begin and end only.
 */
void xen_pmu_batch_settle(struct xen_pmu_batch *b)
{
	if (READ_ONCE(b->state->applied) != b->seq) {
		note_refusal(b);
		return;
	}
	b->refused_seq = XEN_PMU_NO_BATCH;
	if (changed(b))
		take_over(b);
	b->applied.run = b->request->run;
	b->applied_seq = b->seq;
}

/*
 * xen_pmu_batch_begin - stop Xen from applying, and see what it has applied
 *
 * A batch that was published and is not applied will not be applied any more, unless
 * xen_pmu_batch_end() publishes it again.
 */
void xen_pmu_batch_begin(struct xen_pmu_batch *b)
{
	WRITE_ONCE(b->request->seq, b->seq | 1);
	barrier();
	xen_pmu_batch_settle(b);
}

static void load(struct xen_pmu_batch *b, unsigned int slot, u64 ctl, u64 start, u32 repeat,
		 enum xen_pmu_slot_state state)
{
	struct xen_pmu_programming *p = &b->want.slot[slot];

	if (!++b->gen[slot])		/* 0 is "nothing loaded" */
		b->gen[slot] = 1;
	p->ctl = ctl;
	p->start = start;
	p->gen = b->gen[slot];
	p->repeat = repeat;
	p->since = b->seq + 2;
	p->takes = repeat;
	b->edited = true;
	move(b, slot, state);
}

/*
 * xen_pmu_batch_load - load a slot for an event
 * @start:	the counter's first value, below 2^width
 */
void xen_pmu_batch_load(struct xen_pmu_batch *b, unsigned int slot, u64 ctl, u64 start, u32 repeat)
{
	load(b, slot, ctl, start, repeat, XEN_PMU_SLOT_PENDING);
}

/*
 * xen_pmu_batch_blank - let Xen forget what slots have counted
 * @slots:	in xen_pmu_batch_counts(), and none of them to be run
 */
void xen_pmu_batch_blank(struct xen_pmu_batch *b, u64 slots)
{
	unsigned int slot;

	xen_pmu_for_each(slot, slots)
		load(b, slot, b->want.slot[slot].ctl, 0, 0, XEN_PMU_SLOT_BLANKING);
}

/* xen_pmu_batch_set_repeat - xen_pmu_batch_tune() where the length differs */
void xen_pmu_batch_set_repeat(struct xen_pmu_batch *b, unsigned int slot, u32 repeat)
{
	struct xen_pmu_programming *p = &b->want.slot[slot];

	p->repeat = repeat;
	p->takes |= repeat != 0;
	b->edited = true;
	if (b->slot_state[slot] == XEN_PMU_SLOT_LOADED)
		move(b, slot, XEN_PMU_SLOT_TUNED);
}

/*
 * xen_pmu_batch_keep - let a slot go on with what it has, if that counts @ctl
 *
 * The slot has its programming in @want, or, if Xen has not loaded that, the one before,
 * which it can have back.  False if neither counts @ctl.
 */
bool xen_pmu_batch_keep(struct xen_pmu_batch *b, unsigned int slot, u64 ctl)
{
	u8 state = b->slot_state[slot];

	if (state >= XEN_PMU_SLOT_LOADED && state <= XEN_PMU_SLOT_PENDING &&
	    b->want.slot[slot].ctl == ctl)
		return true;
	if (state < XEN_PMU_SLOT_PENDING || !b->applied.slot[slot].gen ||
	    b->applied.slot[slot].ctl != ctl)
		return false;
	b->want.slot[slot] = b->applied.slot[slot];
	b->edited = true;
	move(b, slot, XEN_PMU_SLOT_LOADED);
	return true;
}

/*
 * xen_pmu_batch_refused - the slots for which Xen has refused the last batch
 *
 * Xen names the slot at fault.  If the batch has not changed that slot, all slots that it has
 * changed are taken to be at fault.  0: the last batch was not refused, or changed nothing.  Call
 * xen_pmu_batch_drop() for each slot: then the answer is 0.
 */
u64 xen_pmu_batch_refused(const struct xen_pmu_batch *b)
{
	u64 suspects = changed(b) | (b->want.run & ~b->applied.run);
	u32 slot;

	if (b->refused_seq != b->seq)
		return 0;
	slot = READ_ONCE(b->state->error_slot);
	if (slot < XEN_PMU_SLOTS && suspects & BIT_ULL(slot))
		return BIT_ULL(slot);
	return suspects;
}

/* xen_pmu_batch_drop - want nothing of a slot but what Xen has applied, stopped */
void xen_pmu_batch_drop(struct xen_pmu_batch *b, unsigned int slot)
{
	b->want.slot[slot] = b->applied.slot[slot];
	b->want.run &= ~BIT_ULL(slot);
	b->edited = true;
	move(b, slot, b->want.slot[slot].gen ? XEN_PMU_SLOT_LOADED : XEN_PMU_SLOT_EMPTY);
}

/*
 * Does Xen run what it should?  Then a batch that Xen has not looked at can be taken back.
 * A refused batch was looked at, and its seq must not be used again.
 */
static bool can_take_back(const struct xen_pmu_batch *b)
{
	return !b->edited && !changed(b) && b->want.run == b->applied.run &&
	       b->refused_seq == XEN_PMU_NO_BATCH;
}

/*
 * Should other slots run than those that were published, and can that not wait?
 *
 * A batch that only stops can wait for one that does more, unless the stop is urgent: a
 * counter that runs on harms nobody, and if it is wanted again before, nothing is to be done.
 */
static bool is_news(const struct xen_pmu_batch *b)
{
	u64 want = b->want.run, published = b->request->run;

	return want & ~published || published & ~want & b->urgent;
}

/*
 * A record that was made before its slot was loaded belongs to another event.  The two are
 * told apart by the difference between the record's seq and programming.since.  That turns
 * negative when a slot has stayed loaded for 2^31 numbers.  So xen_pmu_batch_end() calls
 * this often enough that no load gets older than OLDEST numbers by much.
 */
#define OLDEST BIT_ULL(29)

static void forget_age(struct xen_pmu_batch *b)
{
	u32 oldest = b->seq - (u32)OLDEST;
	unsigned int slot;

	for (slot = 0; slot < XEN_PMU_SLOTS; slot++) {
		if (b->seq - b->want.slot[slot].since > (u32)OLDEST)
			b->want.slot[slot].since = oldest;
		if (b->seq - b->applied.slot[slot].since > (u32)OLDEST)
			b->applied.slot[slot].since = oldest;
	}
}

/*
 * xen_pmu_batch_end - publish, if there is anything new
 *
 * A switch between threads that count the same is a stop and an equal start.  If Xen has
 * looked at neither, the seq that Xen has applied tells it that nothing is new (R2, R6).
 *
 * Returns whether a batch was published.  If not, the last one stands.
 */
bool xen_pmu_batch_end(struct xen_pmu_batch *b)
{
	struct xen_pmu_request *req = b->request;
	unsigned int slot;

	if (!b->edited && !is_news(b)) {
		/* the last batch stands */
		smp_store_release(&req->seq, b->seq);
		return false;
	}
	if (can_take_back(b)) {
		req->changed = 0;
		req->run = b->want.run;
		b->seq = b->applied_seq;
		/* Xen has seen this number: nothing is new */
		smp_store_release(&req->seq, b->seq);
		return false;
	}
	xen_pmu_for_each(slot, changed(b)) {
		req->slot[slot].ctl = b->want.slot[slot].ctl;
		req->slot[slot].start = b->want.slot[slot].start;
		req->slot[slot].gen = b->want.slot[slot].gen;
		req->slot[slot].period = b->want.slot[slot].repeat;
	}
	req->changed = changed(b);
	req->run = b->want.run;
	b->edited = false;
	b->seq += 2;
	if (!(b->seq & (OLDEST / 2 - 1)))
		forget_age(b);
	/* the batch is whole before it can be seen (R2) */
	smp_store_release(&req->seq, b->seq);
	return true;
}
