/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.h - what perf's generic events are called by each CPU, and which of its
 * slots can count an event (data).
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
 * struct xen_pmu_constraint - which slots can count an event
 * @mask:	bits of the code to compare; 0 ends a table
 * @code:	what they are in the events that this is about
 * @units:	the constraint is about events with at most so many bits set in their
 *		unit mask; 0: with any number of them
 * @slots:	bitmap of the slots; 0: no slot of a guest
 *
 * The first constraint of a table that is about an event holds.  An event that none
 * is about can have any slot that is chosen by an event code.
 */
struct xen_pmu_constraint {
	u64 mask;
	u64 code;
	unsigned int units;
	u64 slots;
};

/**
 * struct xen_pmu_events - the names of one microarchitecture
 * @name:	for people
 * @generic:	PERF_TYPE_HARDWARE, by PERF_COUNT_HW_*
 * @cache:	PERF_TYPE_HW_CACHE, by cache, operation, result
 * @overlooked:	bits of a raw code that the event-select register has and that are not
 *		the guest's to set; a raw code may have them, to no effect
 * @constraints: in the order in which they are asked; NULL: there are none
 */
struct xen_pmu_events {
	const char *name;
	u64 generic[PERF_COUNT_HW_MAX];
	u64 cache[PERF_COUNT_HW_CACHE_MAX]
		   [PERF_COUNT_HW_CACHE_OP_MAX]
		   [PERF_COUNT_HW_CACHE_RESULT_MAX];
	u64 overlooked;
	const struct xen_pmu_constraint *constraints;
};

/* The unit mask: where in a code it says what an event is to count, on every x86. */
#define XEN_PMU_UNIT_MASK	0xff00ULL

/* An AMD event's number, of 12 bits, as a code (APM volume 2, 13.2.1: PERF_CTL). */
#define XEN_PMU_AMD_EVENT(nr)	(((nr) & 0xffULL) | ((nr) & 0xf00ULL) << 24)
#define XEN_PMU_AMD_EVENT_MASK	XEN_PMU_AMD_EVENT(0xfff)

/*
 * HostOnly [41] and GuestOnly [40] of the same register.  For a guest without guests of
 * its own "the host" is the guest itself.  The kernel's own driver leaves both out of
 * every raw code, and so counts alike with each combination of them; who wants to leave
 * the host out says exclude_host.
 */
#define XEN_PMU_AMD_OVERLOOKED	(3ULL << 40)

/* events_amd_zen.c, events_amd_k8.c: NULL if the CPU is none of these */
const struct xen_pmu_events *xen_pmu_events_amd_zen(u32 cpuid_sig);
const struct xen_pmu_events *xen_pmu_events_amd_k8(u32 cpuid_sig);

/* events.c */
void xen_pmu_events_init(const struct xen_pmu_const *offer);
const struct xen_pmu_events *xen_pmu_events(void);
u64 xen_pmu_slots_by(const struct xen_pmu_events *events,
		     const struct xen_pmu_const *offer, u64 ctl);
u64 xen_pmu_event_slots(const struct xen_pmu_const *offer, u64 ctl);

#endif /* XEN_PMU_EVENTS_H */
