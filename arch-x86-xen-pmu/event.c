// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - what one event of a VCPU has counted, and whether it should (pure).
 *
 * All functions: interrupts off, on that VCPU; all but update between freeze and
 * thaw.
 */
#include "slots.h"
#include "period.h"

/*
 * A slot's value for the whole time between freeze and thaw.  What Xen has not
 * loaded yet has counted nothing: its value is what it will start with (R8).
 */
u64 xen_pmu_slot_value(struct xen_pmu_vcpu *v, unsigned int slot)
{
	if (xen_pmu_batch_stale(&v->batch, slot))
		return v->batch.want[slot].start;
	if (!(v->held & BIT_ULL(slot))) {
		v->frozen[slot] = xen_pmu_rdpmc(v->rdpmc[slot]);
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
	return xen_pmu_rdpmc(v->rdpmc[slot]);
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
	count_to(v, e, v->depth ? xen_pmu_slot_value(v, e->slot) :
				  live_value(v, e->slot));
}

/*
 * xen_pmu_event_add - take an event, stopped
 * @ctl:	its programming
 * @allowed:	slots that can count it
 * @sampling:	it has a period: set e->left now and before each start
 *
 * The caller sets e->perf.  NULL if it does not fit together with the others.
 */
struct xen_pmu_event *xen_pmu_event_add(struct xen_pmu_vcpu *v, u64 ctl,
					u64 allowed, bool sampling)
{
	struct xen_pmu_event *e = v->event;

	if (!v->page)
		return NULL;
	allowed &= GENMASK_ULL(v->nr_slots - 1, 0);
	if (!xen_pmu_fits(v, allowed))
		return NULL;
	while (e->perf)
		e++;
	memset(e, 0, sizeof(*e));
	e->ctl = ctl;
	e->allowed = allowed;
	e->sampling = sampling;
	e->slot = XEN_PMU_NO_SLOT;
	v->nr_events++;
	return e;
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
	xen_pmu_release_slot(v, e);
	v->nr_events--;
}

/*
 * xen_pmu_event_start - let an event count from the thaw on
 *
 * Of a running event: count up to now, and go on with a new e->left.
 */
void xen_pmu_event_start(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (!(e->ctl & XEN_PMU_CTL_MODES))
		return;
	xen_pmu_event_update(v, e);
	e->running = true;
	v->load |= xen_pmu_event_bit(v, e);
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
	v->load &= ~xen_pmu_event_bit(v, e);
	if (e->slot != XEN_PMU_NO_SLOT) {
		xen_pmu_batch_stop(&v->batch, (unsigned int)e->slot,
				   e->sampling);
		v->kernel &= ~BIT_ULL(e->slot);
	}
}

/*
 * xen_pmu_overflow - account for a record
 * @slot:	one of record.counters
 * @seq:	record.seq
 *
 * On XEN_PMU_OVERFLOW_SAMPLE e->left is 0 or less: the caller goes on to the
 * next period (xen_pmu_renew()) and restarts the event.
 */
enum xen_pmu_overflow xen_pmu_overflow(struct xen_pmu_vcpu *v,
				       unsigned int slot, u32 seq)
{
	struct xen_pmu_event *e = slot < v->nr_slots ? v->owner[slot] : NULL;

	if (!e || !e->running || !xen_pmu_event_seated(v, e) ||
	    xen_pmu_batch_stale(&v->batch, slot) ||
	    (s32)(seq - v->batch.slot_seq[slot]) < 0) {
		v->stats.dropped++;
		return XEN_PMU_OVERFLOW_STALE;
	}
	xen_pmu_event_update(v, e);
	if (e->sampling && e->left <= 0)
		return XEN_PMU_OVERFLOW_SAMPLE;
	if (e->sampling)
		v->stats.early++;
	xen_pmu_event_start(v, e);
	return XEN_PMU_OVERFLOW_COUNTED;
}
