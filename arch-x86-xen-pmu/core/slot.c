// SPDX-License-Identifier: GPL-2.0-only
/*
 * slot.c - how far a slot has counted, and for which event it counts (pure).
 *
 * All functions: interrupts off, on that VCPU; all but the first two between freeze and thaw.
 */
#include "reads.h"
#include "slot.h"

/*
 * xen_pmu_slot_unread - a slot's value if its counter cannot be read
 *
 * The slot has counted nothing since its event was last counted.
 */
u64 xen_pmu_slot_unread(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	return v->owner[slot] ? v->owner[slot]->prev : 0;
}

/*
 * xen_pmu_slot_counted_taken - xen_pmu_slot_counted() where Xen may have taken periods
 *
 * The counter and what Xen has taken from it must be of one moment.  Xen takes a period when
 * it handles an overflow: that is between the two reads, or not at all.
 */
u64 xen_pmu_slot_counted_taken(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	const u64 *renewed = &v->batch.state->renewed[slot];
	unsigned int tries = 16;	/* more than one is seldom, more than two never */
	u64 taken, counter;

	do {
		taken = READ_ONCE(*renewed);
		barrier();
		counter = xen_pmu_rdpmc(v->counter[slot].rdpmc);
		if (unlikely(xen_pmu_rdpmc_failed(counter)))
			return xen_pmu_slot_unread(v, slot);
		barrier();
	} while (READ_ONCE(*renewed) != taken && --tries);
	return (counter + taken) & xen_pmu_slot_mask(v, slot);
}

/*
 * xen_pmu_slot_snapshot - read slots one after the other
 *
 * The freeze and the thaw both use this code.  What a counter counts while its neighbours are
 * read is then the same at the start as at the end, and cancels in sums of a group's events.
 */
noinline void xen_pmu_slot_snapshot(const struct xen_pmu_vcpu *v, u64 slots, u64 *value)
{
	unsigned int slot;

	xen_pmu_for_each(slot, slots)
		value[slot] = xen_pmu_slot_counted(v, slot);
}

/*
 * xen_pmu_slot_value - a slot's value for the whole time between freeze and thaw
 *
 * A slot that Xen has not loaded yet has counted nothing: its value is what it will start
 * with (R8).  In the handler of an overflow this may be the first look at any counter.
 */
u64 xen_pmu_slot_value(struct xen_pmu_vcpu *v, unsigned int slot)
{
	if (xen_pmu_batch_stale(&v->batch, slot))
		return v->batch.want.slot[slot].start;
	if (!(v->held & BIT_ULL(slot))) {
		if (!READ_ONCE(v->batch.state->rdpmc))
			xen_pmu_reads_begin(v);
		v->frozen[slot] = xen_pmu_slot_counted(v, slot);
		v->held |= BIT_ULL(slot);
	}
	return v->frozen[slot];
}

/* xen_pmu_slot_note_look - note whether the handler of an overflow reads the counter */
void xen_pmu_slot_note_look(struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	if (xen_pmu_event_samples(e) && (e->shows || !e->period.repeat))
		v->looked |= BIT_ULL(e->slot);
	else
		v->looked &= ~BIT_ULL(e->slot);
}

/* xen_pmu_slot_runs - the event's slot has what the event wants, or will have */
void xen_pmu_slot_runs(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;

	v->batch.want.run |= BIT_ULL(slot);
	if (e->wants.modes & XEN_PMU_CTL_OS)
		xen_pmu_slot_use(v, slot, e->period.kind == XEN_PMU_PERIOD_RATE ?
					  XEN_PMU_USE_RATE : XEN_PMU_USE_EXACT);
	xen_pmu_slot_note_look(v, e);
	v->outdated |= e->bit;
	xen_pmu_event_move(v, e, XEN_PMU_EVENT_RUNNING);
}
