/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * user.h - RDPMC in user mode: the moments at which another process may read counters.
 */
#ifndef XEN_PMU_USER_H
#define XEN_PMU_USER_H

#include "../cpu.h"

void xen_pmu_user_init(bool hooked);
void xen_pmu_user_exit(void);
int xen_pmu_user_set_mode(unsigned long mode);
void xen_pmu_user_event_opened(void);
void xen_pmu_user_event_gone(void);
void xen_pmu_user_arrive(struct xen_pmu_cpu *c);
void xen_pmu_user_switching(struct xen_pmu_cpu *c, struct task_struct *prev,
			    struct task_struct *next);
void xen_pmu_user_executed(void);
void xen_pmu_user_forget(void);
void xen_pmu_event_mapped(struct perf_event *event, struct mm_struct *mm);
void xen_pmu_event_unmapped(struct perf_event *event, struct mm_struct *mm);

#endif /* XEN_PMU_USER_H */
