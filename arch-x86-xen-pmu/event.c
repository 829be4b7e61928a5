// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - what one event of a VCPU has counted, and whether it should (pure).
 *
 * All functions: interrupts off, on that VCPU; all but update and map between freeze
 * and thaw.
 */
#include "slots.h"
#include "period.h"

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

/*
 * xen_pmu_event_add - take an event, stopped
 * @ctl:	its programming
 * @allowed:	slots that can count it
 * @sampling:	it has a period: set e->left and e->period before each start
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
	e->bit = BIT_ULL(e - v->event);
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
	v->refused &= ~e->bit;
	v->nr_events--;
}

/* Is an overflow of the event's slot handled with a look at its counter? */
static void slot_looked_at(struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
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
	slot_looked_at(v, e);
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
	xen_pmu_release_slot(v, e);
}

/*
 * xen_pmu_event_map - give an event another programming, while no page is attached
 */
void xen_pmu_event_map(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, u64 ctl,
		       u64 allowed)
{
	xen_pmu_release_slot(v, e);
	e->ctl = ctl;
	e->allowed = allowed;
}

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
	slot_looked_at(v, e);
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
