// SPDX-License-Identifier: GPL-2.0-only
/*
 * freeze.c - all events of a VCPU start and stop at one moment (pure).
 *
 * The outermost freeze stops Xen from applying (batch.h) and reads the counters that count
 * kernel code.  The outermost thaw gives slots to events, publishes at most one batch, and
 * lets those counters go on from the values of the freeze.  So nothing between is counted.
 *
 * All functions: interrupts off, on that VCPU.
 */
#include "event.h"
#include "freeze.h"
#include "place.h"
#include "reads.h"

/* The counters of kernel code have the values of this moment until the thaw. */
static void hold(struct xen_pmu_vcpu *v)
{
	v->held = xen_pmu_kernel_slots(v) & ~xen_pmu_batch_stales(&v->batch);
	xen_pmu_slot_snapshot(v, v->held, v->frozen);
}

/*
 * If Xen has refused the last batch, nothing of it is in force.  The event at fault loses its
 * slot, and the thaw publishes what the others want.
 */
static void take_refusal(struct xen_pmu_vcpu *v)
{
	unsigned int slot;

	xen_pmu_for_each(slot, xen_pmu_batch_refused(&v->batch)) {
		if (v->owner[slot])
			xen_pmu_event_refuse(v, v->owner[slot], READ_ONCE(v->batch.state->error));
		xen_pmu_batch_drop(&v->batch, slot);
	}
}

/* Stop Xen from applying, and see what became of the last batch. */
static void begin(struct xen_pmu_vcpu *v)
{
	unsigned int i;

	v->held = 0;	/* a refusal counts up to now, not to the freeze before */
	xen_pmu_batch_begin(&v->batch);
	xen_pmu_for_each(i, v->in[XEN_PMU_EVENT_PAUSED])
		xen_pmu_event_move(v, &v->event[i], XEN_PMU_EVENT_STOPPED);
	if (unlikely(v->batch.seq != v->batch.applied_seq))
		take_refusal(v);
}

/* Is this the outermost freeze, with a page?  Then @phase begins. */
static bool opens(struct xen_pmu_vcpu *v, enum xen_pmu_phase phase)
{
	if (v->phase != XEN_PMU_THAWED) {
		v->nested++;
		return false;
	}
	v->phase = phase;
	return v->page;
}

/* xen_pmu_freeze - count nothing from here to the thaw; nests */
void xen_pmu_freeze(struct xen_pmu_vcpu *v)
{
	if (!opens(v, XEN_PMU_FROZEN))
		return;
	begin(v);
	xen_pmu_reads_settle(v);
	xen_pmu_reads_begin(v);
	hold(v);
}

/*
 * xen_pmu_interrupted - begin to handle overflows; nests
 *
 * Kernel code's counts and exact periods must not count the handler.  Where there are none,
 * the handler is counted like any other code, and no counter is read.
 */
void xen_pmu_interrupted(struct xen_pmu_vcpu *v)
{
	if (!opens(v, XEN_PMU_FROZEN))
		return;
	begin(v);
	if (!v->use[XEN_PMU_USE_EXACT]) {
		v->phase = XEN_PMU_GOING;
		v->held = 0;
		return;
	}
	xen_pmu_readable(v);
	hold(v);
}

/*
 * Can an event go on from a slot's value?  A sampling event only if it would overflow at the right
 * moment.  A counting event could go on from any value, but who reads counters in user mode takes
 * their top bit for a sign (pmc_width, perf_event_open(2)).  That makes no difference while a
 * counter goes from half its range to zero, and is then loaded again (xen_pmu_overflow()).
 */
static bool suitable(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e,
		     unsigned int width)
{
	u64 counter = xen_pmu_event_counter(v, e);

	return xen_pmu_event_samples(e) ?
	       counter == xen_pmu_period_start(&e->period, width) : counter >> (width - 1);
}

/* Let an event's slot count for it: as the slot is if possible, else loaded again. */
static void load(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;
	const struct xen_pmu_counter *counter = &v->counter[slot];
	u64 ctl = xen_pmu_slot_ctl(counter, &e->wants);
	bool kept;

	if (unlikely(!xen_pmu_slot_can(counter, &e->wants))) {
		xen_pmu_event_refuse(v, e, XEN_PMU_ERR_CTL);
		return;
	}
	kept = !xen_pmu_slot_unfit(v, slot) && xen_pmu_batch_keep(&v->batch, slot, ctl);
	if (kept) {
		e->prev = xen_pmu_slot_value(v, slot);
		kept = suitable(v, e, counter->width);
	}
	if (kept) {
		xen_pmu_batch_tune(&v->batch, slot, e->period.repeat);
		v->stats.kept++;
	} else {
		e->prev = xen_pmu_period_start(&e->period, counter->width);
		xen_pmu_batch_load(&v->batch, slot, ctl, e->prev, e->period.repeat);
		v->unfit[XEN_PMU_UNFIT_VALUE] &= ~BIT_ULL(slot);
		v->unfit[XEN_PMU_UNFIT_FOREIGN] &= ~BIT_ULL(slot);
		v->stats.loaded++;
	}
	e->period.taken = xen_pmu_slot_taken(v, slot);
	xen_pmu_slot_runs(v, e);
}

/* Give a slot to each waiting event, and load it. */
static void load_waiting(struct xen_pmu_vcpu *v)
{
	unsigned int i;

	if (!v->in[XEN_PMU_EVENT_WAITING])
		return;
	xen_pmu_place(v);
	xen_pmu_for_each(i, v->in[XEN_PMU_EVENT_WAITING]) {
		struct xen_pmu_event *e = &v->event[i];

		if (unlikely(e->slot == XEN_PMU_NO_SLOT))
			/* after a resume with fewer slots */
			xen_pmu_event_refuse(v, e, XEN_PMU_ERR_SLOT);
		else
			load(v, e);
	}
}

/* xen_pmu_sync_now - have Xen apply what was published */
void xen_pmu_sync_now(struct xen_pmu_vcpu *v)
{
	v->stats.synced++;
	xen_pmu_sync();
	xen_pmu_batch_settle(&v->batch);
}

/* Does a slot among @slots count a mode whose start cannot wait for the next entry? */
static bool cannot_wait(const struct xen_pmu_vcpu *v, u64 slots)
{
	unsigned int slot;

	xen_pmu_for_each(slot, slots)
		if (v->batch.want.slot[slot].ctl & v->sync_modes)
			return true;
	return false;
}

/* xen_pmu_left_behind - slots that hold counts and that no event has */
u64 xen_pmu_left_behind(const struct xen_pmu_vcpu *v)
{
	u64 slots = xen_pmu_batch_counts(&v->batch);
	unsigned int slot;

	xen_pmu_for_each(slot, slots)
		if (v->owner[slot])
			slots &= ~BIT_ULL(slot);
	return slots;
}

/*
 * Sampling counters of kernel code have counted in all the frozen sections since they were loaded.
 * Where the period has to be exact, they are ahead of their events.  They would overflow early, only
 * to be loaded again, and such an overflow costs more than ten loads.  So a batch that needs a sync
 * anyway loads them again, with what is left of their periods.
 *
 * A counter whose period is over is left alone: its record is still to come.
 */
static void put_right(struct xen_pmu_vcpu *v)
{
	unsigned int slot;

	xen_pmu_for_each(slot, v->use[XEN_PMU_USE_EXACT] & v->held) {
		struct xen_pmu_event *e = v->owner[slot];

		if (!xen_pmu_event_samples(e) || xen_pmu_batch_stale(&v->batch, slot))
			continue;
		xen_pmu_event_update(v, e);
		if (e->period.left > 0)
			load(v, e);
	}
}

/*
 * Counters of kernel code have gone on since the freeze, or have run for a few instructions
 * since they were loaded: skip that.  An exact period's counter overflows early by as much,
 * and its handler goes on with the rest (xen_pmu_overflow()).  One that aims at a rate ends
 * early, and its sample weighs less.  @loaded: slots that this thaw has loaded.
 */
static void skip(struct xen_pmu_vcpu *v, const u64 *from, u64 loaded)
{
	u64 slots = xen_pmu_kernel_slots(v) & ~xen_pmu_batch_stales(&v->batch);
	u64 now[XEN_PMU_SLOTS];
	unsigned int slot;

	xen_pmu_slot_snapshot(v, slots, now);
	xen_pmu_for_each(slot, slots) {
		struct xen_pmu_event *e = v->owner[slot];
		u64 skipped = xen_pmu_delta(now[slot], from[slot], v->counter[slot].width);

		e->prev = (e->prev + skipped) & xen_pmu_slot_mask(v, slot);
		xen_pmu_period_skip(&e->period, skipped, loaded & BIT_ULL(slot));
		v->outdated |= e->bit;
	}
}

/* Publish what has changed; @hurry: and have Xen apply it now. */
static void publish(struct xen_pmu_vcpu *v, bool hurry)
{
	while (xen_pmu_batch_end(&v->batch)) {
		v->stats.published++;
		if (!hurry)
			return;
		xen_pmu_sync_now(v);
		/* Each refusal takes a slot out of the batch, so this ends. */
		if (likely(!xen_pmu_batch_refused(&v->batch)))
			return;
		xen_pmu_batch_begin(&v->batch);
		take_refusal(v);
	}
}

/* The rest of the outermost thaw, where events or what Xen is to run have changed. */
static noinline void thaw_changed(struct xen_pmu_vcpu *v)
{
	bool going = v->phase == XEN_PMU_GOING;
	u64 from[XEN_PMU_SLOTS], loaded;
	unsigned int slot;
	bool hurry;

	load_waiting(v);
	hurry = cannot_wait(v, xen_pmu_batch_news(&v->batch));
	if (hurry && !going)
		put_right(v);
	if (v->reader == XEN_PMU_READER_HERE || (v->reader == XEN_PMU_READER_COMES && hurry))
		xen_pmu_batch_blank(&v->batch, xen_pmu_left_behind(v));
	xen_pmu_for_each(slot, going ? 0 : xen_pmu_kernel_slots(v))
		from[slot] = xen_pmu_slot_value(v, slot);
	loaded = xen_pmu_batch_stales(&v->batch);
	xen_pmu_publish_flags(v);
	publish(v, hurry);
	v->phase = XEN_PMU_THAWED;
	if (!going)
		skip(v, from, loaded);
}

/* An overflow was handled, and no counter is to be loaded or blanked: the usual case. */
static bool all_stays(const struct xen_pmu_vcpu *v)
{
	return v->phase == XEN_PMU_GOING && v->reader == XEN_PMU_READER_NONE &&
	       !(v->in[XEN_PMU_EVENT_WAITING] | v->in[XEN_PMU_EVENT_REFUSED]);
}

/* xen_pmu_thaw - let everything that should count do so, from here on */
void xen_pmu_thaw(struct xen_pmu_vcpu *v)
{
	if (v->nested) {
		v->nested--;
	} else if (!v->page) {
		v->phase = XEN_PMU_THAWED;
	} else if (all_stays(v)) {
		v->stats.published += xen_pmu_batch_end(&v->batch);
		v->phase = XEN_PMU_THAWED;
	} else {
		thaw_changed(v);
	}
}
