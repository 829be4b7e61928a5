// SPDX-License-Identifier: GPL-2.0-only
/*
 * overflow.c - what a record, or a lost one, means for an event (pure).
 *
 * All functions: interrupts off, on that VCPU, between freeze and thaw.
 */
#include "event.h"
#include "overflow.h"
#include "period.h"
#include "reads.h"

/*
 * xen_pmu_event_renew - go on to the next period
 * @period:	its length, if Xen has not gone on to it already
 * @weight:	what the sample at hand stands for
 *
 * Of a running event that is_over(), counted that far just now.  Xen takes a period
 * for each record; where this is the first of several records, the rest is for those
 * (or, if that turns out wrong, for xen_pmu_event_rest()).  If that leaves the event
 * behind, Xen has made no record of what ended after this one, which is added to
 * @weight, or the period is too long for it: the counter is loaded anew.
 *
 * Returns what the next sample will stand for.
 */
u64 xen_pmu_event_renew(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
			u64 period, u64 *weight)
{
	u64 pending = xen_pmu_slot_renewed(v, (unsigned int)e->slot) - e->renewed;
	u64 next = pending;

	if (e->period && !(pending % e->period))
		next = pending ? e->period : 0;
	e->renewed += next;
	e->left += (s64)next;
	v->rest |= next != pending;
	if ((e->left > 0 && next) || next != pending) {
		v->unseen |= e->bit;
		if (e->left > 0 && v->kernel & v->exact & BIT_ULL(e->slot)) {
			/* the counter has run on in the handler */
			v->anew |= BIT_ULL(e->slot);
			xen_pmu_event_start(v, e);
		}
		return next;
	}
	if (e->left > 0)
		e->left += (s64)period;
	else
		*weight += next + (xen_pmu_renew(&e->left, period) - 1) * period;
	e->period = xen_pmu_renewable(period, e->ctl);
	xen_pmu_event_start(v, e);
	return period;
}

/*
 * xen_pmu_event_rest - take note of all that Xen has taken from a counter
 *
 * Of a running sampling event, when no record is left: it took several periods at
 * once, or still the period before the present one.  Returns by how much more the
 * next sample stands for.
 */
u64 xen_pmu_event_rest(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	u64 rest;

	if (!xen_pmu_event_seated(v, e) ||
	    xen_pmu_batch_stale(&v->batch, (unsigned int)e->slot))
		return 0;
	rest = xen_pmu_slot_renewed(v, (unsigned int)e->slot) - e->renewed;
	e->renewed += rest;
	e->left += (s64)rest;
	return rest;
}

/*
 * xen_pmu_event_tune - let a running event have another period from the next on
 */
void xen_pmu_event_tune(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
			u64 period)
{
	if (xen_pmu_is_near(period, e->period))
		return;
	e->period = xen_pmu_renewable(period, e->ctl);
	if (!xen_pmu_event_seated(v, e))
		return;
	xen_pmu_batch_tune(&v->batch, (unsigned int)e->slot, e->period);
	xen_pmu_slot_looked_at(v, e);
	/* the thaw of a handler does not, if nothing else has changed */
	xen_pmu_publish_flags(v);
}

/*
 * Has Xen gone on to another period of a running sampling event?  Then the present one
 * is over, wherever the counter is by now, and is counted to its end: Xen took from
 * the counter what it had counted up to zero, where @left was 0.  What is more waits
 * for who reads the event.  Returns what Xen took, or 0 where only a look can tell.
 *
 * Which is so where a value from before stands for the counter until the thaw: that of
 * one which counts what its event does not, and so may be early (skip()), always does.
 */
static u64 count_to_end(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;
	u64 pending = xen_pmu_slot_renewed(v, slot) - e->renewed;

	if (!pending || e->shows || v->held & BIT_ULL(slot))
		return 0;
	if (e->left > 0) {
		e->prev = (e->prev + (u64)e->left) &
			  GENMASK_ULL(v->width[slot] - 1, 0);
		e->count += (u64)e->left;
		e->left = 0;
	}
	return pending;
}

/* Of which a value from before the overflow knows nothing. */
static void pass_zero(struct xen_pmu_vcpu *v, unsigned int slot)
{
	if (slot < v->nr_slots)
		v->anew |= BIT_ULL(slot);
}

/*
 * Events.  The way into an interrupt and out of it is kernel code that counts.  If less
 * is left of a period than that way executes, another overflow would only find that way.
 */
#define NEARLY_OVER	1024

/*
 * Is an event's period over, now that its counter has overflowed?  A counter of kernel
 * code with an exact period has also counted what its event does not (skip()), and can
 * overflow a little early.  What is left is added to the next period, of which it is
 * less than a quarter.
 */
static bool is_over(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	if (e->left <= 0)
		return true;
	return v->kernel & v->exact & BIT_ULL(e->slot) &&
	       e->left <= NEARLY_OVER && e->left < e->period / 4;
}

/*
 * xen_pmu_overflow - account for a record
 * @slot:	one of record.counters
 * @seq:	record.seq
 *
 * On XEN_PMU_OVERFLOW_SAMPLE the period is_over(): the caller goes on to the next by
 * xen_pmu_event_renew().  On XEN_PMU_OVERFLOW_RENEWED that is done.
 */
enum xen_pmu_overflow xen_pmu_overflow(struct xen_pmu_vcpu *v,
				       unsigned int slot, u32 seq)
{
	struct xen_pmu_event *e = slot < v->nr_slots ? v->owner[slot] : NULL;
	u64 pending = 0;

	if (!e || !e->running || !xen_pmu_event_seated(v, e) ||
	    xen_pmu_batch_stale(&v->batch, slot) ||
	    (s32)(seq - v->batch.want[slot].since) < 0) {
		v->stats.dropped++;
		pass_zero(v, slot);
		return XEN_PMU_OVERFLOW_STALE;
	}
	if (e->sampling)
		pending = count_to_end(v, e);
	if (pending && pending == e->period && !e->left) {
		e->left = (s64)pending;
		e->renewed += pending;
		return XEN_PMU_OVERFLOW_RENEWED;
	}
	if (!pending)
		xen_pmu_event_update(v, e);
	if (e->sampling && is_over(v, e)) {
		v->anew &= ~BIT_ULL(slot);
		return XEN_PMU_OVERFLOW_SAMPLE;
	}
	if (e->sampling)
		v->stats.early++;
	pass_zero(v, slot);
	xen_pmu_event_start(v, e);
	return XEN_PMU_OVERFLOW_COUNTED;
}

/*
 * xen_pmu_event_missed - an overflow of a running sampling event may have no record
 *
 * True: e->left is 0 or less, as after XEN_PMU_OVERFLOW_SAMPLE.  If the counter has
 * passed zero, but not in what is counted, it is loaded anew: it would not overflow
 * again for years.
 */
bool xen_pmu_event_missed(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;

	if (!xen_pmu_event_seated(v, e) || xen_pmu_batch_stale(&v->batch, slot))
		return false;
	xen_pmu_event_update(v, e);
	if (e->left <= 0)
		return true;
	if (!(xen_pmu_rdpmc(v->rdpmc[slot]) >> (v->width[slot] - 1))) {
		v->anew |= BIT_ULL(slot);
		xen_pmu_event_start(v, e);
	}
	return false;
}
