// SPDX-License-Identifier: GPL-2.0-only
/*
 * events.c - choose the table for this CPU, and which slots count an event.
 */
#include "events.h"

/* A CPU without a table counts raw events only. */
static const struct xen_pmu_events raw_only = { .name = "raw events only" };

static const struct xen_pmu_events *events = &raw_only;

/*
 * xen_pmu_events_init - choose by what Xen says of the physical CPU
 */
void xen_pmu_events_init(const struct xen_pmu_const *offer)
{
	const struct xen_pmu_events *found = NULL;

	if (offer->vendor == XEN_PMU_VENDOR_AMD) {
		found = xen_pmu_events_amd_zen(offer->cpuid_sig);
		if (!found)
			found = xen_pmu_events_amd_k8(offer->cpuid_sig);
	}
	events = found ? found : &raw_only;
}

const struct xen_pmu_events *xen_pmu_events(void)
{
	return events;
}

/* Is the constraint about the event @ctl? */
static bool is_about(const struct xen_pmu_constraint *c, u64 ctl)
{
	return (ctl & c->mask) == c->code &&
	       (!c->units || hweight64(ctl & XEN_PMU_UNIT_MASK) <= c->units);
}

/*
 * xen_pmu_slots_by - bitmap of the slots that can count @ctl by the table @events
 *
 * Fixed slots count nothing that is chosen by an event code.  0: a guest cannot count
 * the event at all.
 */
u64 xen_pmu_slots_by(const struct xen_pmu_events *events,
		     const struct xen_pmu_const *offer, u64 ctl)
{
	const struct xen_pmu_constraint *c;
	u64 slots = (1ULL << offer->nr_gp) - 1;

	if (ctl & offer->precise_mask)
		slots &= offer->precise_slots;
	for (c = events->constraints; c && c->mask; c++)
		if (is_about(c, ctl))
			return slots & c->slots;
	return slots;
}

/*
 * xen_pmu_event_slots - the same by the table of this CPU
 */
u64 xen_pmu_event_slots(const struct xen_pmu_const *offer, u64 ctl)
{
	return xen_pmu_slots_by(events, offer, ctl);
}
