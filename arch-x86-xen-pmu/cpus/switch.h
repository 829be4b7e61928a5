/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * switch.h - what is done where a CPU goes from one task to another.
 */
#ifndef XEN_PMU_SWITCH_H
#define XEN_PMU_SWITCH_H

#include <linux/types.h>

bool xen_pmu_switch_init(void);
void xen_pmu_switch_exit(void);

#endif /* XEN_PMU_SWITCH_H */
