/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sample.h - from Xen's overflow records to perf's samples (R7), and who keeps them waiting.
 */
#ifndef XEN_PMU_SAMPLE_H
#define XEN_PMU_SAMPLE_H

#include "../cpu.h"
#include "report.h"

int xen_pmu_sample_init(void);
bool xen_pmu_can_sample(void);
void xen_pmu_drain(struct xen_pmu_cpu *c);
void xen_pmu_handle(struct xen_pmu_cpu *c);
void xen_pmu_handle_missed(struct xen_pmu_cpu *c);
void xen_pmu_catch_up(struct xen_pmu_cpu *c);

/*
 * Who works with a CPU's events does so between enter and leave, which nest; interrupts off. An NMI
 * in between finds the events in any state: it leaves the records to the outermost leave.
 */
static inline void xen_pmu_enter(struct xen_pmu_cpu *c)
{
	xen_pmu_guard_enter(&c->guard);
}

static inline void xen_pmu_leave(struct xen_pmu_cpu *c)
{
	if (unlikely(c->vcpu.in[XEN_PMU_EVENT_REFUSED]))
		xen_pmu_report_refusal(c);
	if (unlikely(xen_pmu_guard_leave(&c->guard)))
		xen_pmu_handle_missed(c);
}

#endif /* XEN_PMU_SAMPLE_H */
