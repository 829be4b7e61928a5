/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * offer.h - what Xen offers, which is the same on every CPU.
 */
#ifndef XEN_PMU_OFFER_H
#define XEN_PMU_OFFER_H

#include "../core/pure.h"

/*
 * Valid once a CPU is attached.  The offer changes, and has another number then, only
 * while the guest resumes and no process runs: perhaps on another host.
 */
extern struct xen_pmu_const xen_pmu_offer;
extern unsigned long xen_pmu_offer_nr;

int xen_pmu_take_offer(unsigned int cpu, const struct xen_pmu_const *offer);
void xen_pmu_open_offer(void);
void xen_pmu_close_offer(void);
const char *xen_pmu_policy_name(unsigned int policy);

#endif /* XEN_PMU_OFFER_H */
