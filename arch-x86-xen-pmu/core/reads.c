// SPDX-License-Identifier: GPL-2.0-only
/*
 * reads.c - who may execute RDPMC, as request.flags tells Xen (pure).
 *
 * In a PV guest the kernel and its processes share ring 3, and Xen moves the permission for
 * RDPMC when the mode changes.  That makes every system call longer.  A kernel that reads
 * counters seldom does without it (XEN_PMU_FLAG_SELDOM_RDPMC): Xen then gives the permission
 * when the kernel asks by a hypercall, and with an overflow whose handler looks at counters
 * (XEN_PMU_FLAG_TELL_RDPMC).
 *
 * Asking costs as much as some 15 system calls.  So the driver counts how often the kernel
 * reads counters without having the permission anyway: in switches between threads with
 * events thousands of times a second; while a whole guest or a single program is counted or
 * sampled, at a few ticks, if at all.
 *
 * Interrupts off, on the VCPU.
 */
#include "reads.h"

/* With so many reads in a tick, asking for them costs more than it saves. */
#define MANY	8

/* User mode may also read where there is nothing to hide: then Xen need not switch CR4.PCE. */
static u32 request_flags(const struct xen_pmu_vcpu *v)
{
	u32 flags = XEN_PMU_FLAG_NMI;

	if (v->reader == XEN_PMU_READER_HERE || !xen_pmu_batch_counts(&v->batch))
		flags |= XEN_PMU_FLAG_USER_RDPMC;
	if (v->seldom)
		flags |= XEN_PMU_FLAG_SELDOM_RDPMC;
	if (v->use[XEN_PMU_USE_EXACT] | (v->batch.want.run & v->looked))
		flags |= XEN_PMU_FLAG_TELL_RDPMC;
	return flags & v->flags;
}

/* xen_pmu_publish_flags - the flags are no part of a batch: also outside of freeze and thaw */
void xen_pmu_publish_flags(struct xen_pmu_vcpu *v)
{
	WRITE_ONCE(v->batch.request->flags, request_flags(v));
}

/* xen_pmu_reads_new_tick - xen_pmu_reads_settle(), the first time in a tick */
bool xen_pmu_reads_new_tick(struct xen_pmu_vcpu *v)
{
	bool seldom = v->flags & XEN_PMU_FLAG_SELDOM_RDPMC && v->reads < MANY;

	v->tick = xen_pmu_ticks();
	v->reads = 0;
	if (seldom == v->seldom)
		return false;
	v->seldom = seldom;
	return true;
}

/* xen_pmu_reads_ask - RDPMC would fault in the kernel: have Xen permit it */
void xen_pmu_reads_ask(struct xen_pmu_vcpu *v)
{
	v->stats.asked++;
	xen_pmu_reads_settle(v);
	if (v->reads >= MANY)
		v->seldom = false;
	xen_pmu_publish_flags(v);
	xen_pmu_sync();
}
