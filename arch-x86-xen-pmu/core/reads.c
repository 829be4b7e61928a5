// SPDX-License-Identifier: GPL-2.0-only
/*
 * reads.c - may the kernel read counters now, and had it better ask? (pure)
 *
 * On PV, the kernel and its processes share ring 3, and Xen moves the permission for
 * RDPMC when the mode changes, which makes every system call longer.  A kernel that
 * reads counters seldom does without (XEN_PMU_FLAG_SELDOM_RDPMC): Xen then lets it
 * when it asks, by a hypercall, and when there is an overflow to handle, if that takes
 * a look at counters (XEN_PMU_FLAG_TELL_RDPMC).
 *
 * A hypercall for that is worth some 15 system calls.  So what counts is how often
 * counters are read that nobody has let the kernel at: in switches between threads
 * with events, thousands of times a second; while a whole guest or a single program
 * is counted or sampled, at a few ticks, if at all.
 *
 * Interrupts off, on the VCPU.
 */
#include "reads.h"

/*
 * What request.flags is to be.  Where there is nothing to hide user mode may look,
 * because Xen then need not switch anything when the mode changes.
 */
static u32 request_flags(const struct xen_pmu_vcpu *v)
{
	u32 flags = 0;

	if (v->can_hide && (v->exposed || !xen_pmu_batch_counts(&v->batch)))
		flags |= XEN_PMU_FLAG_USER_RDPMC;
	if (v->seldom)
		flags |= XEN_PMU_FLAG_SELDOM_RDPMC;
	if (v->can_tell &&
	    ((v->kernel & v->exact) | (v->batch.want_run & v->look)))
		flags |= XEN_PMU_FLAG_TELL_RDPMC;
	if (v->nmi)
		flags |= XEN_PMU_FLAG_NMI;
	return flags;
}

/*
 * xen_pmu_publish_flags - they are no part of a batch: also outside of freeze
 */
void xen_pmu_publish_flags(struct xen_pmu_vcpu *v)
{
	WRITE_ONCE(v->batch.request->flags, request_flags(v));
}

/* So many reads a tick, and asking for them costs more than it saves. */
#define MANY	8

/*
 * xen_pmu_reads_new_tick - xen_pmu_reads_settle(), at the first time in a tick
 */
bool xen_pmu_reads_new_tick(struct xen_pmu_vcpu *v)
{
	bool seldom = v->can_ask && v->reads < MANY;

	v->tick = xen_pmu_ticks();
	v->reads = 0;
	if (seldom == v->seldom)
		return false;
	v->seldom = seldom;
	return true;
}

/*
 * xen_pmu_reads_ask - RDPMC would fault: have Xen let the kernel
 */
void xen_pmu_reads_ask(struct xen_pmu_vcpu *v)
{
	v->stats.asked++;
	xen_pmu_reads_settle(v);
	if (v->reads >= MANY)
		v->seldom = false;
	xen_pmu_publish_flags(v);
	xen_pmu_sync();
}
