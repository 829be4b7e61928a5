/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * place.h - which of a VCPU's events gets which slot (pure).
 */
#ifndef XEN_PMU_PLACE_H
#define XEN_PMU_PLACE_H

#include "state.h"

struct xen_pmu_event *xen_pmu_event_add(struct xen_pmu_vcpu *v,
					const struct xen_pmu_wants *wants, u64 allowed,
					enum xen_pmu_period_kind kind);
void xen_pmu_place(struct xen_pmu_vcpu *v);

#endif /* XEN_PMU_PLACE_H */
