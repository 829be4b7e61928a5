/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * give.h - give perf one sample, with the registers and the stack that it belongs to.
 */
#ifndef XEN_PMU_GIVE_H
#define XEN_PMU_GIVE_H

#include "../cpu.h"

int xen_pmu_give_init(void);
bool xen_pmu_is_nobodys(const struct xen_pmu_cpu *c, const struct xen_pmu_event *e,
			const struct xen_pmu_record *rec);
int xen_pmu_give(struct xen_pmu_cpu *c, struct xen_pmu_event *e, const struct xen_pmu_record *rec,
		 u64 weight);

#endif /* XEN_PMU_GIVE_H */
