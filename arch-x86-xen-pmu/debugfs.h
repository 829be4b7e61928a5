/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * debugfs.h - /sys/kernel/debug/xen_pmu: info, stats and stats_cpuN.
 */
#ifndef XEN_PMU_DEBUGFS_H
#define XEN_PMU_DEBUGFS_H


void xen_pmu_debugfs_init(void);
void xen_pmu_debugfs_exit(void);

#endif /* XEN_PMU_DEBUGFS_H */
