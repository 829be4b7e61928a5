// SPDX-License-Identifier: GPL-2.0-only
/*
 * pmu.c - struct pmu: what perf asks for, in terms of core/.
 *
 * Perf calls everything but event_init with interrupts off on the CPU that it is about.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <asm/perf_regs.h>

#include "../core/event.h"
#include "../core/freeze.h"
#include "../core/place.h"
#include "../kernel/compat.h"
#include "../xen/offer.h"
#include "collect.h"
#include "mapping.h"
#include "perf-glue/events.h"
#include "perf-glue/sysfs.h"
#include "pmu.h"
#include "rdpmc.h"
#include "sample.h"
#include "user.h"

static struct pmu xen_pmu;

static struct xen_pmu_cpu *this_cpu(void)
{
	return this_cpu_read(xen_pmu_cpu);
}

static void freeze_cpu(struct xen_pmu_cpu *c)
{
	xen_pmu_enter(c);
	xen_pmu_freeze(&c->vcpu);
}

static void thaw_cpu(struct xen_pmu_cpu *c)
{
	xen_pmu_thaw_and_show(c);
	xen_pmu_leave(c);
}

/*
 * Perf does so before it gives a task's events to the next task without stopping them.
 * Records that are waiting belong to the task that is still the current one.
 */
static void xen_pmu_disable(struct pmu *pmu)
{
	struct xen_pmu_cpu *c = this_cpu();

	if (!c)
		return;
	freeze_cpu(c);
	xen_pmu_drain(c);
}

static void xen_pmu_enable(struct pmu *pmu)
{
	struct xen_pmu_cpu *c = this_cpu();

	if (c)
		thaw_cpu(c);
}

/*
 * The callbacks below work between freeze and thaw.  Where perf switches events it has called
 * xen_pmu_disable() before: then there is nothing to freeze, and nothing to thaw.
 */
static bool freeze_once(struct xen_pmu_cpu *c)
{
	if (c->vcpu.phase != XEN_PMU_THAWED)
		return false;
	freeze_cpu(c);
	return true;
}

static void thaw_once(struct xen_pmu_cpu *c, bool froze)
{
	if (froze)
		thaw_cpu(c);
}

static void start(struct xen_pmu_cpu *c, struct xen_pmu_event *e, struct hw_perf_event *hwc)
{
	hwc->state = 0;
	if (xen_pmu_event_samples(e)) {
		xen_pmu_period_begin(&e->period, local64_read(&hwc->period_left),
				     hwc->sample_period, e->wants.modes);
		local64_set(&hwc->period_left, e->period.left);
	}
	xen_pmu_event_start(&c->vcpu, e);
}

/* The caller collects. */
static void stop(struct xen_pmu_cpu *c, struct xen_pmu_event *e, struct hw_perf_event *hwc)
{
	if (xen_pmu_event_samples(e))
		xen_pmu_drain(c);
	xen_pmu_event_stop(&c->vcpu, e);
	hwc->state |= PERF_HES_STOPPED | PERF_HES_UPTODATE;
}

static void xen_pmu_start(struct perf_event *event, int flags)
{
	struct hw_perf_event *hwc = &event->hw;
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e = xen_pmu_our_event(c, event);
	bool froze;

	if (!e || !(hwc->state & PERF_HES_STOPPED))
		return;
	froze = freeze_once(c);
	start(c, e, hwc);
	thaw_once(c, froze);
}

static void xen_pmu_stop(struct perf_event *event, int flags)
{
	struct hw_perf_event *hwc = &event->hw;
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e = xen_pmu_our_event(c, event);
	bool froze;

	if (!e || hwc->state & PERF_HES_STOPPED)
		return;
	froze = freeze_once(c);
	stop(c, e, hwc);
	xen_pmu_collect(c, e);
	thaw_once(c, froze);
}

/*
 * An event's code is that of the offer by which it was mapped.  After the guest has moved to
 * another host, a generic event may have another code there, or none.
 */
static int map(struct perf_event *event)
{
	u64 code;
	int err;

	err = xen_pmu_map_event(&xen_pmu_offer, xen_pmu_uarch()->table, &event->attr, &code);
	if (err)
		return err;
	event->hw.config = code | xen_pmu_modes(&event->attr);
	event->hw.config_base = xen_pmu_offer_nr;
	return 0;
}

static struct xen_pmu_wants wants_of(const struct perf_event *event)
{
	return (struct xen_pmu_wants){
		.code = event->hw.config & ~XEN_PMU_CTL_MODES,
		.modes = event->hw.config & XEN_PMU_CTL_MODES,
	};
}

static u64 slots_of(const struct perf_event *event)
{
	return xen_pmu_event_slots(&xen_pmu_offer, event->hw.config);
}

/*
 * xen_pmu_map_again - the CPU's events are to be programmed by another offer
 *
 * While no page is attached, interrupts off.  An event that this offer does not allow is
 * treated as one that Xen has refused.
 */
void xen_pmu_map_again(struct xen_pmu_cpu *c)
{
	struct xen_pmu_event *e;

	for (e = c->vcpu.event; e < c->vcpu.event + XEN_PMU_SLOTS; e++) {
		struct xen_pmu_wants wants;

		if (e->state == XEN_PMU_EVENT_FREE)
			continue;
		if (map(e->perf)) {
			xen_pmu_event_refuse(&c->vcpu, e, XEN_PMU_ERR_EVENT);
			continue;
		}
		wants = wants_of(e->perf);
		xen_pmu_event_want(&c->vcpu, e, &wants, slots_of(e->perf));
	}
}

static enum xen_pmu_period_kind period_kind(struct perf_event *event)
{
	if (!is_sampling_event(event))
		return XEN_PMU_PERIOD_NONE;
	return event->attr.freq ? XEN_PMU_PERIOD_RATE : XEN_PMU_PERIOD_FIXED;
}

static int xen_pmu_add(struct perf_event *event, int flags)
{
	struct hw_perf_event *hwc = &event->hw;
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_wants wants;
	struct xen_pmu_event *e;
	bool froze;
	int err = 0;

	if (!c || !c->page)
		return -ENODEV;
	if (hwc->config_base != xen_pmu_offer_nr) {
		err = map(event);
		if (err)
			return err;
	}
	froze = freeze_once(c);
	xen_pmu_user_arrive(c);
	wants = wants_of(event);
	e = xen_pmu_event_add(&c->vcpu, &wants, slots_of(event), period_kind(event));
	if (!e) {
		err = -EAGAIN;
		goto out;
	}
	e->perf = event;
	e->period.weight = hwc->last_period;
	if (xen_pmu_event_samples(e))
		e->period.left = local64_read(&hwc->period_left);
	e->shows = event->attr.sample_type & PERF_SAMPLE_READ;
	hwc->idx = e - c->vcpu.event;
	hwc->state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
	if (flags & PERF_EF_START)
		start(c, e, hwc);
out:
	thaw_once(c, froze);
	return err;
}

static void xen_pmu_del(struct perf_event *event, int flags)
{
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e = xen_pmu_our_event(c, event);
	bool froze;

	if (!e)
		return;
	froze = freeze_once(c);
	if (e->state == XEN_PMU_EVENT_REFUSED)
		xen_pmu_report_refusal(c);
	if (!(event->hw.state & PERF_HES_STOPPED))
		stop(c, e, &event->hw);
	xen_pmu_event_del(&c->vcpu, e);
	xen_pmu_collect(c, e);
	event->hw.idx = -1;
	thaw_once(c, froze);
	if (xen_pmu_is_mapped(event))
		perf_event_update_userpage(event);
}

/*
 * Does this read come from an NMI that has interrupted other work with the events?  A tracepoint
 * in the path of NMIs reads events that are in its group, and those that its BPF program asks for.
 * The events may be in any state then, so perf keeps the count that it was told last.  A read from
 * within the driver's own NMI handler is safe: that handler runs only if nobody was at work.
 */
static bool interrupts_work(const struct xen_pmu_cpu *c)
{
	return in_nmi() && c->guard.busy && !c->interrupted;
}

static void xen_pmu_read(struct perf_event *event)
{
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e = xen_pmu_our_event(c, event);

	if (!e || interrupts_work(c))
		return;
	xen_pmu_enter(c);
	xen_pmu_event_update(&c->vcpu, e);
	xen_pmu_collect(c, e);
	xen_pmu_leave(c);
}

/* Can the whole group count at the same time?  If not it never will. */
static int check_group(struct perf_event *event)
{
	struct perf_event *leader = event->group_leader, *other;
	u64 allowed[XEN_PMU_SLOTS];
	s8 slot[XEN_PMU_SLOTS];
	unsigned int nr = 0;

	allowed[nr++] = slots_of(event);
	if (leader != event) {
		if (leader->pmu == &xen_pmu)
			allowed[nr++] = slots_of(leader);
		for_each_sibling_event(other, leader) {
			if (other->pmu != &xen_pmu || other == event)
				continue;
			if (nr == XEN_PMU_SLOTS)
				return -EINVAL;
			allowed[nr++] = slots_of(other);
		}
	}
	memset(slot, XEN_PMU_NO_SLOT, sizeof(slot));
	return xen_pmu_assign(allowed, slot, nr) ? 0 : -EINVAL;
}

static void xen_pmu_event_destroy(struct perf_event *event)
{
	xen_pmu_user_event_gone();
}

/*
 * No sample has XMM registers.  Perf itself would refuse them with EOPNOTSUPP, but the
 * kernel's own driver says EINVAL first.
 */
static bool wants_xmm(const struct perf_event_attr *attr)
{
	return (attr->sample_type & PERF_SAMPLE_REGS_USER &&
		attr->sample_regs_user & PERF_REG_EXTENDED_MASK) ||
	       (attr->sample_type & PERF_SAMPLE_REGS_INTR &&
		attr->sample_regs_intr & PERF_REG_EXTENDED_MASK);
}

/*
 * The errors are those from which stock perf makes the right sentence:
 * ENOENT      the event is not one of this PMU, or the policy does not allow it
 *	       ("The ... event is not supported")
 * EOPNOTSUPP  this PMU cannot do that with any event
 * EINVAL      the event makes no sense, or the group cannot fit
 */
static int xen_pmu_event_init(struct perf_event *event)
{
	const struct perf_event_attr *attr = &event->attr;
	int err;

	if (attr->type != PERF_TYPE_HARDWARE &&
	    attr->type != PERF_TYPE_HW_CACHE && attr->type != PERF_TYPE_RAW)
		return -ENOENT;
	if (has_branch_stack(event) || attr->precise_ip)
		return -EOPNOTSUPP;
	if (wants_xmm(attr))
		return -EINVAL;
	if (is_sampling_event(event) && !xen_pmu_can_sample())
		return -EOPNOTSUPP;
	err = map(event);
	if (err)
		return err;
	err = check_group(event);
	if (err)
		return err;
	xen_pmu_user_event_opened();
	event->destroy = xen_pmu_event_destroy;
	event->hw.flags |= xen_pmu_user_flags();
	event->hw.event_base = xen_pmu_offer.gp_width;
	event->hw.idx = -1;
	event->hw.state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
	return 0;
}

static struct pmu xen_pmu = {
	.module		= THIS_MODULE,
	.attr_groups	= xen_pmu_attr_groups,
	.pmu_enable	= xen_pmu_enable,
	.pmu_disable	= xen_pmu_disable,
	.event_init	= xen_pmu_event_init,
	.event_mapped	= xen_pmu_event_mapped,
	.event_unmapped	= xen_pmu_event_unmapped,
	.event_idx	= xen_pmu_event_index,
	.add		= xen_pmu_add,
	.del		= xen_pmu_del,
	.start		= xen_pmu_start,
	.stop		= xen_pmu_stop,
	.read		= xen_pmu_read,
};

/*
 * xen_pmu_register - show the PMU to perf as the one that generic events go to
 *
 * Nobody else may have that type: see check_cpu_pmu_free() in main.c.
 */
int xen_pmu_register(void)
{
	xen_pmu_events_init(&xen_pmu_offer);
	return perf_pmu_register(&xen_pmu, "cpu", PERF_TYPE_RAW);
}

/*
 * Perf frees what it has for each CPU without a look at the timers that multiplex events, and
 * the attribute perf_event_mux_interval_ms starts all of them.  So the attribute goes first
 * (its removal waits for a writer), and then the timers.  Perf later removes the attributes
 * that are still there.
 */
static void stop_mux_timers(void)
{
	static const struct attribute attr = {
		.name = "perf_event_mux_interval_ms",
	};
	unsigned int cpu;

	if (xen_pmu.dev)
		sysfs_remove_file(&xen_pmu.dev->kobj, &attr);
	for_each_possible_cpu(cpu) {
		struct hrtimer *timer = xen_pmu_mux_timer(&xen_pmu, cpu);

		if (timer)
			hrtimer_cancel(timer);
	}
}

/*
 * xen_pmu_unregister - hide the PMU from perf
 *
 * From module exit only: no event can be open then.  Perf refuses while there are events, and
 * the module must not go before perf agrees.
 */
void xen_pmu_unregister(void)
{
	int err;

	stop_mux_timers();
	err = xen_pmu_perf_unregister(&xen_pmu);
	if (!err)
		return;
	pr_err("perf does not let go of the PMU (error %d): waiting for it\n", err);
	while (xen_pmu_perf_unregister(&xen_pmu))
		msleep(100);
}
