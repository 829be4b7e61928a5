/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - what one event of a VCPU has counted, and whether it should count (pure).
 */
#ifndef XEN_PMU_EVENT_H
#define XEN_PMU_EVENT_H

#include "slot.h"

/* What RDPMC gave where the event had counted up to @prev.  The event has a slot. */
static inline u64 xen_pmu_event_counter(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;

	return (e->prev - xen_pmu_slot_taken(v, slot)) & xen_pmu_slot_mask(v, slot);
}

void xen_pmu_event_update(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_start(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_stop(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_del(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_refuse(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u32 error);
void xen_pmu_event_want(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
			const struct xen_pmu_wants *wants, u64 allowed);

#endif /* XEN_PMU_EVENT_H */
