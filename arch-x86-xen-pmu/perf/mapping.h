/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mapping.h - from perf_event_attr to an event code and modes (pure).
 */
#ifndef XEN_PMU_MAPPING_H
#define XEN_PMU_MAPPING_H

#include <linux/perf_event.h>

#include "../core/pure.h"
#include "perf-glue/events.h"

bool xen_pmu_policy_allows(const struct xen_pmu_const *offer, u64 config);
int xen_pmu_map_event(const struct xen_pmu_const *offer, const struct xen_pmu_event_table *table,
		      const struct perf_event_attr *attr, u64 *code);
u64 xen_pmu_modes(const struct perf_event_attr *attr);

#endif /* XEN_PMU_MAPPING_H */
