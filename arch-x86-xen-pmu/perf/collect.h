/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * collect.h - what perf and its user pages are told of an event.
 */
#ifndef XEN_PMU_COLLECT_H
#define XEN_PMU_COLLECT_H

#include "../cpu.h"

/* Perf's event in this CPU's list; hw.idx is its place, -1: not added. */
static inline struct xen_pmu_event *xen_pmu_our_event(struct xen_pmu_cpu *c,
						      const struct perf_event *event)
{
	return event->hw.idx < 0 ? NULL : &c->vcpu.event[event->hw.idx];
}

/* Tell perf of an event's period.  Nobody else writes hw.last_period (core/period.h). */
static inline void xen_pmu_tell_period(struct xen_pmu_event *e)
{
	local64_set(&e->perf->hw.period_left, e->period.left);
	e->perf->hw.last_period = e->period.weight;
}

void xen_pmu_collect(struct xen_pmu_cpu *c, struct xen_pmu_event *e);
bool xen_pmu_is_mapped(const struct perf_event *event);
void xen_pmu_show_pages(struct xen_pmu_cpu *c);
void xen_pmu_thaw_and_show(struct xen_pmu_cpu *c);

#endif /* XEN_PMU_COLLECT_H */
