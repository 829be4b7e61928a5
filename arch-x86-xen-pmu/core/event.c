// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - what one event of a VCPU has counted, and whether it should count (pure).
 *
 * All functions: interrupts off, on that VCPU; all but update and want between freeze and
 * thaw.
 */
#include "event.h"
#include "reads.h"

/*
 * A slot's value outside of freeze, where Xen may apply at any time.
 *
 * If Xen had not loaded the slot before this read applied, the event had counted nothing at
 * that time, whatever RDPMC then finds.  If Xen had, there is nothing left to apply (R8).
 */
static u64 live_value(struct xen_pmu_vcpu *v, unsigned int slot)
{
	const struct xen_pmu_batch *b = &v->batch;

	xen_pmu_reads_begin(v);
	if (xen_pmu_batch_stale(b, slot) && READ_ONCE(b->state->applied) != b->seq)
		return b->want.slot[slot].start;
	barrier();
	return xen_pmu_slot_counted(v, slot);
}

/*
 * xen_pmu_event_update - add what was counted up to now to @count
 *
 * Also outside of freeze and thaw.
 */
void xen_pmu_event_update(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;
	u64 now, delta;

	if (!v->page || e->state != XEN_PMU_EVENT_RUNNING)
		return;
	now = v->phase == XEN_PMU_THAWED ? live_value(v, slot) :
					   xen_pmu_slot_value(v, slot);
	delta = xen_pmu_delta(now, e->prev, v->counter[slot].width);
	e->prev = now;
	e->count += delta;
	if (xen_pmu_event_samples(e))
		e->period.left -= (s64)delta;
}

/*
 * May a paused event go on as if it had not been stopped?  Perf stops and starts all events
 * whose period aims at a rate at each tick.  The counter still stands for the event, unless
 * the driver's own code has counted in it (xen_pmu_period_skip()).
 */
static bool can_resume(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	const struct xen_pmu_period *p = &e->period;

	if (e->state != XEN_PMU_EVENT_PAUSED || p->left != p->paused_at ||
	    xen_pmu_slot_unfit(v, (unsigned int)e->slot))
		return false;
	return p->kind == XEN_PMU_PERIOD_NONE ||
	       (p->left > 0 && (p->kind == XEN_PMU_PERIOD_RATE ||
				!(e->wants.modes & XEN_PMU_CTL_OS)));
}

/*
 * xen_pmu_event_start - let an event count from the thaw on
 *
 * A running event is counted up to now, and goes on with a new period.left.
 */
void xen_pmu_event_start(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (!e->wants.modes || e->state >= XEN_PMU_EVENT_REFUSED)
		return;
	xen_pmu_event_update(v, e);
	if (!can_resume(v, e)) {
		xen_pmu_event_move(v, e, XEN_PMU_EVENT_WAITING);
		return;
	}
	if (xen_pmu_event_samples(e))
		xen_pmu_batch_tune(&v->batch, (unsigned int)e->slot, e->period.repeat);
	xen_pmu_slot_runs(v, e);
	v->stats.kept++;
}

/*
 * xen_pmu_event_stop - let an event count no further than the freeze
 *
 * A sampling event's stop is urgent: its overflow would interrupt for nobody.  Where a start
 * needs a sync (an HVM guest), other stops wait for a batch that does more: any exit may come
 * between a stop and an equal start, and Xen would apply both.
 */
void xen_pmu_event_stop(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (!xen_pmu_event_active(e))
		return;
	xen_pmu_event_update(v, e);
	e->period.paused_at = e->period.left;
	if (e->slot != XEN_PMU_NO_SLOT)
		xen_pmu_slot_stop(v, e, xen_pmu_event_samples(e) ||
					!(v->sync_modes & XEN_PMU_CTL_USR));
	xen_pmu_event_move(v, e, e->state == XEN_PMU_EVENT_RUNNING ? XEN_PMU_EVENT_PAUSED :
								     XEN_PMU_EVENT_STOPPED);
}

/*
 * xen_pmu_event_del - stop an event and let it go
 *
 * The caller takes @count.
 */
void xen_pmu_event_del(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (xen_pmu_event_active(e))
		xen_pmu_event_stop(v, e);
	xen_pmu_event_move(v, e, XEN_PMU_EVENT_FREE);
	xen_pmu_slot_release(v, e);
	v->nr_events--;
}

/*
 * xen_pmu_event_refuse - an event is not to count any more, because Xen does not let it
 * @error:	XEN_PMU_ERR_*, not 0
 *
 * The count so far is kept.  Who calls xen_pmu_leave() reports the event.
 */
void xen_pmu_event_refuse(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u32 error)
{
	xen_pmu_event_update(v, e);
	e->error = error ? error : ~0U;
	e->refused_slot = (u32)e->slot;
	xen_pmu_event_move(v, e, XEN_PMU_EVENT_REFUSED);
	xen_pmu_slot_release(v, e);
}

/* xen_pmu_event_want - let an event want something else, while no page is attached */
void xen_pmu_event_want(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
			const struct xen_pmu_wants *wants, u64 allowed)
{
	xen_pmu_slot_release(v, e);
	e->wants = *wants;
	e->allowed = allowed;
}
