/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * batch.h - what Xen should run, and what it runs (pure).
 *
 * The driver edits a plan of all slots, @want.  xen_pmu_batch_end() publishes the difference
 * from what Xen has applied as one batch (R2).  Between begin and end the page's seq is odd,
 * and Xen leaves the request alone: so @applied is exact there, and stays so.
 */
#ifndef XEN_PMU_BATCH_H
#define XEN_PMU_BATCH_H

#include "pure.h"

/* What one slot is written with. */
struct xen_pmu_programming {
	u64 ctl;	/* for request.slot[].ctl */
	u64 start;	/* what the counter was, or will be, loaded with */
	u32 gen;	/* names this load, and is never used twice; 0: nothing was ever loaded */
	u32 repeat;	/* for request.slot[].period */
	u32 since;	/* the first batch with this load: older records are another event's (R7) */
	bool takes;	/* Xen may have taken periods from the counter since this load */
};

/* A plan: the programming of all slots, and which of them count. */
struct xen_pmu_plan {
	struct xen_pmu_programming slot[XEN_PMU_SLOTS];
	u64 run;
};

/* What Xen knows of a slot's programming in @want, and so what the counter holds. */
enum xen_pmu_slot_state {
	XEN_PMU_SLOT_EMPTY,	/* nothing was ever loaded: the counter holds zero */
	XEN_PMU_SLOT_BLANK,	/* Xen has loaded zero, for no event */
	XEN_PMU_SLOT_LOADED,	/* Xen has all of it: the counter holds an event's counts */
	XEN_PMU_SLOT_TUNED,	/* Xen has all of it but the length that it repeats */
	XEN_PMU_SLOT_PENDING,	/* Xen has yet to load it: the counter shows the load before (R8) */
	XEN_PMU_SLOT_BLANKING,	/* Xen has yet to load zero, for no event */
	XEN_PMU_SLOT_STATES
};

/* No batch has this number: those of batches are even. */
#define XEN_PMU_NO_BATCH	1

/* Both sides' view of one VCPU's slots. */
struct xen_pmu_batch {
	struct xen_pmu_request *request;	/* NULL while no page is attached */
	const struct xen_pmu_state *state;
	u32 seq;		/* of the last batch published */
	u32 applied_seq;	/* of the last one that Xen has applied, as last seen */
	u32 refused_seq;	/* of the last one judged, if Xen has refused it; or NO_BATCH */
	u64 nr_refused;		/* of state.nr_refused, those that were taken note of */
	bool edited;		/* a programming in @want was edited since the last batch */
	struct xen_pmu_plan want;	/* outside of begin and end: what is published */
	struct xen_pmu_plan applied;	/* what Xen runs; exact between begin and end */
	u8 slot_state[XEN_PMU_SLOTS];	/* enum xen_pmu_slot_state */
	u64 in[XEN_PMU_SLOT_STATES];	/* the slots in each state */
	u64 urgent;		/* slots whose last stop cannot wait for a batch that does more */
	/*
	 * The last gen used of each slot.  It goes on with the next page, so that a load of an
	 * earlier page is never taken for one of the next.  Last: attach leaves it alone.
	 */
	u32 gen[XEN_PMU_SLOTS];
};

void xen_pmu_batch_attach(struct xen_pmu_batch *b, struct xen_pmu_page *page);
void xen_pmu_batch_begin(struct xen_pmu_batch *b);
bool xen_pmu_batch_end(struct xen_pmu_batch *b);
void xen_pmu_batch_settle(struct xen_pmu_batch *b);
void xen_pmu_batch_load(struct xen_pmu_batch *b, unsigned int slot, u64 ctl, u64 start, u32 repeat);
void xen_pmu_batch_set_repeat(struct xen_pmu_batch *b, unsigned int slot, u32 repeat);
bool xen_pmu_batch_keep(struct xen_pmu_batch *b, unsigned int slot, u64 ctl);
u64 xen_pmu_batch_refused(const struct xen_pmu_batch *b);
void xen_pmu_batch_drop(struct xen_pmu_batch *b, unsigned int slot);
void xen_pmu_batch_blank(struct xen_pmu_batch *b, u64 slots);

/* Has Xen yet to load what the slot should run?  Then RDPMC still shows the load before (R8). */
static inline bool xen_pmu_batch_stale(const struct xen_pmu_batch *b, unsigned int slot)
{
	return b->slot_state[slot] >= XEN_PMU_SLOT_PENDING;
}

static inline u64 xen_pmu_batch_stales(const struct xen_pmu_batch *b)
{
	return b->in[XEN_PMU_SLOT_PENDING] | b->in[XEN_PMU_SLOT_BLANKING];
}

/*
 * Let Xen repeat another length, and leave the counter alone.  The new length is in time for the
 * overflow after the next, if Xen looks before the next.
 */
static inline void xen_pmu_batch_tune(struct xen_pmu_batch *b, unsigned int slot, u32 repeat)
{
	if (b->want.slot[slot].repeat != repeat)
		xen_pmu_batch_set_repeat(b, slot, repeat);
}

/* Let a slot count no further.  @urgent: the stop cannot wait for a batch that does more. */
static inline void xen_pmu_batch_stop(struct xen_pmu_batch *b, unsigned int slot, bool urgent)
{
	b->want.run &= ~BIT_ULL(slot);
	if (urgent)
		b->urgent |= BIT_ULL(slot);
	else
		b->urgent &= ~BIT_ULL(slot);
}

/* Slots that hold, or are to hold, counts; the others hold zero, or will. */
static inline u64 xen_pmu_batch_counts(const struct xen_pmu_batch *b)
{
	return b->in[XEN_PMU_SLOT_LOADED] | b->in[XEN_PMU_SLOT_TUNED] |
	       b->in[XEN_PMU_SLOT_PENDING];
}

/* Slots that start to count, or to count something else, with this batch. */
static inline u64 xen_pmu_batch_news(const struct xen_pmu_batch *b)
{
	return b->want.run & (xen_pmu_batch_stales(b) | ~b->applied.run);
}

#endif /* XEN_PMU_BATCH_H */
