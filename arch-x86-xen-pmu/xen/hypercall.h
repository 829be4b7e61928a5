/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypercall.h - what the driver asks Xen for; the answers are about the calling CPU.
 */
#ifndef XEN_PMU_HYPERCALL_H
#define XEN_PMU_HYPERCALL_H

#include <linux/types.h>

struct xen_pmu_page;

int xen_pmu_query(u32 *major, u32 *minor, u64 *policy);
int xen_pmu_attach(struct xen_pmu_page *page);
int xen_pmu_detach(void);
u64 xen_pmu_stolen(void);

#endif /* XEN_PMU_HYPERCALL_H */
