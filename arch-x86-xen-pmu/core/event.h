/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - what one event of a VCPU has counted, and whether it should (pure).
 */
#ifndef XEN_PMU_EVENT_H
#define XEN_PMU_EVENT_H

#include "state.h"

/* Does a slot count for this event, as far as Xen has applied that? */
static inline bool xen_pmu_event_seated(const struct xen_pmu_vcpu *v,
					const struct xen_pmu_event *e)
{
	return e->slot != XEN_PMU_NO_SLOT &&
	       !(v->load & e->bit);
}

/* What Xen has taken from the slot's counter; nothing if it has yet to load it. */
static inline u64 xen_pmu_slot_renewed(const struct xen_pmu_vcpu *v,
				       unsigned int slot)
{
	if (!v->batch.want[slot].renews || xen_pmu_batch_stale(&v->batch, slot))
		return 0;
	return READ_ONCE(v->batch.state->renewed[slot]);
}

/*
 * xen_pmu_event_counter - what RDPMC gave where the event had counted up to e->prev
 *
 * The event has a slot.
 */
static inline u64 xen_pmu_event_counter(const struct xen_pmu_vcpu *v,
					const struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;

	return (e->prev - xen_pmu_slot_renewed(v, slot)) &
	       GENMASK_ULL(v->width[slot] - 1, 0);
}

/*
 * xen_pmu_event_weight - what a sample at the end of @period stands for
 *
 * Less what was not counted of it.  If that is more than a period, the rest is left
 * for the samples after it.
 */
static inline u64 xen_pmu_event_weight(struct xen_pmu_event *e, u64 period)
{
	u64 less = e->uncounted < period ? e->uncounted : period;

	e->uncounted -= less;
	return period - less;
}

u64 xen_pmu_slot_unread(const struct xen_pmu_vcpu *v, unsigned int slot);
u64 xen_pmu_slot_renewing(const struct xen_pmu_vcpu *v, unsigned int slot);
u64 xen_pmu_slot_value(struct xen_pmu_vcpu *v, unsigned int slot);
void xen_pmu_slot_runs(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_slot_release(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);

/*
 * How far a slot that Xen has loaded has counted.  If the counter cannot be read, the
 * slot has counted nothing since its event was last counted.
 */
static inline u64 xen_pmu_slot_counted(const struct xen_pmu_vcpu *v,
				       unsigned int slot)
{
	u64 value;

	if (v->batch.want[slot].renews)
		return xen_pmu_slot_renewing(v, slot);
	value = xen_pmu_rdpmc(v->rdpmc[slot]);
	return likely(!xen_pmu_rdpmc_failed(value)) ? value :
						      xen_pmu_slot_unread(v, slot);
}

void xen_pmu_event_del(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_start(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_stop(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_update(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_refuse(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
			  u32 error);
void xen_pmu_event_map(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u64 ctl,
		       u64 allowed);
void xen_pmu_slot_looked_at(struct xen_pmu_vcpu *v, const struct xen_pmu_event *e);

#endif /* XEN_PMU_EVENT_H */
