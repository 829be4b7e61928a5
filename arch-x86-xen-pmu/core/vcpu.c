// SPDX-License-Identifier: GPL-2.0-only
/*
 * vcpu.c - begin and end to use a page, and what user mode sees of counters (pure).
 *
 * All functions: interrupts off, on that VCPU.
 */
#include "event.h"
#include "freeze.h"
#include "reads.h"
#include "vcpu.h"

/* The XEN_PMU_FLAG_* that the driver may set. */
static u32 usable_flags(u32 features, bool nmi)
{
	u32 flags = 0;

	if (features & XEN_PMU_FEAT_USER)
		flags |= XEN_PMU_FLAG_USER_RDPMC;
	if (features & XEN_PMU_FEAT_SELDOM)
		flags |= XEN_PMU_FLAG_SELDOM_RDPMC;
	if (features & XEN_PMU_FEAT_TELL)
		flags |= XEN_PMU_FLAG_TELL_RDPMC;
	if (features & XEN_PMU_FEAT_NMI && nmi)
		flags |= XEN_PMU_FLAG_NMI;
	return flags;
}

/*
 * xen_pmu_vcpu_attach - begin to use a page that Xen has filled in
 * @offer:	what Xen has filled in, checked
 * @sync_modes:	modes for which an entry on the way to user mode is too late:
 *		XEN_PMU_CTL_OS in a PV guest, XEN_PMU_CTL_MODES where a return to user mode
 *		does not pass through Xen (R3)
 * @nmi:	the guest takes NMIs
 *
 * Not between freeze and thaw.  Events that were added before (with another page, or none)
 * are loaded by the next thaw.
 */
void xen_pmu_vcpu_attach(struct xen_pmu_vcpu *v, struct xen_pmu_page *page,
			 const struct xen_pmu_const *offer, u64 sync_modes, bool nmi)
{
	unsigned int slot, nr = offer->nr_gp + offer->nr_fixed;

	v->nr_slots = nr < XEN_PMU_SLOTS ? nr : XEN_PMU_SLOTS;
	for (slot = v->nr_slots; slot < XEN_PMU_SLOTS; slot++)
		if (v->owner[slot])	/* the page before had more slots */
			xen_pmu_slot_release(v, v->owner[slot]);
	for (slot = 0; slot < v->nr_slots; slot++)
		v->counter[slot] = xen_pmu_counter(offer, slot);
	v->flags = usable_flags(offer->features, nmi);
	v->seldom = false;
	v->reads = 0;
	v->tick = xen_pmu_ticks();
	v->sync_modes = sync_modes;
	v->watched = true;
	xen_pmu_batch_attach(&v->batch, page);
	v->page = page;
}

/*
 * xen_pmu_vcpu_detach - stop using the page
 *
 * Between freeze and thaw.  Counts up to now are kept; active events wait for the next page.
 */
void xen_pmu_vcpu_detach(struct xen_pmu_vcpu *v)
{
	struct xen_pmu_event *e;

	for (e = v->event; e < v->event + XEN_PMU_SLOTS; e++) {
		if (xen_pmu_event_active(e)) {
			xen_pmu_event_update(v, e);
			xen_pmu_event_move(v, e, XEN_PMU_EVENT_WAITING);
			v->outdated |= e->bit;
		} else if (e->state == XEN_PMU_EVENT_PAUSED) {
			xen_pmu_event_move(v, e, XEN_PMU_EVENT_STOPPED);
		}
	}
	memset(v->use, 0, sizeof(v->use));
	v->watched = true;
	v->unfit[XEN_PMU_UNFIT_VALUE] = 0;
	v->held = 0;
	v->page = NULL;
	xen_pmu_batch_attach(&v->batch, NULL);
}

/*
 * xen_pmu_vcpu_reader - another process is to run, and it may read counters
 *
 * Call this before perf takes away the events of the process before.  No counter may show the
 * reader what these have counted.  So every event starts from a fresh value, as in the kernel's own
 * driver.  Returns whether there is anything to hide.
 */
bool xen_pmu_vcpu_reader(struct xen_pmu_vcpu *v)
{
	if (!v->page)
		return false;
	v->unfit[XEN_PMU_UNFIT_FOREIGN] = ~0ULL;
	return xen_pmu_batch_counts(&v->batch) | v->batch.in[XEN_PMU_SLOT_BLANKING];
}

/*
 * xen_pmu_vcpu_restart - the process that runs may read counters from here on
 *
 * Its events run already, perhaps in slots that have counted for others before.  The counting
 * ones start from fresh values.
 */
void xen_pmu_vcpu_restart(struct xen_pmu_vcpu *v)
{
	unsigned int slot;

	if (!xen_pmu_vcpu_reader(v))
		return;
	xen_pmu_freeze(v);
	for (slot = 0; slot < v->nr_slots; slot++) {
		struct xen_pmu_event *e = v->owner[slot];

		if (e && xen_pmu_event_active(e) && !xen_pmu_event_samples(e))
			xen_pmu_event_start(v, e);
	}
	xen_pmu_thaw(v);
}

/*
 * xen_pmu_vcpu_expose - let user mode read counters from here on, or not
 *
 * Outside of freeze and thaw the change is published at once, and is in force when the VCPU next
 * goes to user mode.  This is called at each switch to another process.  So the driver also learns
 * here that the kernel does not read counters any more.
 */
void xen_pmu_vcpu_expose(struct xen_pmu_vcpu *v, bool exposed)
{
	bool settled = v->page && xen_pmu_reads_settle(v);

	if (exposed == (v->reader == XEN_PMU_READER_HERE)) {
		if (settled)
			xen_pmu_publish_flags(v);
		return;
	}
	v->reader = exposed ? XEN_PMU_READER_HERE : XEN_PMU_READER_NONE;
	xen_pmu_freeze(v);
	xen_pmu_thaw(v);
}

/* xen_pmu_vcpu_forget - let Xen forget what events that are gone have counted */
void xen_pmu_vcpu_forget(struct xen_pmu_vcpu *v)
{
	if (!v->page)
		return;
	xen_pmu_freeze(v);
	xen_pmu_batch_blank(&v->batch, xen_pmu_left_behind(v));
	xen_pmu_thaw(v);
}

/*
 * xen_pmu_vcpu_conceal - xen_pmu_vcpu_forget() for a return to user mode that bypasses Xen
 *
 * Xen has forgotten the counts when this returns.  Not between freeze and thaw.  Makes no
 * hypercall if there is nothing to forget.
 */
void xen_pmu_vcpu_conceal(struct xen_pmu_vcpu *v)
{
	if (v->reader == XEN_PMU_READER_COMES)
		v->reader = XEN_PMU_READER_NONE;
	if (!v->page || !(xen_pmu_left_behind(v) | v->batch.in[XEN_PMU_SLOT_BLANKING]))
		return;
	xen_pmu_vcpu_forget(v);
	if (v->batch.in[XEN_PMU_SLOT_BLANKING])
		xen_pmu_sync_now(v);
}
