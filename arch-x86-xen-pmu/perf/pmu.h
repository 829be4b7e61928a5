/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pmu.h - struct pmu: what perf asks for, in terms of core/.
 */
#ifndef XEN_PMU_PMU_H
#define XEN_PMU_PMU_H

struct xen_pmu_cpu;

int xen_pmu_register(void);
void xen_pmu_unregister(void);
void xen_pmu_map_again(struct xen_pmu_cpu *c);

#endif /* XEN_PMU_PMU_H */
