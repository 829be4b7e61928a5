/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slot.h - how far a slot has counted, and for which event it counts (pure).
 */
#ifndef XEN_PMU_SLOT_H
#define XEN_PMU_SLOT_H

#include "state.h"

u64 xen_pmu_slot_unread(const struct xen_pmu_vcpu *v, unsigned int slot);
u64 xen_pmu_slot_counted_taken(const struct xen_pmu_vcpu *v, unsigned int slot);
u64 xen_pmu_slot_value(struct xen_pmu_vcpu *v, unsigned int slot);
void xen_pmu_slot_snapshot(const struct xen_pmu_vcpu *v, u64 slots, u64 *value);
void xen_pmu_slot_runs(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_slot_note_look(struct xen_pmu_vcpu *v, const struct xen_pmu_event *e);

static inline u64 xen_pmu_slot_mask(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	return GENMASK_ULL(v->counter[slot].width - 1, 0);
}

/* How far a slot has counted that Xen has loaded. */
static inline u64 xen_pmu_slot_counted(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	u64 value;

	if (v->batch.want.slot[slot].takes)
		return xen_pmu_slot_counted_taken(v, slot);
	value = xen_pmu_rdpmc(v->counter[slot].rdpmc);
	return likely(!xen_pmu_rdpmc_failed(value)) ? value : xen_pmu_slot_unread(v, slot);
}

/* What Xen has taken from the slot's counter; nothing if Xen has yet to load it. */
static inline u64 xen_pmu_slot_taken(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	if (!v->batch.want.slot[slot].takes || xen_pmu_batch_stale(&v->batch, slot))
		return 0;
	return READ_ONCE(v->batch.state->renewed[slot]);
}

/* Only this function moves a slot between its uses; XEN_PMU_USES: it counts no kernel code. */
static inline void xen_pmu_slot_use(struct xen_pmu_vcpu *v, unsigned int slot, enum xen_pmu_use use)
{
	v->use[XEN_PMU_USE_RATE] &= ~BIT_ULL(slot);
	v->use[XEN_PMU_USE_EXACT] &= ~BIT_ULL(slot);
	if (use != XEN_PMU_USES)
		v->use[use] |= BIT_ULL(slot);
}

/* The event's slot is to count no further; @urgent: see xen_pmu_batch_stop(). */
static inline void xen_pmu_slot_stop(struct xen_pmu_vcpu *v, const struct xen_pmu_event *e,
				     bool urgent)
{
	xen_pmu_batch_stop(&v->batch, (unsigned int)e->slot, urgent);
	if (e->wants.modes & XEN_PMU_CTL_OS)
		xen_pmu_slot_use(v, (unsigned int)e->slot, XEN_PMU_USES);
}

/*
 * Take an event's slot away.  The slot keeps its programming: the next event that wants the
 * same finds it there (R6).
 */
static inline void xen_pmu_slot_release(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (e->slot == XEN_PMU_NO_SLOT)
		return;
	if (unlikely(v->batch.want.run & BIT_ULL(e->slot)))
		xen_pmu_slot_stop(v, e, true);
	v->owner[e->slot] = NULL;
	e->slot = XEN_PMU_NO_SLOT;
	if (e->state == XEN_PMU_EVENT_PAUSED)
		xen_pmu_event_move(v, e, XEN_PMU_EVENT_STOPPED);
}

#endif /* XEN_PMU_SLOT_H */
