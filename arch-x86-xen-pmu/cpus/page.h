/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h - a page shared with Xen for every CPU that is online.
 */
#ifndef XEN_PMU_PAGES_H
#define XEN_PMU_PAGES_H


int xen_pmu_pages_init(void);
void xen_pmu_pages_exit(void);
void xen_pmu_pages_free(void);
void xen_pmu_pages_suspend(void);
void xen_pmu_pages_resume(void);

#endif /* XEN_PMU_PAGES_H */
