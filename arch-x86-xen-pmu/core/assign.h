/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * assign.h - a slot for every event, if that is possible (pure).
 */
#ifndef XEN_PMU_ASSIGN_H
#define XEN_PMU_ASSIGN_H

#include "pure.h"

#define XEN_PMU_NO_SLOT		(-1)

bool xen_pmu_assign(const u64 *allowed, s8 *slot, unsigned int nr);

#endif /* XEN_PMU_ASSIGN_H */
