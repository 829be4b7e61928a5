/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reads.h - who may execute RDPMC, as request.flags tells Xen (pure).
 */
#ifndef XEN_PMU_READS_H
#define XEN_PMU_READS_H

#include "state.h"

void xen_pmu_publish_flags(struct xen_pmu_vcpu *v);
bool xen_pmu_reads_new_tick(struct xen_pmu_vcpu *v);
void xen_pmu_reads_ask(struct xen_pmu_vcpu *v);

/*
 * Decide again, once in a tick, whether the kernel reads counters seldom.  Returns whether
 * the answer has changed.
 */
static inline bool xen_pmu_reads_settle(struct xen_pmu_vcpu *v)
{
	return xen_pmu_ticks() != v->tick && xen_pmu_reads_new_tick(v);
}

/* RDPMC works in the kernel from here on, until the VCPU returns to user mode. */
static inline void xen_pmu_readable(struct xen_pmu_vcpu *v)
{
	if (!READ_ONCE(v->batch.state->rdpmc))
		xen_pmu_reads_ask(v);
}

/*
 * The kernel is about to read counters, on its own account.  A group's read(2) comes here
 * before each of its counters, which must take equally many instructions in every read: the
 * branch is taken before the first counter only.
 */
static inline void xen_pmu_reads_begin(struct xen_pmu_vcpu *v)
{
	v->reads++;
	xen_pmu_readable(v);
}

#endif /* XEN_PMU_READS_H */
