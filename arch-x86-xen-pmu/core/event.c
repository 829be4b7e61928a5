// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - what one event of a VCPU has counted, and whether it should (pure).
 *
 * All functions: interrupts off, on that VCPU; all but update and map between freeze
 * and thaw.
 */
#include "event.h"
#include "period.h"
#include "reads.h"

/* The value for a slot whose counter cannot be read: that of the last time. */
u64 xen_pmu_slot_unread(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	return v->owner[slot] ? v->owner[slot]->prev : 0;
}

/*
 * A slot's counter, and what Xen has taken from it, which must be of one moment:
 * Xen takes it when it handles an overflow, in between or never.
 */
u64 xen_pmu_slot_renewing(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	const u64 *renewed = &v->batch.state->renewed[slot];
	unsigned int tries = 16;	/* more than one is seldom, more than two never */
	u64 taken, counter;

	do {
		taken = READ_ONCE(*renewed);
		barrier();
		counter = xen_pmu_rdpmc(v->rdpmc[slot]);
		if (unlikely(xen_pmu_rdpmc_failed(counter)))
			return xen_pmu_slot_unread(v, slot);
		barrier();
	} while (READ_ONCE(*renewed) != taken && --tries);
	return (counter + taken) & GENMASK_ULL(v->width[slot] - 1, 0);
}

/*
 * A slot's value for the whole time between freeze and thaw.  What Xen has not
 * loaded yet has counted nothing: its value is what it will start with (R8).
 *
 * In the handler of an overflow this may be the first look at any counter.
 */
u64 xen_pmu_slot_value(struct xen_pmu_vcpu *v, unsigned int slot)
{
	if (xen_pmu_batch_stale(&v->batch, slot))
		return v->batch.want[slot].start;
	if (!(v->held & BIT_ULL(slot))) {
		if (!READ_ONCE(v->batch.state->rdpmc))
			xen_pmu_reads_begin(v);
		v->frozen[slot] = xen_pmu_slot_counted(v, slot);
		v->held |= BIT_ULL(slot);
	}
	return v->frozen[slot];
}

/* Count the events up to counter value @now. */
static void count_to(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u64 now)
{
	u64 delta = xen_pmu_delta(now, e->prev, v->width[e->slot]);

	e->prev = now;
	e->count += delta;
	if (e->sampling)
		e->left -= (s64)delta;
}

/*
 * A slot's value outside of freeze, where Xen may apply at any time (R8).  If
 * it had not before RDPMC, the event had counted nothing at that time, whatever
 * RDPMC then finds; if it had, there is nothing left to apply.
 */
static u64 live_value(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	const struct xen_pmu_batch *b = &v->batch;

	if (xen_pmu_batch_stale(b, slot) &&
	    READ_ONCE(b->state->applied) != b->seq)
		return b->want[slot].start;
	barrier();
	return xen_pmu_slot_counted(v, slot);
}

/*
 * xen_pmu_event_update - add what was counted up to now to e->count
 *
 * Also allowed outside of freeze.
 */
void xen_pmu_event_update(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (!v->page || !e->running || !xen_pmu_event_seated(v, e))
		return;
	if (v->depth) {
		count_to(v, e, xen_pmu_slot_value(v, e->slot));
		return;
	}
	xen_pmu_reads_begin(v);
	count_to(v, e, live_value(v, e->slot));
}

void xen_pmu_slot_release(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (e->slot == XEN_PMU_NO_SLOT)
		return;
	v->batch.want_run &= ~BIT_ULL(e->slot);
	v->kernel &= ~BIT_ULL(e->slot);
	v->owner[e->slot] = NULL;
	e->slot = XEN_PMU_NO_SLOT;
}

/*
 * xen_pmu_event_del - stop an event and let it go
 *
 * Its slot keeps the programming: the next event that wants the same finds it
 * there (R6).  The caller takes e->count and clears e->perf.
 */
void xen_pmu_event_del(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	xen_pmu_event_stop(v, e);
	xen_pmu_slot_release(v, e);
	v->refused &= ~e->bit;
	v->nr_events--;
}

/* Is an overflow of the event's slot handled with a look at its counter? */
void xen_pmu_slot_looked_at(struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	if (e->sampling && (e->shows || !e->period))
		v->look |= BIT_ULL(e->slot);
	else
		v->look &= ~BIT_ULL(e->slot);
}

/*
 * May an event that was stopped since the freeze go on as if it had not been?  Perf
 * does that at each tick with all whose period aims at a rate.  Its counter stands for
 * it as it did, unless it has gone on without the event (skip()).
 */
static bool can_resume(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	return v->stopped & e->bit && e->slot != XEN_PMU_NO_SLOT &&
	       e->left == e->halted &&
	       !((v->anew | v->foreign) & BIT_ULL(e->slot)) &&
	       (!e->sampling ||
		(e->left > 0 && (e->rate || !(e->ctl & XEN_PMU_CTL_OS))));
}

/*
 * xen_pmu_slot_runs - an event's slot has what it wants, or will have
 */
void xen_pmu_slot_runs(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	u64 bit = BIT_ULL(e->slot);

	v->batch.want_run |= bit;
	if (e->ctl & XEN_PMU_CTL_OS) {
		v->kernel |= bit;
		if (e->sampling && e->rate)
			v->exact &= ~bit;
		else
			v->exact |= bit;
	}
	xen_pmu_slot_looked_at(v, e);
	v->load &= ~e->bit;
	v->unseen |= e->bit;
}

static void resume(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (e->sampling)
		xen_pmu_batch_tune(&v->batch, (unsigned int)e->slot, e->period);
	xen_pmu_slot_runs(v, e);
	v->stats.kept++;
}

/*
 * xen_pmu_event_start - let an event count from the thaw on
 *
 * Of a running event: count up to now, and go on with a new e->left.
 */
void xen_pmu_event_start(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (!(e->ctl & XEN_PMU_CTL_MODES) || e->error)
		return;
	xen_pmu_event_update(v, e);
	e->running = true;
	if (can_resume(v, e))
		resume(v, e);
	else
		v->load |= e->bit;
	v->stopped &= ~e->bit;
}

/*
 * xen_pmu_event_stop - let an event count no further than the freeze
 */
void xen_pmu_event_stop(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (!e->running)
		return;
	xen_pmu_event_update(v, e);
	e->running = false;
	if (xen_pmu_event_seated(v, e))
		v->stopped |= e->bit;
	e->halted = e->left;
	v->load &= ~e->bit;
	if (e->slot != XEN_PMU_NO_SLOT) {
		xen_pmu_batch_stop(&v->batch, (unsigned int)e->slot,
				   e->sampling);
		v->kernel &= ~BIT_ULL(e->slot);
	}
}

/*
 * xen_pmu_event_refuse - an event is not to run any more, because Xen does not let it
 * @error:	XEN_PMU_ERR_*, not 0
 *
 * Its count so far is kept.  Who calls xen_pmu_leave() reports it.
 */
void xen_pmu_event_refuse(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
			  u32 error)
{
	xen_pmu_event_update(v, e);
	e->running = false;
	e->error = error ? error : ~0U;
	e->refused_slot = (u32)e->slot;
	v->load &= ~e->bit;
	v->stopped &= ~e->bit;
	v->refused |= e->bit;
	xen_pmu_slot_release(v, e);
}

/*
 * xen_pmu_event_map - give an event another programming, while no page is attached
 */
void xen_pmu_event_map(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u64 ctl,
		       u64 allowed)
{
	xen_pmu_slot_release(v, e);
	e->ctl = ctl;
	e->allowed = allowed;
}
