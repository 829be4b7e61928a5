/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.h - what perf's generic events are called by each CPU (data).
 *
 * Codes are in the layout of the event-select register; 0: the CPU has no such
 * event; XEN_PMU_NO_SENSE: no CPU can (writes to an instruction cache).
 */
#ifndef XEN_PMU_EVENTS_H
#define XEN_PMU_EVENTS_H

#include <linux/perf_event.h>

#include "arch-x86-xen-pmu/pure.h"

#define XEN_PMU_NO_SENSE	(~0ULL)

/**
 * struct xen_pmu_events - the names of one microarchitecture
 * @name:	for people
 * @generic:	PERF_TYPE_HARDWARE, by PERF_COUNT_HW_*
 * @cache:	PERF_TYPE_HW_CACHE, by cache, operation, result
 * @shared:	codes with all of these bits count what other cores do as well,
 *		and Xen does not give them to guests; 0: there are none
 */
struct xen_pmu_events {
	const char *name;
	u64 generic[PERF_COUNT_HW_MAX];
	u64 cache[PERF_COUNT_HW_CACHE_MAX]
		   [PERF_COUNT_HW_CACHE_OP_MAX]
		   [PERF_COUNT_HW_CACHE_RESULT_MAX];
	u64 shared;
};

/* events_amd_zen.c, events_amd_k8.c: NULL if the CPU is none of these */
const struct xen_pmu_events *xen_pmu_events_amd_zen(u32 cpuid_sig);
const struct xen_pmu_events *xen_pmu_events_amd_k8(u32 cpuid_sig);

/* events.c */
void xen_pmu_events_init(const struct xen_pmu_const *offer);
const struct xen_pmu_events *xen_pmu_events(void);
u64 xen_pmu_event_slots(const struct xen_pmu_const *offer, u64 ctl);

#endif /* XEN_PMU_EVENTS_H */
