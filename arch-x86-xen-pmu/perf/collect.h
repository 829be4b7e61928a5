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

void xen_pmu_collect(struct xen_pmu_cpu *c, struct xen_pmu_event *e);
bool xen_pmu_is_mapped(const struct perf_event *event);
void xen_pmu_show_pages(struct xen_pmu_cpu *c);

#endif /* XEN_PMU_COLLECT_H */
