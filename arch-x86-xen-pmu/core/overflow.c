// SPDX-License-Identifier: GPL-2.0-only
/*
 * overflow.c - what a record, or a lost one, means for an event and its period (pure).
 *
 * All functions: interrupts off, on that VCPU, between freeze and thaw.
 */
#include "event.h"
#include "overflow.h"
#include "reads.h"

/* Does the event's slot count for it, with what Xen has loaded? */
static bool is_counted(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	return e->state == XEN_PMU_EVENT_RUNNING &&
	       !xen_pmu_batch_stale(&v->batch, (unsigned int)e->slot);
}

static u64 pending(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	return xen_pmu_slot_taken(v, (unsigned int)e->slot) - e->period.taken;
}

/* The counter is to be loaded again when its event, or another, starts next. */
static void spoil(struct xen_pmu_vcpu *v, unsigned int slot)
{
	if (slot < v->nr_slots)
		v->unfit[XEN_PMU_UNFIT_VALUE] |= BIT_ULL(slot);
}

/*
 * xen_pmu_event_advance - go on to the next period
 * @length:	of the next period, if Xen has not begun it already
 *
 * The event runs, its period is_over(), and it was counted that far just now.  Xen takes a
 * period for each record.  Where this is the first of several records, the rest is for the
 * others, or, if there are none, for xen_pmu_event_take_rest().  If the event is still behind
 * then, Xen has made no record of what ended after this one, and period.weight becomes more;
 * or Xen cannot repeat the period.  Then the counter is loaded again.
 *
 * period.weight is what the sample at hand stands for; returns that of the next sample.
 */
u64 xen_pmu_event_advance(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u64 length)
{
	struct xen_pmu_period *p = &e->period;
	u64 all = pending(v, e), next;

	xen_pmu_period_weigh(p);
	next = xen_pmu_period_take_one(p, all);
	v->behind |= next != all;
	if ((p->left > 0 && next) || next != all) {
		v->outdated |= e->bit;
		if (p->left > 0 && v->use[XEN_PMU_USE_EXACT] & BIT_ULL(e->slot)) {
			/* the counter has run on in the handler */
			spoil(v, (unsigned int)e->slot);
			xen_pmu_event_start(v, e);
		}
		return next;
	}
	if (p->left > 0)	/* nearly over */
		p->left += (s64)length;
	else
		p->weight += next + (xen_pmu_period_advance(p, length) - 1) * length;
	xen_pmu_period_weigh(p);
	p->repeat = xen_pmu_repeatable(length, e->wants.modes);
	xen_pmu_event_start(v, e);
	return length;
}

/*
 * xen_pmu_event_take_rest - note all that Xen has taken from a counter
 *
 * Of an active sampling event, when no record is left: Xen took several periods at once, or
 * still the length before the present one.  The next sample stands for as much more.
 */
void xen_pmu_event_take_rest(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	u64 rest;

	if (!is_counted(v, e))
		return;
	rest = pending(v, e);
	xen_pmu_period_take(&e->period, rest);
	e->period.weight += rest;
}

/* xen_pmu_event_tune - let an active event have another length from the next period on */
void xen_pmu_event_tune(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u64 length)
{
	if (xen_pmu_is_near(length, e->period.repeat))
		return;
	e->period.repeat = xen_pmu_repeatable(length, e->wants.modes);
	if (e->state != XEN_PMU_EVENT_RUNNING)
		return;
	xen_pmu_batch_tune(&v->batch, (unsigned int)e->slot, e->period.repeat);
	xen_pmu_slot_note_look(v, e);
	/* the usual thaw of a handler publishes no flags: all_stays() */
	xen_pmu_publish_flags(v);
}

/*
 * Count a sampling event to the end of its period, if Xen has begun another one: the period
 * is over, wherever the counter is by now.  Xen took the period when the counter was zero,
 * where @left was 0.  What was counted since waits for who reads the event.
 *
 * Returns what Xen took, or 0 if the counter has to be read.  It has to where a value from
 * before stands for the counter until the thaw: a counter that also counts the driver may be
 * early (xen_pmu_period_skip()), and is always such a one.
 */
static u64 count_to_end(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;
	struct xen_pmu_period *p = &e->period;
	u64 taken = pending(v, e);

	if (!taken || e->shows || v->held & BIT_ULL(slot))
		return 0;
	if (p->left > 0) {
		e->prev = (e->prev + (u64)p->left) & xen_pmu_slot_mask(v, slot);
		e->count += (u64)p->left;
		p->left = 0;
	}
	return taken;
}

/* Is an event's period over, now that its counter has overflowed? */
static bool is_over(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	return e->period.left <= 0 ||
	       (v->use[XEN_PMU_USE_EXACT] & BIT_ULL(e->slot) &&
		xen_pmu_period_nearly_over(&e->period));
}

/*
 * xen_pmu_overflow - account for a record
 * @slot:	one of record.counters
 * @seq:	record.seq
 *
 * On XEN_PMU_OVERFLOW_SAMPLE the period is_over(), and the caller goes on to the next
 * period by xen_pmu_event_advance().  On XEN_PMU_OVERFLOW_REPEATED that is done, and the next
 * sample will weigh period.repeat.
 *
 * Where a counter has wrapped and no period is over, a value from before the overflow is
 * stale: the slot must be loaded again.
 */
enum xen_pmu_overflow xen_pmu_overflow(struct xen_pmu_vcpu *v, unsigned int slot, u32 seq)
{
	struct xen_pmu_event *e = slot < v->nr_slots ? v->owner[slot] : NULL;
	bool samples;
	u64 taken = 0;

	if (!e || !is_counted(v, e) || (s32)(seq - v->batch.want.slot[slot].since) < 0) {
		v->stats.dropped++;
		spoil(v, slot);
		return XEN_PMU_OVERFLOW_STALE;
	}
	samples = xen_pmu_event_samples(e);
	if (samples)
		taken = count_to_end(v, e);
	if (taken && taken == e->period.repeat && !e->period.left) {
		xen_pmu_period_take(&e->period, taken);
		xen_pmu_period_weigh(&e->period);
		return XEN_PMU_OVERFLOW_REPEATED;
	}
	if (!taken)
		xen_pmu_event_update(v, e);
	if (samples && is_over(v, e)) {
		v->unfit[XEN_PMU_UNFIT_VALUE] &= ~BIT_ULL(slot);
		return XEN_PMU_OVERFLOW_SAMPLE;
	}
	v->stats.early += samples;
	spoil(v, slot);
	xen_pmu_event_start(v, e);
	return XEN_PMU_OVERFLOW_COUNTED;
}

/*
 * xen_pmu_event_missed - may an overflow of an active sampling event have no record?
 *
 * True: period.left is 0 or less, as after XEN_PMU_OVERFLOW_SAMPLE.  If the counter has passed zero
 * and the event has not, the counter is loaded again: it would not overflow again for years.
 */
bool xen_pmu_event_missed(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	const struct xen_pmu_counter *counter;

	if (!is_counted(v, e))
		return false;
	xen_pmu_event_update(v, e);
	if (e->period.left <= 0)
		return true;
	counter = &v->counter[e->slot];
	if (!(xen_pmu_rdpmc(counter->rdpmc) >> (counter->width - 1))) {
		spoil(v, (unsigned int)e->slot);
		xen_pmu_event_start(v, e);
	}
	return false;
}
