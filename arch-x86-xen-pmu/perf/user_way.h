/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user_way.h - how a kind of guest lets processes read counters.
 */
#ifndef XEN_PMU_USER_WAY_H
#define XEN_PMU_USER_WAY_H

#include "../cpu.h"

/* How a kind of guest lets processes read counters.  NULL: nothing is to be done. */
struct xen_pmu_user_way {
	/* Once; false, with a line in the log, if that cannot be done here. */
	bool (*init)(void);
	/* Once, from module exit, if init() succeeded. */
	void (*exit)(void);
	/* An address space has mapped an event, or has unmapped it. */
	void (*mapped)(struct mm_struct *mm);
	void (*unmapped)(struct mm_struct *mm);
	/* The attribute changes, and look() follows on every CPU; may sleep. */
	void (*set_mode)(int mode);

	/* The following with interrupts off. */

	/* This CPU goes from one task to another (sched_switch), while events are open. */
	void (*switching)(struct task_struct *prev, struct task_struct *next);
	/* current has a new address space (exec), while events are open. */
	void (*executed)(void);
	/* See whether the address space that this CPU has may read counters. */
	void (*look)(void *unused);
	/*
	 * The first event of this CPU is about to count, and at the last switch no event was
	 * open; between freeze and thaw.
	 */
	void (*arrive)(struct xen_pmu_cpu *c);
	/*
	 * No event is open, or this CPU goes: its counters must not keep counts that no event
	 * has, and nothing may be left to be done later.
	 */
	void (*forget)(void *unused);
};

extern const struct xen_pmu_user_way xen_pmu_user_pv;
extern const struct xen_pmu_user_way xen_pmu_user_cr4;

#endif /* XEN_PMU_USER_WAY_H */
