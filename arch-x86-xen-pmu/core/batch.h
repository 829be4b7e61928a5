/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * batch.h - the request block: what Xen should run, and what it runs (pure).
 *
 * The driver edits want[]; end publishes the difference from what Xen has
 * applied as one batch (R2).  Between begin and end the page's seq is odd,
 * which Xen leaves alone: so applied[] is exact there, and stays so.
 */
#ifndef XEN_PMU_BATCH_H
#define XEN_PMU_BATCH_H

#include "pure.h"

/* One slot's programming. */
struct xen_pmu_programming {
	u64 ctl;
	u64 start;		/* what the counter was, or will be, loaded with */
	u32 gen;		/* names this load; never used twice */
	u32 period;		/* for xen_pmu_slot.period */
	bool renews;		/* had a period since it was loaded */
	/* first batch with this load: older records are another event's (R7) */
	u32 since;
};

/**
 * struct xen_pmu_batch - both sides' view of one VCPU's slots
 * @request:	 the guest's part of the page, NULL while none is attached
 * @state:	 Xen's part
 * @seq:	 of the last batch published
 * @applied_seq: of the last one that Xen has applied, as last seen
 * @dirty:	 want[] was edited since then
 * @want:	 what should be loaded; outside of begin/end: what is published
 * @want_run:	 slots that should count
 * @applied:	 what Xen has loaded; exact between begin and end
 * @applied_run: slots that count
 * @published_run: slots that the last published batch lets count
 * @stale:	 slots whose want[] Xen has not loaded: they still hold what
 *		 was there before, so RDPMC does not tell about them (R8)
 * @tuned:	 slots of whose want[] Xen does not know the period
 * @lazy:	 stops are published with the next batch that does more; set by
 *		 who attaches, where Xen cannot apply a stop and an equal start
 *		 as one (HVM: any exit comes between, and the start needs a sync)
 * @told:	 slots that were stopped last in a way that cannot wait for that
 * @loaded:	 slots that were ever loaded; the others hold zero
 * @blank:	 slots whose want[] is xen_pmu_batch_blank()'s
 * @gen:	 last gen used of each slot
 * @nr_refused:	 of state.nr_refused, those that were taken note of
 * @refused:	 the last batch that Xen has judged was refused
 * @refused_seq: its seq
 */
struct xen_pmu_batch {
	struct xen_pmu_request *request;
	const struct xen_pmu_state *state;
	u32 seq, applied_seq;
	bool dirty;
	struct xen_pmu_programming want[XEN_PMU_SLOTS];
	struct xen_pmu_programming applied[XEN_PMU_SLOTS];
	u64 want_run, applied_run, published_run;
	u64 stale, tuned, told;
	u64 loaded, blank;
	bool lazy;
	u32 gen[XEN_PMU_SLOTS];
	u64 nr_refused;
	bool refused;
	u32 refused_seq;
};

void xen_pmu_batch_attach(struct xen_pmu_batch *b, struct xen_pmu_page *page);
void xen_pmu_batch_detach(struct xen_pmu_batch *b);
void xen_pmu_batch_begin(struct xen_pmu_batch *b);
bool xen_pmu_batch_end(struct xen_pmu_batch *b);
void xen_pmu_batch_settle(struct xen_pmu_batch *b);
void xen_pmu_batch_load(struct xen_pmu_batch *b, unsigned int slot, u64 ctl,
			u64 start, u32 period);
void xen_pmu_batch_tune(struct xen_pmu_batch *b, unsigned int slot, u32 period);
bool xen_pmu_batch_keep(struct xen_pmu_batch *b, unsigned int slot, u64 ctl);
void xen_pmu_batch_stop(struct xen_pmu_batch *b, unsigned int slot, bool told);
u64 xen_pmu_batch_refused(const struct xen_pmu_batch *b);
void xen_pmu_batch_drop(struct xen_pmu_batch *b, unsigned int slot);
void xen_pmu_batch_blank(struct xen_pmu_batch *b, u64 slots);

/* Is what the slot should run already loaded?  If not, RDPMC is of the past. */
static inline bool xen_pmu_batch_stale(const struct xen_pmu_batch *b,
				       unsigned int slot)
{
	return b->stale & BIT_ULL(slot);
}

/* Slots that hold, or are to hold, counts; the others hold zero. */
static inline u64 xen_pmu_batch_counts(const struct xen_pmu_batch *b)
{
	return b->loaded & ~b->blank;
}

/* Slots that start to count, or to count something else, with this batch. */
static inline u64 xen_pmu_batch_news(const struct xen_pmu_batch *b)
{
	return b->want_run & (b->stale | ~b->applied_run);
}

#endif /* XEN_PMU_BATCH_H */
