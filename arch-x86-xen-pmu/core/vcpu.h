/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vcpu.h - begin and end to use a page, and what user mode sees of counters (pure).
 */
#ifndef XEN_PMU_VCPU_H
#define XEN_PMU_VCPU_H

#include "state.h"

void xen_pmu_vcpu_attach(struct xen_pmu_vcpu *v, struct xen_pmu_page *page,
			 const struct xen_pmu_const *offer, u64 sync_modes, bool nmi);
void xen_pmu_vcpu_detach(struct xen_pmu_vcpu *v);

bool xen_pmu_vcpu_reader(struct xen_pmu_vcpu *v);
void xen_pmu_vcpu_restart(struct xen_pmu_vcpu *v);
void xen_pmu_vcpu_expose(struct xen_pmu_vcpu *v, bool exposed);
void xen_pmu_vcpu_forget(struct xen_pmu_vcpu *v);
void xen_pmu_vcpu_conceal(struct xen_pmu_vcpu *v);

/* May a slot hold counts of events, of whatever process? */
static inline bool xen_pmu_vcpu_holds_counts(const struct xen_pmu_vcpu *v)
{
	return v->page && xen_pmu_batch_counts(&v->batch);
}

#endif /* XEN_PMU_VCPU_H */
