// SPDX-License-Identifier: GPL-2.0-only
/*
 * vcpu.c - the events of one VCPU and their slots (pure).
 *
 * All functions: interrupts off, on that VCPU; all but freeze and update
 * between freeze and thaw.
 */
#include "vcpu.h"
#include "period.h"

/*
 * xen_pmu_vcpu_attach - begin to use a page that Xen has filled in
 * @sync_modes: modes of ctl that an entry on the way to user mode is too late
 *		for: XEN_PMU_CTL_OS on PV, XEN_PMU_CTL_MODES where a return to
 *		user mode does not pass through Xen (R3)
 *
 * Events that were added before (with another page, or none) are loaded by the
 * next thaw.
 */
void xen_pmu_vcpu_attach(struct xen_pmu_vcpu *v, struct xen_pmu_page *page,
			 u64 sync_modes)
{
	const struct xen_pmu_const *c = &page->constant;
	unsigned int slot, nr = c->nr_gp + c->nr_fixed;

	v->nr_slots = nr < XEN_PMU_SLOTS ? nr : XEN_PMU_SLOTS;
	for (slot = 0; slot < v->nr_slots; slot++) {
		v->width[slot] = slot < c->nr_gp ? c->gp_width : c->fixed_width;
		v->rdpmc[slot] = c->rdpmc[slot];
	}
	v->can_hide = c->features & XEN_PMU_FEAT_USER;
	v->sync_modes = sync_modes;
	xen_pmu_batch_attach(&v->batch, page);
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
		e->load = true;
	}
	v->kernel = 0;
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
	for (; slots; slots &= slots - 1) {
		unsigned int slot = __ffs64(slots);

		value[slot] = xen_pmu_rdpmc(v->rdpmc[slot]);
	}
}

/*
 * A slot's value for the whole time between freeze and thaw.  What Xen has not
 * loaded yet has counted nothing: its value is what it will start with (R8).
 */
static u64 slot_value(struct xen_pmu_vcpu *v, unsigned int slot)
{
	if (xen_pmu_batch_stale(&v->batch, slot))
		return v->batch.want[slot].start;
	if (!(v->held & BIT_ULL(slot))) {
		v->frozen[slot] = xen_pmu_rdpmc(v->rdpmc[slot]);
		v->held |= BIT_ULL(slot);
	}
	return v->frozen[slot];
}

/*
 * xen_pmu_freeze - count nothing from here to the thaw; nests
 */
void xen_pmu_freeze(struct xen_pmu_vcpu *v)
{
	if (v->depth++ || !v->page)
		return;
	xen_pmu_batch_begin(&v->batch);
	v->held = v->kernel & ~v->batch.stale;
	snapshot(v, v->held, v->frozen);
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
	if (!v->page || !e->running || e->load || e->slot == XEN_PMU_NO_SLOT)
		return;
	count_to(v, e, v->depth ? slot_value(v, e->slot) :
				  live_value(v, e->slot));
}

static void release_slot(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	if (e->slot == XEN_PMU_NO_SLOT)
		return;
	v->batch.want_run &= ~BIT_ULL(e->slot);
	v->kernel &= ~BIT_ULL(e->slot);
	v->owner[e->slot] = NULL;
	e->slot = XEN_PMU_NO_SLOT;
}

/* Would all events fit, with one more that may use @allowed? */
static bool fits(const struct xen_pmu_vcpu *v, u64 allowed)
{
	u64 mask[XEN_PMU_SLOTS];
	s8 slot[XEN_PMU_SLOTS];
	unsigned int i, nr = 0;

	if (v->nr_events >= v->nr_slots)
		return false;
	if (allowed == GENMASK_ULL(v->nr_slots - 1, 0))
		return true;	/* any slot will do, and one is left */
	for (i = 0; i < XEN_PMU_SLOTS; i++) {
		if (!v->event[i].perf)
			continue;
		slot[nr] = v->event[i].slot;
		mask[nr++] = v->event[i].allowed;
	}
	slot[nr] = XEN_PMU_NO_SLOT;
	mask[nr++] = allowed;
	return xen_pmu_assign(mask, slot, nr);
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
	if (!fits(v, allowed))
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
	release_slot(v, e);
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
	e->load = true;
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
	e->load = false;
	if (e->slot != XEN_PMU_NO_SLOT) {
		v->batch.want_run &= ~BIT_ULL(e->slot);
		v->kernel &= ~BIT_ULL(e->slot);
	}
}

/*
 * How well a free slot suits a programming.  Best is one that runs it already
 * (R6); of the others first those that nothing was ever loaded into, because
 * what was there may be wanted again.
 */
static int suits(const struct xen_pmu_batch *b, unsigned int slot, u64 ctl)
{
	if (b->want[slot].gen && b->want[slot].ctl == ctl)
		return b->applied_run & BIT_ULL(slot) ? 4 : 3;
	if (b->applied[slot].gen && b->applied[slot].ctl == ctl)
		return 2;
	return b->want[slot].gen ? 0 : 1;
}

/* Give @e the free slot that suits best, if one does at least @enough. */
static void seat(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, int enough)
{
	int best = enough - 1, slot = XEN_PMU_NO_SLOT;
	u64 todo = e->allowed;

	for (; todo; todo &= todo - 1) {
		unsigned int s = __ffs64(todo);
		int score;

		if (v->owner[s])
			continue;
		score = suits(&v->batch, s, e->ctl);
		if (score > best) {
			best = score;
			slot = (int)s;
		}
	}
	if (slot == XEN_PMU_NO_SLOT)
		return;
	e->slot = (s8)slot;
	v->owner[slot] = e;
}

/* Events without a slot although there is room: others have to move. */
static void rearrange(struct xen_pmu_vcpu *v)
{
	struct xen_pmu_event *who[XEN_PMU_SLOTS];
	u64 allowed[XEN_PMU_SLOTS];
	s8 slot[XEN_PMU_SLOTS];
	unsigned int i, nr = 0;

	for (i = 0; i < XEN_PMU_SLOTS; i++) {
		struct xen_pmu_event *e = &v->event[i];

		if (!e->perf || (e->slot == XEN_PMU_NO_SLOT && !e->running))
			continue;
		who[nr] = e;
		allowed[nr] = e->allowed;
		slot[nr++] = e->slot;
	}
	if (!xen_pmu_assign(allowed, slot, nr))
		return;		/* cannot be: xen_pmu_event_add() saw to it */
	for (i = 0; i < nr; i++) {
		if (slot[i] == who[i]->slot)
			continue;
		if (who[i]->slot != XEN_PMU_NO_SLOT)
			v->stats.moved++;
		xen_pmu_event_update(v, who[i]);
		release_slot(v, who[i]);
		who[i]->load = who[i]->running;
	}
	for (i = 0; i < nr; i++) {
		who[i]->slot = slot[i];
		v->owner[slot[i]] = who[i];
	}
}

/* Give every event that wants to run a slot. */
static void place(struct xen_pmu_vcpu *v)
{
	bool crowded = false;
	unsigned int i;
	int enough;

	for (enough = 2; enough >= 0; enough -= 2) {
		crowded = false;
		for (i = 0; i < XEN_PMU_SLOTS; i++) {
			struct xen_pmu_event *e = &v->event[i];

			if (!e->perf || !e->load || e->slot != XEN_PMU_NO_SLOT)
				continue;
			seat(v, e, enough);
			crowded |= e->slot == XEN_PMU_NO_SLOT;
		}
	}
	if (crowded)
		rearrange(v);
}

/*
 * Can an event go on from a slot's value?  A counting one could from any, but
 * who reads counters in user mode takes their top bit for a sign (pmc_width,
 * perf_event_open(2)): as long as a counter goes from there to zero and is then
 * started anew (xen_pmu_overflow()), that makes no difference.
 */
static bool suitable(const struct xen_pmu_vcpu *v,
		     const struct xen_pmu_event *e, u64 value, u64 start)
{
	return e->sampling ? value == start : value >> (v->width[e->slot] - 1);
}

/* Let an event's slot count for it: as it is if possible, else loaded anew. */
static void load(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	unsigned int slot = (unsigned int)e->slot;
	u64 start = xen_pmu_start_value(e->sampling ? e->left : S64_MAX,
					v->width[slot]);

	if (xen_pmu_batch_keep(&v->batch, slot, e->ctl) &&
	    suitable(v, e, slot_value(v, slot), start)) {
		e->prev = slot_value(v, slot);
		v->stats.kept++;
	} else {
		xen_pmu_batch_load(&v->batch, slot, e->ctl, start);
		e->prev = start;
		v->stats.loaded++;
	}
	v->batch.want_run |= BIT_ULL(slot);
	if (e->ctl & XEN_PMU_CTL_OS)
		v->kernel |= BIT_ULL(slot);
	e->load = false;
	v->started |= BIT_ULL(e - v->event);
}

/* Slots among @slots whose event counts a mode that cannot wait. */
static bool cannot_wait(const struct xen_pmu_vcpu *v, u64 slots)
{
	for (; slots; slots &= slots - 1)
		if (v->batch.want[__ffs64(slots)].ctl & v->sync_modes)
			return true;
	return false;
}

/* Let Xen forget what slots that no event has have counted. */
static void hide(struct xen_pmu_vcpu *v)
{
	u64 slots = xen_pmu_batch_counts(&v->batch), todo;

	for (todo = slots; todo; todo &= todo - 1)
		if (v->owner[__ffs64(todo)])
			slots &= ~BIT_ULL(__ffs64(todo));
	xen_pmu_batch_blank(&v->batch, slots);
}

/*
 * request.user: where there is nothing to hide user mode may look, because Xen
 * then need not switch anything when the mode changes.
 */
static u32 user_bits(const struct xen_pmu_vcpu *v)
{
	return v->can_hide && (v->exposed || !xen_pmu_batch_counts(&v->batch)) ?
	       XEN_PMU_USER_RDPMC : 0;
}

/*
 * Counters of kernel code have gone on since the freeze, or have run for a few
 * instructions since they were loaded: skip that.  A sampling one overflows
 * early by as much, which its handler makes up for (xen_pmu_overflow()).
 */
static void skip(struct xen_pmu_vcpu *v, u64 slots, const u64 *from)
{
	u64 now[XEN_PMU_SLOTS];

	snapshot(v, slots, now);
	for (; slots; slots &= slots - 1) {
		unsigned int slot = __ffs64(slots);
		struct xen_pmu_event *e = v->owner[slot];

		e->prev = (e->prev + now[slot] - from[slot]) &
			  GENMASK_ULL(v->width[slot] - 1, 0);
		v->started |= BIT_ULL(e - v->event);
	}
}

/*
 * xen_pmu_thaw - let everything that should count do so, from here on
 */
void xen_pmu_thaw(struct xen_pmu_vcpu *v)
{
	u64 from[XEN_PMU_SLOTS];
	bool hurry;
	unsigned int i;
	u64 todo;

	if (v->depth > 1 || !v->page) {
		v->depth--;
		return;
	}
	place(v);
	for (i = 0; i < XEN_PMU_SLOTS; i++) {
		struct xen_pmu_event *e = &v->event[i];

		if (e->perf && e->load && e->slot != XEN_PMU_NO_SLOT)
			load(v, e);
	}
	if (v->exposed)
		hide(v);
	for (todo = v->kernel; todo; todo &= todo - 1)
		from[__ffs64(todo)] = slot_value(v, __ffs64(todo));

	hurry = cannot_wait(v, xen_pmu_batch_news(&v->batch));
	if (xen_pmu_batch_end(&v->batch, user_bits(v))) {
		v->stats.published++;
		if (hurry) {
			v->stats.synced++;
			xen_pmu_sync(v);
			xen_pmu_batch_settle(&v->batch);
		}
	}
	v->depth = 0;
	skip(v, v->kernel & ~v->batch.stale, from);
}

/*
 * xen_pmu_vcpu_expose - let user mode read counters from here on, or not
 *
 * Also outside of freeze: then it is published at once, and is in force when
 * the VCPU next goes to user mode.
 */
void xen_pmu_vcpu_expose(struct xen_pmu_vcpu *v, bool exposed)
{
	if (v->exposed == exposed)
		return;
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

	if (!e || !e->running || e->load ||
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
