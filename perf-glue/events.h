/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.h - which codes perf's generic events have on each microarchitecture, and
 * which slots can count a code.
 *
 * A code has the layout of the event-select register.
 */
#ifndef XEN_PMU_EVENTS_H
#define XEN_PMU_EVENTS_H

#include <linux/perf_event.h>

#include "arch-x86-xen-pmu/core/pure.h"

/* Instead of a code, for an event that no CPU has (writes to an instruction cache). */
#define XEN_PMU_NO_SENSE	(~0ULL)

/**
 * struct xen_pmu_constraint - the slots that can count some events
 * @mask:	the bits of a code that are compared; 0 ends the list
 * @code:	the value of these bits in the events that this constraint covers
 * @units:	if not 0: the constraint covers only codes with at most this many bits
 *		set in the unit mask
 * @slots:	bitmap of the slots; 0: no slot of a guest counts these events
 */
struct xen_pmu_constraint {
	u64 mask;
	u64 code;
	unsigned int units;
	u64 slots;
};

/**
 * struct xen_pmu_event_table - the events of one microarchitecture
 * @generic:	codes for PERF_TYPE_HARDWARE, by PERF_COUNT_HW_*
 * @cache:	codes for PERF_TYPE_HW_CACHE, by cache, operation and result
 * @ignored:	bits of a raw code that the register has but a guest cannot set; the
 *		driver clears them
 * @constraints: the first one that covers a code decides; a code that none covers
 *		can be in every general slot
 *
 * Code 0 means that the CPU has no such event.
 */
struct xen_pmu_event_table {
	u64 generic[PERF_COUNT_HW_MAX];
	u64 cache[PERF_COUNT_HW_CACHE_MAX]
		   [PERF_COUNT_HW_CACHE_OP_MAX]
		   [PERF_COUNT_HW_CACHE_RESULT_MAX];
	u64 ignored;
	const struct xen_pmu_constraint *constraints;
};

/**
 * struct xen_pmu_uarch - CPU models that share a name and an event table
 * @vendor:	XEN_PMU_VENDOR_*
 * @family:	the first and the last family
 * @model:	the first and the last model
 * @name:	caps/pmu_name in sysfs
 * @table:	the events
 */
struct xen_pmu_uarch {
	u32 vendor;
	u32 family[2];
	u32 model[2];
	const char *name;
	const struct xen_pmu_event_table *table;
};

const struct xen_pmu_uarch *xen_pmu_find_uarch(u32 vendor, u32 cpuid_sig);
u64 xen_pmu_slots_by(const struct xen_pmu_event_table *table,
		     const struct xen_pmu_const *offer, u64 ctl);

/* These three are about the CPU that the guest runs on. */
void xen_pmu_events_init(const struct xen_pmu_const *offer);
const struct xen_pmu_uarch *xen_pmu_uarch(void);
u64 xen_pmu_event_slots(const struct xen_pmu_const *offer, u64 ctl);

#endif /* XEN_PMU_EVENTS_H */
