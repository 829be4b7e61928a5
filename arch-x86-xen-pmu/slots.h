/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slots.h - what vcpu.c, event.c, place.c and reads.c share (pure).
 */
#ifndef XEN_PMU_SLOTS_H
#define XEN_PMU_SLOTS_H

#include "vcpu.h"

/* event.c */
u64 xen_pmu_slot_unread(const struct xen_pmu_vcpu *v, unsigned int slot);
u64 xen_pmu_slot_renewing(const struct xen_pmu_vcpu *v, unsigned int slot);
u64 xen_pmu_slot_value(struct xen_pmu_vcpu *v, unsigned int slot);
void xen_pmu_slot_runs(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);

/*
 * How far a slot that Xen has loaded has counted.  If the counter cannot be read, the
 * slot has counted nothing since its event was last counted.
 */
static inline u64 xen_pmu_slot_counted(const struct xen_pmu_vcpu *v,
				       unsigned int slot)
{
	u64 value;

	if (v->batch.want[slot].renews)
		return xen_pmu_slot_renewing(v, slot);
	value = xen_pmu_rdpmc(v->rdpmc[slot]);
	return likely(!xen_pmu_rdpmc_failed(value)) ? value :
						      xen_pmu_slot_unread(v, slot);
}

/* vcpu.c */
void xen_pmu_publish_flags(struct xen_pmu_vcpu *v);

/* reads.c */
bool xen_pmu_reads_new_tick(struct xen_pmu_vcpu *v);
void xen_pmu_reads_ask(struct xen_pmu_vcpu *v);

/*
 * Have counters been read seldom of late?  Returns whether the answer is another one
 * than before.
 */
static inline bool xen_pmu_reads_settle(struct xen_pmu_vcpu *v)
{
	return xen_pmu_ticks() != v->tick && xen_pmu_reads_new_tick(v);
}

/* RDPMC works from here on, until the VCPU returns to user mode. */
static inline void xen_pmu_readable(struct xen_pmu_vcpu *v)
{
	if (!READ_ONCE(v->batch.state->rdpmc))
		xen_pmu_reads_ask(v);
}

/*
 * The kernel is about to read counters, on its own account.  A group's read(2) comes
 * here between its counters, for each of which that must be as many instructions as
 * it was at the read before: the branch is taken before the first one only.
 */
static inline void xen_pmu_reads_begin(struct xen_pmu_vcpu *v)
{
	v->reads++;
	xen_pmu_readable(v);
}

/* place.c */
bool xen_pmu_fits(const struct xen_pmu_vcpu *v, u64 allowed);
void xen_pmu_place(struct xen_pmu_vcpu *v);
void xen_pmu_release_slot(struct xen_pmu_vcpu *v, struct xen_pmu_event *e);

#endif /* XEN_PMU_SLOTS_H */
