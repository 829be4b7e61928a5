// SPDX-License-Identifier: GPL-2.0-only
/*
 * vcpu.c - the events of one VCPU and their slots (pure).
 *
 * All functions: interrupts off, on that VCPU; all but freeze and update
 * between freeze and thaw.
 */
#include "event.h"
#include "period.h"
#include "place.h"
#include "reads.h"
#include "vcpu.h"

/*
 * xen_pmu_vcpu_attach - begin to use a page that Xen has filled in
 * @offer: what Xen has filled in, checked
 * @sync_modes: modes of ctl that an entry on the way to user mode is too late
 *		for: XEN_PMU_CTL_OS on PV, XEN_PMU_CTL_MODES where a return to
 *		user mode does not pass through Xen (R3)
 *
 * Events that were added before (with another page, or none) are loaded by the
 * next thaw.
 */
void xen_pmu_vcpu_attach(struct xen_pmu_vcpu *v, struct xen_pmu_page *page,
			 const struct xen_pmu_const *offer, u64 sync_modes)
{
	unsigned int slot, nr = offer->nr_gp + offer->nr_fixed;

	v->nr_slots = nr < XEN_PMU_SLOTS ? nr : XEN_PMU_SLOTS;
	for (slot = v->nr_slots; slot < XEN_PMU_SLOTS; slot++)
		if (v->owner[slot])	/* the page before had more slots */
			xen_pmu_slot_release(v, v->owner[slot]);
	for (slot = 0; slot < v->nr_slots; slot++) {
		v->width[slot] = slot < offer->nr_gp ? offer->gp_width : offer->fixed_width;
		v->rdpmc[slot] = offer->rdpmc[slot];
	}
	v->can_hide = offer->features & XEN_PMU_FEAT_USER;
	v->can_ask = offer->features & XEN_PMU_FEAT_SELDOM;
	v->can_tell = offer->features & XEN_PMU_FEAT_TELL;
	v->seldom = false;
	v->reads = 0;
	v->tick = xen_pmu_ticks();
	v->sync_modes = sync_modes;
	v->watched = true;
	xen_pmu_batch_attach(&v->batch, page);
	v->batch.lazy = sync_modes & XEN_PMU_CTL_USR;
	v->page = page;
}

/*
 * xen_pmu_vcpu_detach - stop using the page
 *
 * Counts up to now are kept; events that run wait for the next page.
 */
void xen_pmu_vcpu_detach(struct xen_pmu_vcpu *v)
{
	unsigned int i;

	for (i = 0; i < XEN_PMU_SLOTS; i++) {
		struct xen_pmu_event *e = &v->event[i];

		if (!e->perf || !e->running)
			continue;
		xen_pmu_event_update(v, e);
		v->load |= e->bit;
		v->unseen |= e->bit;
	}
	v->watched = true;
	v->kernel = 0;
	v->anew = 0;
	v->held = 0;
	v->page = NULL;
	xen_pmu_batch_detach(&v->batch);
}

/*
 * Read slots one after the other.  Both the freeze and the thaw use this same
 * code: what a counter counts while its neighbours are read is then the same
 * at the start as at the end, and cancels in sums of events of a group.
 */
static noinline void snapshot(const struct xen_pmu_vcpu *v, u64 slots,
			      u64 *value)
{
	unsigned int slot;

	xen_pmu_for_each(slot, slots)
		value[slot] = xen_pmu_slot_counted(v, slot);
}

/* The values of counters of kernel code are those of here until the thaw. */
static void hold(struct xen_pmu_vcpu *v)
{
	v->held = v->kernel & ~v->batch.stale;
	snapshot(v, v->held, v->frozen);
}

/*
 * If Xen has refused the last batch, nothing of it is in force.  The event at fault
 * loses its slot, and the thaw publishes what the others want.
 */
static void take_refusal(struct xen_pmu_vcpu *v)
{
	unsigned int slot;

	xen_pmu_for_each(slot, xen_pmu_batch_refused(&v->batch)) {
		struct xen_pmu_event *e = v->owner[slot];

		if (e)
			xen_pmu_event_refuse(v, e, READ_ONCE(v->batch.state->error));
		xen_pmu_batch_drop(&v->batch, slot);
	}
}

/* Stop Xen from applying, and see what became of the last batch. */
static void begin(struct xen_pmu_vcpu *v)
{
	xen_pmu_batch_begin(&v->batch);
	v->stopped = 0;
	if (unlikely(v->batch.seq != v->batch.applied_seq))
		take_refusal(v);
}

/*
 * xen_pmu_freeze - count nothing from here to the thaw; nests
 */
void xen_pmu_freeze(struct xen_pmu_vcpu *v)
{
	if (v->depth++ || !v->page)
		return;
	begin(v);
	xen_pmu_reads_settle(v);
	xen_pmu_reads_begin(v);
	hold(v);
}

/*
 * xen_pmu_interrupted - begin to handle overflows
 *
 * What counts, or has an exact period, does not count the handler.  Where there is
 * nothing of the kind in kernel code, the handler is counted like any other.
 */
void xen_pmu_interrupted(struct xen_pmu_vcpu *v)
{
	if (v->depth++ || !v->page)
		return;
	begin(v);
	v->going = !(v->kernel & v->exact);
	if (v->going) {
		v->held = 0;
		return;
	}
	xen_pmu_readable(v);
	hold(v);
}

/*
 * Can an event go on from a slot's value?  A counting one could from any, but
 * who reads counters in user mode takes their top bit for a sign (pmc_width,
 * perf_event_open(2)): as long as a counter goes from there to zero and is then
 * started anew (xen_pmu_overflow()), that makes no difference.
 */
static bool suitable(const struct xen_pmu_vcpu *v,
		     const struct xen_pmu_event *e, u64 start)
{
	u64 counter = xen_pmu_event_counter(v, e);

	return e->sampling ? counter == start :
			     counter >> (v->width[e->slot] - 1);
}

/* Events; more is not the thaw's own code, but something that came in between. */
#define LONGEST_LEAD	4096

/*
 * The counter value from which an event starts.  A sampling counter of kernel code
 * counts the rest of the thaw that loads it, too, and would overflow by as much early:
 * in the thaw itself if little is left of the period.  So it begins that much before.
 */
static u64 start_value(const struct xen_pmu_vcpu *v, const struct xen_pmu_event *e)
{
	s64 left = S64_MAX;

	if (e->sampling && e->left < S64_MAX - LONGEST_LEAD)
		left = (e->left > 0 ? e->left : 1) + e->lead;
	return xen_pmu_start_value(left, v->width[e->slot]);
}

/* Let an event's slot count for it: as it is if possible, else loaded anew. */
static void load(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;
	u64 start = start_value(v, e);
	u32 period = e->sampling ? e->period : 0;
	bool kept = !((v->foreign | v->anew) & BIT_ULL(slot)) &&
		    xen_pmu_batch_keep(&v->batch, slot, e->ctl);

	if (kept) {
		e->prev = xen_pmu_slot_value(v, slot);
		kept = suitable(v, e, start);
	}
	if (kept) {
		xen_pmu_batch_tune(&v->batch, slot, period);
		v->stats.kept++;
	} else {
		xen_pmu_batch_load(&v->batch, slot, e->ctl, start, period);
		v->foreign &= ~BIT_ULL(slot);
		v->anew &= ~BIT_ULL(slot);
		e->prev = start;
		v->stats.loaded++;
	}
	e->renewed = xen_pmu_slot_renewed(v, slot);
	xen_pmu_slot_runs(v, e);
}

static void sync_now(struct xen_pmu_vcpu *v)
{
	v->stats.synced++;
	xen_pmu_sync();
	xen_pmu_batch_settle(&v->batch);
}

/* Slots among @slots whose event counts a mode that cannot wait. */
static bool cannot_wait(const struct xen_pmu_vcpu *v, u64 slots)
{
	unsigned int slot;

	xen_pmu_for_each(slot, slots)
		if (v->batch.want[slot].ctl & v->sync_modes)
			return true;
	return false;
}

/* Slots that hold counts and that no event has. */
static u64 left_behind(const struct xen_pmu_vcpu *v)
{
	u64 slots = xen_pmu_batch_counts(&v->batch);
	unsigned int slot;

	xen_pmu_for_each(slot, slots)
		if (v->owner[slot])
			slots &= ~BIT_ULL(slot);
	return slots;
}

/* Slots whose counts Xen has yet to forget. */
static u64 concealing(const struct xen_pmu_vcpu *v)
{
	return v->batch.blank & v->batch.stale;
}

/* Let Xen forget them. */
static void hide(struct xen_pmu_vcpu *v)
{
	xen_pmu_batch_blank(&v->batch, left_behind(v));
}

/*
 * Sampling counters of kernel code have counted in all the frozen sections since
 * they were loaded: where the period has to be exact, they are ahead of their events,
 * and would overflow early by as much, only to be loaded anew, which costs more than
 * ten loads.  A batch that Xen is called for does that before: what is left of the
 * period is all that there is to count.
 *
 * One whose period is over already has a record that is still to come.
 */
static void put_right(struct xen_pmu_vcpu *v)
{
	unsigned int slot;

	xen_pmu_for_each(slot, v->kernel & v->exact & v->held) {
		struct xen_pmu_event *e = v->owner[slot];

		if (!e->running || !e->sampling ||
		    v->batch.stale & BIT_ULL(e->slot))
			continue;
		xen_pmu_event_update(v, e);
		if (e->left > 0)
			load(v, e);
	}
}

/*
 * Counters of kernel code have gone on since the freeze, or have run for a few
 * instructions since they were loaded: skip that.  A sampling one overflows
 * early by as much, which its handler makes up for (xen_pmu_overflow()), or it
 * need not, and its sample stands for less.
 *
 * @loaded: slots that this thaw has loaded.  The code from the load to here hardly
 * changes, so the next load goes by what it has counted this time.
 */
static void skip(struct xen_pmu_vcpu *v, const u64 *from, u64 loaded)
{
	u64 slots = v->kernel & ~v->batch.stale;
	u64 now[XEN_PMU_SLOTS];
	unsigned int slot;

	snapshot(v, slots, now);
	xen_pmu_for_each(slot, slots) {
		struct xen_pmu_event *e = v->owner[slot];
		u64 skipped = xen_pmu_delta(now[slot], from[slot], v->width[slot]);

		e->prev = (e->prev + skipped) & GENMASK_ULL(v->width[slot] - 1, 0);
		if (e->rate) {
			e->left -= (s64)skipped;
			e->uncounted += skipped;
		} else if (loaded & BIT_ULL(slot)) {
			e->lead = skipped < LONGEST_LEAD ? (u32)skipped : LONGEST_LEAD;
		}
		v->unseen |= e->bit;
	}
}

/* The rest of the outermost thaw, where events or what Xen is to run have changed. */
static noinline void thaw(struct xen_pmu_vcpu *v)
{
	u64 from[XEN_PMU_SLOTS];
	unsigned int i;
	u64 loaded;
	bool hurry;

	if (v->load)
		xen_pmu_place(v);
	xen_pmu_for_each(i, v->load) {
		struct xen_pmu_event *e = &v->event[i];

		if (likely(e->slot != XEN_PMU_NO_SLOT))
			load(v, e);
		else		/* after a resume with fewer slots */
			xen_pmu_event_refuse(v, e, XEN_PMU_ERR_SLOT);
	}
	hurry = cannot_wait(v, xen_pmu_batch_news(&v->batch));
	if (hurry && !v->going)
		put_right(v);
	if (v->exposed || (v->hiding && hurry))
		hide(v);
	xen_pmu_for_each(i, v->going ? 0 : v->kernel)
		from[i] = xen_pmu_slot_value(v, i);
	loaded = v->batch.stale;

	xen_pmu_publish_flags(v);
	while (xen_pmu_batch_end(&v->batch)) {
		v->stats.published++;
		if (!hurry)
			break;
		sync_now(v);
		/* Each refusal takes a slot out of the batch. */
		if (likely(!xen_pmu_batch_refused(&v->batch)))
			break;
		xen_pmu_batch_begin(&v->batch);
		take_refusal(v);
	}
	v->depth = 0;
	if (!v->going)
		skip(v, from, loaded);
	v->going = false;
}

/* An overflow was handled, and no counter is to be loaded or hidden: the usual case. */
static bool all_stays(const struct xen_pmu_vcpu *v)
{
	return v->going && !v->load && !v->exposed && !v->hiding && !v->refused;
}

/*
 * xen_pmu_thaw - let everything that should count do so, from here on
 */
void xen_pmu_thaw(struct xen_pmu_vcpu *v)
{
	if (v->depth > 1 || !v->page) {
		v->depth--;
		return;
	}
	if (all_stays(v)) {
		v->stats.published += xen_pmu_batch_end(&v->batch);
		v->depth = 0;
		v->going = false;
		return;
	}
	thaw(v);
}

/*
 * xen_pmu_vcpu_reader - another process is to run, and it may read counters
 *
 * Before perf takes away the events of the one before.  What those have counted is
 * not for its eyes, in no counter: see the kernel's own driver, which starts every
 * event from a fresh value.  Returns whether there is anything of the kind.
 */
bool xen_pmu_vcpu_reader(struct xen_pmu_vcpu *v)
{
	if (!v->page)
		return false;
	v->foreign = v->batch.loaded;
	return xen_pmu_batch_counts(&v->batch) | concealing(v);
}

/*
 * xen_pmu_vcpu_renew - the process that runs may read counters from here on
 *
 * Its events run already, perhaps in slots that have counted for others before:
 * they start from fresh values.
 */
void xen_pmu_vcpu_renew(struct xen_pmu_vcpu *v)
{
	unsigned int slot;

	if (!xen_pmu_vcpu_reader(v))
		return;
	xen_pmu_freeze(v);
	for (slot = 0; slot < v->nr_slots; slot++) {
		struct xen_pmu_event *e = v->owner[slot];

		if (e && e->running && !e->sampling)
			xen_pmu_event_start(v, e);
	}
	xen_pmu_thaw(v);
}

/*
 * xen_pmu_vcpu_expose - let user mode read counters from here on, or not
 *
 * Also outside of freeze: then it is published at once, and is in force when
 * the VCPU next goes to user mode.  Called at each switch to another process, it is
 * also where one sees that counters are not read any more.
 */
void xen_pmu_vcpu_expose(struct xen_pmu_vcpu *v, bool exposed)
{
	bool settled = v->page && xen_pmu_reads_settle(v);

	if (v->exposed == exposed) {
		if (settled)
			xen_pmu_publish_flags(v);
		return;
	}
	v->exposed = exposed;
	xen_pmu_freeze(v);
	xen_pmu_thaw(v);
}

/*
 * xen_pmu_vcpu_forget - let Xen forget what events that are gone have counted
 */
void xen_pmu_vcpu_forget(struct xen_pmu_vcpu *v)
{
	if (!v->page)
		return;
	xen_pmu_freeze(v);
	hide(v);
	xen_pmu_thaw(v);
}

/*
 * xen_pmu_vcpu_conceal - the same, where user mode will read counters before Xen
 * next looks: that it has forgotten them is so when this returns
 *
 * Not between freeze and thaw.  Makes no hypercall if there is nothing to forget.
 */
void xen_pmu_vcpu_conceal(struct xen_pmu_vcpu *v)
{
	v->hiding = false;
	if (!v->page || !(left_behind(v) | concealing(v)))
		return;
	xen_pmu_vcpu_forget(v);
	if (concealing(v))
		sync_now(v);
}
