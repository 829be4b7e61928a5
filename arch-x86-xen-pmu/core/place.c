// SPDX-License-Identifier: GPL-2.0-only
/*
 * place.c - which of a VCPU's events gets which slot (pure).
 *
 * All functions: interrupts off, on that VCPU, between freeze and thaw.
 */
#include "event.h"
#include "place.h"

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
		if (v->event[i].state == XEN_PMU_EVENT_FREE)
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
 * @allowed:	slots that can count it
 * @kind:	other than XEN_PMU_PERIOD_NONE: begin the period before each start
 *
 * The caller sets @perf.  NULL if the event does not fit together with the others.
 */
struct xen_pmu_event *xen_pmu_event_add(struct xen_pmu_vcpu *v,
					const struct xen_pmu_wants *wants, u64 allowed,
					enum xen_pmu_period_kind kind)
{
	struct xen_pmu_event *e = v->event;

	if (!v->page)
		return NULL;
	allowed &= GENMASK_ULL(v->nr_slots - 1, 0);
	if (!fits(v, allowed))
		return NULL;
	while (e->state != XEN_PMU_EVENT_FREE)
		e++;
	memset(e, 0, sizeof(*e));
	e->wants = *wants;
	e->allowed = allowed;
	e->period.kind = kind;
	e->period.left = S64_MAX;
	e->slot = XEN_PMU_NO_SLOT;
	e->bit = BIT_ULL(e - v->event);
	xen_pmu_event_move(v, e, XEN_PMU_EVENT_STOPPED);
	v->nr_events++;
	return e;
}

/*
 * How well a free slot suits a programming.  A slot that has this programming suits best
 * (R6).  Of the others those suit better into which nothing was ever loaded, because what
 * the others hold may be wanted again.
 */
enum { HOLDS_ANOTHER, HOLDS_NOTHING, RAN_IT, HAS_IT, RUNS_IT };

static int suits(const struct xen_pmu_batch *b, unsigned int slot, u64 ctl)
{
	const struct xen_pmu_programming *want = &b->want.slot[slot];
	const struct xen_pmu_programming *applied = &b->applied.slot[slot];

	if (want->ctl == ctl && want->gen)
		return b->applied.run & BIT_ULL(slot) ? RUNS_IT : HAS_IT;
	if (applied->ctl == ctl && applied->gen)
		return RAN_IT;
	return want->gen ? HOLDS_ANOTHER : HOLDS_NOTHING;
}

/* Give @e the free slot that suits best, if one does at least @enough. */
static void seat(struct xen_pmu_vcpu *v, struct xen_pmu_event *e, int enough)
{
	int best = enough - 1, slot = XEN_PMU_NO_SLOT;
	unsigned int s;

	xen_pmu_for_each(s, e->allowed) {
		int score;

		if (v->owner[s])
			continue;
		score = suits(&v->batch, s, xen_pmu_slot_ctl(&v->counter[s], &e->wants));
		if (score > best) {
			best = score;
			slot = (int)s;
		}
		if (score == RUNS_IT)
			break;
	}
	if (slot == XEN_PMU_NO_SLOT)
		return;
	e->slot = (s8)slot;
	v->owner[slot] = e;
}

/* There are events without a slot although there is room: others have to move. */
static void rearrange(struct xen_pmu_vcpu *v)
{
	struct xen_pmu_event *who[XEN_PMU_SLOTS];
	u64 allowed[XEN_PMU_SLOTS];
	s8 slot[XEN_PMU_SLOTS];
	unsigned int i, nr = 0;

	for (i = 0; i < XEN_PMU_SLOTS; i++) {
		struct xen_pmu_event *e = &v->event[i];

		if (e->state == XEN_PMU_EVENT_FREE ||
		    (e->slot == XEN_PMU_NO_SLOT && !xen_pmu_event_active(e)))
			continue;
		who[nr] = e;
		allowed[nr] = e->allowed;
		slot[nr++] = e->slot;
	}
	if (!xen_pmu_assign(allowed, slot, nr))
		return;		/* only after a resume with fewer slots: the thaw refuses them */
	for (i = 0; i < nr; i++) {
		if (slot[i] == who[i]->slot)
			continue;
		if (who[i]->slot != XEN_PMU_NO_SLOT)
			v->stats.moved++;
		xen_pmu_event_update(v, who[i]);
		xen_pmu_slot_release(v, who[i]);
		if (xen_pmu_event_active(who[i]))
			xen_pmu_event_move(v, who[i], XEN_PMU_EVENT_WAITING);
	}
	for (i = 0; i < nr; i++) {
		who[i]->slot = slot[i];
		v->owner[slot[i]] = who[i];
	}
}

/*
 * xen_pmu_place - give every waiting event a slot
 *
 * First those choose for which a slot has the right programming, then the others.
 */
void xen_pmu_place(struct xen_pmu_vcpu *v)
{
	static const int passes[] = { RAN_IT, HOLDS_ANOTHER };
	bool crowded;
	unsigned int i, pass;

	for (pass = 0; pass < 2; pass++) {
		crowded = false;
		xen_pmu_for_each(i, v->in[XEN_PMU_EVENT_WAITING]) {
			struct xen_pmu_event *e = &v->event[i];

			if (e->slot != XEN_PMU_NO_SLOT)
				continue;
			seat(v, e, passes[pass]);
			crowded |= e->slot == XEN_PMU_NO_SLOT;
		}
		if (!crowded)
			return;
	}
	rearrange(v);
}
