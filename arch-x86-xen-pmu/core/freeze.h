/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * freeze.h - all events of a VCPU start and stop at one moment (pure).
 */
#ifndef XEN_PMU_FREEZE_H
#define XEN_PMU_FREEZE_H

#include "state.h"

void xen_pmu_freeze(struct xen_pmu_vcpu *v);
void xen_pmu_interrupted(struct xen_pmu_vcpu *v);
void xen_pmu_thaw(struct xen_pmu_vcpu *v);
void xen_pmu_sync_now(struct xen_pmu_vcpu *v);
u64 xen_pmu_left_behind(const struct xen_pmu_vcpu *v);

#endif /* XEN_PMU_FREEZE_H */
