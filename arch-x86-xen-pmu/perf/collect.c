// SPDX-License-Identifier: GPL-2.0-only
/*
 * collect.c - what perf and its user pages are told of an event.
 *
 * Interrupts off, on the CPU that the event is on.
 */
#include "../core/event.h"
#include "../core/period.h"
#include "../xen/offer.h"
#include "collect.h"

/*
 * xen_pmu_collect - tell perf what an event has counted since the last time
 *
 * and from which counter, of which width, its user page (user.c) is to be read
 * on: none while it has no slot, or has one that was not loaded.
 */
void xen_pmu_collect(struct xen_pmu_cpu *c, struct xen_pmu_event *e)
{
	struct hw_perf_event *hwc = &e->perf->hw;
	bool seated = xen_pmu_event_seated(&c->vcpu, e);

	local64_add(e->count, &e->perf->count);
	e->count = 0;
	local64_set(&hwc->prev_count,
		    seated ? xen_pmu_event_counter(&c->vcpu, e) : e->prev);
	hwc->event_base_rdpmc = seated ? c->vcpu.rdpmc[e->slot] + 1 : 0;
	hwc->event_base = seated ? c->vcpu.width[e->slot] :
				   xen_pmu_offer.gp_width;
	if (!e->sampling)
		return;
	local64_set(&hwc->period_left, e->left);
	if (e->uncounted)
		hwc->last_period = xen_pmu_event_weight(e, hwc->last_period);
}

/*
 * Most events have none; one that comes later is filled in by xen_pmu_event_mapped().
 * Nor has one whose records go to another event's buffer (PERF_FLAG_FD_OUTPUT,
 * PERF_EVENT_IOC_SET_OUTPUT) if it is not mapped itself: that buffer's page is the
 * other's, and with an update of the one who reads it would read the wrong counter.
 */
bool xen_pmu_is_mapped(const struct perf_event *event)
{
	/* An atomic_t, or from Linux 6.18 on a refcount_t, which is one in a struct. */
	const atomic_t *mapped = (const void *)&event->mmap_count;

	BUILD_BUG_ON(sizeof(event->mmap_count) != sizeof(*mapped));
	return atomic_read(mapped);
}

/* Perf need not have been told of what the page is to show. */
static void show_page(struct xen_pmu_cpu *c, struct xen_pmu_event *e)
{
	if (!xen_pmu_is_mapped(e->perf))
		return;
	xen_pmu_collect(c, e);
	perf_event_update_userpage(e->perf);
}

/*
 * xen_pmu_show_pages - fill in the user pages that are out of date
 *
 * A page's counter is one of this CPU, which only who runs here can read; so its
 * update, which is expensive, waits for somebody who may (user.c).  After the
 * outermost thaw, interrupts off.
 */
void xen_pmu_show_pages(struct xen_pmu_cpu *c)
{
	struct xen_pmu_vcpu *v = &c->vcpu;
	unsigned int i;

	if (!v->watched)
		return;
	xen_pmu_for_each(i, v->unseen)
		if (v->event[i].perf)
			show_page(c, &v->event[i]);
	v->unseen = 0;
}
