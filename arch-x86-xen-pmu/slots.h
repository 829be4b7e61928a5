/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slots.h - what vcpu.c, event.c and place.c share (pure).
 */
#ifndef XEN_PMU_SLOTS_H
#define XEN_PMU_SLOTS_H

#include "vcpu.h"

/* event.c */
u64 xen_pmu_slot_renewing(const struct xen_pmu_vcpu *v, unsigned int slot);
u64 xen_pmu_slot_value(struct xen_pmu_vcpu *v, unsigned int slot);

/* How far a slot that Xen has loaded has counted. */
static inline u64 xen_pmu_slot_counted(const struct xen_pmu_vcpu *v,
				       unsigned int slot)
{
	if (v->batch.want[slot].renews)
		return xen_pmu_slot_renewing(v, slot);
	return xen_pmu_rdpmc(v->rdpmc[slot]);
}

/* place.c */
bool xen_pmu_fits(const struct xen_pmu_vcpu *v, u64 allowed);
void xen_pmu_place(struct xen_pmu_vcpu *v);
void xen_pmu_release_slot(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);

#endif /* XEN_PMU_SLOTS_H */
