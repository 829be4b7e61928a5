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
	if (!fits(v, allowed))
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
 * How well a free slot suits a programming.  Best is one that runs it already
 * (R6); of the others first those that nothing was ever loaded into, because
 * what was there may be wanted again.
 */
#define BEST 4
static int suits(const struct xen_pmu_batch *b, unsigned int slot, u64 ctl)
{
	if (b->want[slot].gen && b->want[slot].ctl == ctl)
		return b->applied_run & BIT_ULL(slot) ? BEST : 3;
	if (b->applied[slot].gen && b->applied[slot].ctl == ctl)
		return 2;
	return b->want[slot].gen ? 0 : 1;
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
		score = suits(&v->batch, s, e->ctl);
		if (score > best) {
			best = score;
			slot = (int)s;
		}
		if (score == BEST)
			break;
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
		return;		/* only after a resume with fewer slots: thaw() refuses them */
	for (i = 0; i < nr; i++) {
		if (slot[i] == who[i]->slot)
			continue;
		if (who[i]->slot != XEN_PMU_NO_SLOT)
			v->stats.moved++;
		xen_pmu_event_update(v, who[i]);
		xen_pmu_slot_release(v, who[i]);
		if (who[i]->running)
			v->load |= who[i]->bit;
	}
	for (i = 0; i < nr; i++) {
		who[i]->slot = slot[i];
		v->owner[slot[i]] = who[i];
	}
}

/*
 * xen_pmu_place - give every event that wants to run a slot
 */
void xen_pmu_place(struct xen_pmu_vcpu *v)
{
	bool crowded = false;
	unsigned int i;
	int enough;

	for (enough = 2; enough >= 0; enough -= 2) {
		crowded = false;
		xen_pmu_for_each(i, v->load) {
			struct xen_pmu_event *e = &v->event[i];

			if (e->slot != XEN_PMU_NO_SLOT)
				continue;
			seat(v, e, enough);
			crowded |= e->slot == XEN_PMU_NO_SLOT;
		}
	}
	if (crowded)
		rearrange(v);
}
