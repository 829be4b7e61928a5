/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * overflow.h - what a record, or a lost one, means for an event (pure).
 */
#ifndef XEN_PMU_OVERFLOW_H
#define XEN_PMU_OVERFLOW_H

#include "state.h"

/* What became of a record's slot, see xen_pmu_overflow(). */
enum xen_pmu_overflow {
	XEN_PMU_OVERFLOW_STALE,		/* another event's: dropped */
	XEN_PMU_OVERFLOW_COUNTED,	/* a wrap, or a period not yet over */
	XEN_PMU_OVERFLOW_SAMPLE,	/* a period is over */
	XEN_PMU_OVERFLOW_RENEWED,	/* and the next has begun, of e->period */
};

enum xen_pmu_overflow xen_pmu_overflow(struct xen_pmu_vcpu *v,
				       unsigned int slot, u32 seq);
bool xen_pmu_event_missed(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
u64 xen_pmu_event_renew(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
			u64 period, u64 *weight);
u64 xen_pmu_event_rest(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_tune(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
			u64 period);

#endif /* XEN_PMU_OVERFLOW_H */
