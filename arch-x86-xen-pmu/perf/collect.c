// SPDX-License-Identifier: GPL-2.0-only
/*
 * collect.c - what perf and its user pages are told of an event.
 *
 * Interrupts off, on the CPU that the event is on.
 */
#include "../core/event.h"
#include "../core/freeze.h"
#include "../xen/offer.h"
#include "collect.h"

/*
 * xen_pmu_collect - tell perf what an event has counted since the last time
 *
 * And the counter, and its width, that the user page names (rdpmc.c): none while the event has
 * no slot, or has one that was not loaded.
 */
void xen_pmu_collect(struct xen_pmu_cpu *c, struct xen_pmu_event *e)
{
	struct hw_perf_event *hwc = &e->perf->hw;

	local64_add(e->count, &e->perf->count);
	e->count = 0;
	if (xen_pmu_event_seated(e)) {
		local64_set(&hwc->prev_count, xen_pmu_event_counter(&c->vcpu, e));
		hwc->event_base_rdpmc = c->vcpu.counter[e->slot].rdpmc + 1;
		hwc->event_base = c->vcpu.counter[e->slot].width;
	} else {
		local64_set(&hwc->prev_count, e->prev);
		hwc->event_base_rdpmc = 0;
		hwc->event_base = xen_pmu_offer.gp_width;
	}
	if (!xen_pmu_event_samples(e))
		return;
	xen_pmu_period_weigh(&e->period);
	xen_pmu_tell_period(e);
}

/*
 * xen_pmu_is_mapped - does the event have a user page?
 *
 * Most events have none; one that comes later is filled in by xen_pmu_event_mapped().  An
 * event whose records go to another event's buffer (PERF_FLAG_FD_OUTPUT,
 * PERF_EVENT_IOC_SET_OUTPUT) has none either, unless it is mapped itself: the buffer's page is
 * the other event's, and an update of this event would make its reader read the wrong counter.
 */
bool xen_pmu_is_mapped(const struct perf_event *event)
{
	/* An atomic_t, or from Linux 6.18 on a refcount_t, which is one in a struct. */
	const atomic_t *mapped = (const void *)&event->mmap_count;

	BUILD_BUG_ON(sizeof(event->mmap_count) != sizeof(*mapped));
	return atomic_read(mapped);
}

/*
 * xen_pmu_show_pages - fill in the user pages that are out of date
 *
 * A page's counter is one of this CPU, and only who runs here can read it.  So its update,
 * which is expensive, waits until somebody may look (user.c).  After the outermost thaw.
 */
void xen_pmu_show_pages(struct xen_pmu_cpu *c)
{
	struct xen_pmu_vcpu *v = &c->vcpu;
	unsigned int i;

	if (!v->watched)
		return;
	xen_pmu_for_each(i, v->outdated) {
		struct xen_pmu_event *e = &v->event[i];

		if (e->state == XEN_PMU_EVENT_FREE || !xen_pmu_is_mapped(e->perf))
			continue;
		/* perf need not have been told of what the page shows */
		xen_pmu_collect(c, e);
		perf_event_update_userpage(e->perf);
	}
	v->outdated = 0;
}

/* xen_pmu_thaw_and_show - thaw, and fill in user pages if that was the outermost freeze */
void xen_pmu_thaw_and_show(struct xen_pmu_cpu *c)
{
	xen_pmu_thaw(&c->vcpu);
	if (c->vcpu.phase == XEN_PMU_THAWED)
		xen_pmu_show_pages(c);
}
