/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * programming.h - from what an event wants to what its slot is written with (pure).
 *
 * The two differ: a general slot is told which event it counts, a fixed slot (Intel) counts
 * one event only and is told just the modes.
 */
#ifndef XEN_PMU_PROGRAMMING_H
#define XEN_PMU_PROGRAMMING_H

#include "pure.h"

/**
 * struct xen_pmu_wants - what an event wants of whatever slot it gets
 * @code:	the event code, as in PERF_TYPE_RAW's config
 * @modes:	of XEN_PMU_CTL_MODES, those in which it counts; 0: it never runs
 */
struct xen_pmu_wants {
	u64 code;
	u64 modes;
};

/**
 * struct xen_pmu_counter - the counter of one slot, as Xen offers it
 * @mask:	bits that its ctl can have; without XEN_PMU_CTL_EVENT: a fixed counter
 * @rdpmc:	ECX for RDPMC
 * @width:	its bits
 */
struct xen_pmu_counter {
	u64 mask;
	u32 rdpmc;
	u8 width;
};

/*
 * What request.slot[].ctl is for a slot that counts what an event wants.
 *
 * An overflow always makes a record, if Xen lets it.  So counting and sampling have one
 * programming, and no wrap is missed.
 */
static inline u64 xen_pmu_slot_ctl(const struct xen_pmu_counter *counter,
				   const struct xen_pmu_wants *wants)
{
	return (wants->code | wants->modes | XEN_PMU_CTL_INT) & counter->mask;
}

/*
 * Does that programming count what the event wants?  The events' tables give a general slot
 * to no event with a bit that the slot does not have, and a fixed slot only to its own event.
 */
static inline bool xen_pmu_slot_can(const struct xen_pmu_counter *counter,
				    const struct xen_pmu_wants *wants)
{
	u64 lacks = (wants->code | wants->modes) & ~counter->mask;
	bool fixed = !(counter->mask & XEN_PMU_CTL_EVENT);

	return !lacks || (fixed && !(lacks & XEN_PMU_CTL_MODES));
}

/* The counter of @slot by what Xen offers, whose numbers were checked. */
static inline struct xen_pmu_counter xen_pmu_counter(const struct xen_pmu_const *offer,
						     unsigned int slot)
{
	if (slot >= offer->nr_gp)
		return (struct xen_pmu_counter){
			.mask = offer->fixed_mask & (XEN_PMU_CTL_MODES | XEN_PMU_CTL_INT),
			.rdpmc = offer->rdpmc[slot],
			.width = offer->fixed_width,
		};
	return (struct xen_pmu_counter){
		.mask = offer->ctl_mask |
			(offer->precise_slots & BIT_ULL(slot) ? offer->precise_mask : 0),
		.rdpmc = offer->rdpmc[slot],
		.width = offer->gp_width,
	};
}

#endif /* XEN_PMU_PROGRAMMING_H */
