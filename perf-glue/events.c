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

/*
 * xen_pmu_event_slots - bitmap of the slots that can count @ctl
 *
 * AMD from family 17h on: every core event counts on every core counter (PPR
 * for each model, "Core Performance Monitor Counters"); families 0fh and 10h
 * have no restrictions either (BKDG 31116, 3.14).  Fixed slots count nothing
 * that is chosen by an event code.
 */
u64 xen_pmu_event_slots(const struct xen_pmu_const *offer, u64 ctl)
{
	return (1ULL << offer->nr_gp) - 1;
}
