/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * overflow.h - what a record, or a lost one, means for an event and its period (pure).
 */
#ifndef XEN_PMU_OVERFLOW_H
#define XEN_PMU_OVERFLOW_H

#include "state.h"

/* What a record means for its slot. */
enum xen_pmu_overflow {
	XEN_PMU_OVERFLOW_STALE,		/* it is another event's: dropped */
	XEN_PMU_OVERFLOW_COUNTED,	/* the counter wrapped, and no period is over */
	XEN_PMU_OVERFLOW_SAMPLE,	/* a period is over: the caller advances */
	XEN_PMU_OVERFLOW_REPEATED,	/* a period is over, and Xen has begun the next */
};

enum xen_pmu_overflow xen_pmu_overflow(struct xen_pmu_vcpu *v, unsigned int slot, u32 seq);
bool xen_pmu_event_missed(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
u64 xen_pmu_event_advance(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u64 length);
void xen_pmu_event_take_rest(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);
void xen_pmu_event_tune(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u64 length);

#endif /* XEN_PMU_OVERFLOW_H */
