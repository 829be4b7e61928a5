/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu.h - freeze and thaw all events of a VCPU; attach a page; let user mode read (pure).
 */
#ifndef XEN_PMU_VCPU_H
#define XEN_PMU_VCPU_H

#include "state.h"

/* May a slot hold counts of events, of whatever process? */
static inline bool xen_pmu_vcpu_holds_counts(const struct xen_pmu_vcpu *v)
{
	return v->page && xen_pmu_batch_counts(&v->batch);
}

void xen_pmu_vcpu_attach(struct xen_pmu_vcpu *v, struct xen_pmu_page *page,
			 const struct xen_pmu_const *offer, u64 sync_modes);
void xen_pmu_vcpu_detach(struct xen_pmu_vcpu *v);

bool xen_pmu_vcpu_reader(struct xen_pmu_vcpu *v);
void xen_pmu_vcpu_renew(struct xen_pmu_vcpu *v);
void xen_pmu_vcpu_expose(struct xen_pmu_vcpu *v, bool exposed);
void xen_pmu_vcpu_forget(struct xen_pmu_vcpu *v);
void xen_pmu_vcpu_conceal(struct xen_pmu_vcpu *v);

void xen_pmu_freeze(struct xen_pmu_vcpu *v);
void xen_pmu_interrupted(struct xen_pmu_vcpu *v);
void xen_pmu_thaw(struct xen_pmu_vcpu *v);

#endif /* XEN_PMU_VCPU_H */
