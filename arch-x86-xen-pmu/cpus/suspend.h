/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * suspend.h - no page is shared while the guest sleeps, is saved or migrated.
 */
#ifndef XEN_PMU_SUSPEND_H
#define XEN_PMU_SUSPEND_H


int xen_pmu_suspend_init(void);
void xen_pmu_suspend_exit(void);

#endif /* XEN_PMU_SUSPEND_H */
