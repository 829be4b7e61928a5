/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sysfs.h - the attributes in /sys/bus/event_source/devices/cpu.
 */
#ifndef XEN_PMU_SYSFS_H
#define XEN_PMU_SYSFS_H

#include <linux/sysfs.h>

extern const struct attribute_group *xen_pmu_attr_groups[];

#endif /* XEN_PMU_SYSFS_H */
