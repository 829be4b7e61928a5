/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user_way.h - how a kind of guest lets processes read counters.
 */
#ifndef XEN_PMU_USER_WAY_H
#define XEN_PMU_USER_WAY_H

#include "../cpu.h"

/**
 * struct xen_pmu_user_way - how a kind of guest lets processes read counters
 * @init:	once; false, with a line in the log, if that cannot be done here
 * @exit:	once, from module exit, if @init succeeded
 * @switching:	this CPU goes from one task to another (sched_switch), while events are open
 * @executed:	current has a new address space (exec), while events are open; NULL: nothing
 *		is to be done
 * @mapped:	an address space has mapped an event
 * @unmapped:	and has unmapped it
 * @set_mode:	the attribute changes, and @look follows on every CPU; NULL: nothing is to be
 *		done; may sleep
 * @look:	see whether the address space that this CPU has may read counters
 * @arrive:	the first event of this CPU is about to count, and at the last switch no event
 *		was open; between freeze and thaw
 * @forget:	no event is open, or this CPU goes: its counters must not keep counts that no
 *		event has, and nothing may be left to be done later
 *
 * @switching, @executed, @look, @arrive and @forget: interrupts off.
 */
struct xen_pmu_user_way {
	bool (*init)(void);
	void (*exit)(void);
	void (*switching)(struct task_struct *prev, struct task_struct *next);
	void (*executed)(void);
	void (*mapped)(struct mm_struct *mm);
	void (*unmapped)(struct mm_struct *mm);
	void (*set_mode)(int mode);
	void (*look)(void *unused);
	void (*arrive)(struct xen_pmu_cpu *c);
	void (*forget)(void *unused);
};

extern const struct xen_pmu_user_way xen_pmu_user_pv;
extern const struct xen_pmu_user_way xen_pmu_user_cr4;

#endif /* XEN_PMU_USER_WAY_H */
