// SPDX-License-Identifier: GPL-2.0-only
/*
 * pmu.c - struct pmu: what perf asks for, in terms of vcpu.h.
 *
 * Perf calls everything but event_init with interrupts off on the CPU that it
 * is about.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/module.h>
#include <linux/perf_event.h>
#include <linux/smp.h>
#include <asm/perf_regs.h>

#include "../core/assign.h"
#include "../core/event.h"
#include "../core/period.h"
#include "../core/place.h"
#include "../core/vcpu.h"
#include "../kernel/compat.h"
#include "../xen/offer.h"
#include "collect.h"
#include "mapping.h"
#include "perf-glue/events.h"
#include "perf-glue/sysfs.h"
#include "pmu.h"
#include "rdpmc.h"
#include "report.h"
#include "sample.h"
#include "user.h"

static struct pmu xen_pmu;

static struct xen_pmu_cpu *this_cpu(void)
{
	return this_cpu_read(xen_pmu_cpu);
}

static void thaw(struct xen_pmu_cpu *c)
{
	xen_pmu_thaw(&c->vcpu);
	if (!c->vcpu.depth && c->page)
		xen_pmu_show_pages(c);
}

/*
 * Perf does so before it gives a task's events to the next task without stopping
 * them.  Records that are waiting belong to the task that is still the current one.
 */
static void xen_pmu_disable(struct pmu *pmu)
{
	struct xen_pmu_cpu *c = this_cpu();

	if (!c)
		return;
	xen_pmu_enter(c);
	xen_pmu_freeze(&c->vcpu);
	xen_pmu_drain(c);
}

static void xen_pmu_enable(struct pmu *pmu)
{
	struct xen_pmu_cpu *c = this_cpu();

	if (!c)
		return;
	thaw(c);
	xen_pmu_leave(c);
}

/*
 * The callbacks below work between freeze and thaw.  Where perf switches events
 * it has seen to that: then there is nothing to open, and nothing to close.
 */
static bool open(struct xen_pmu_cpu *c)
{
	if (c->vcpu.depth)
		return false;
	xen_pmu_enter(c);
	xen_pmu_freeze(&c->vcpu);
	return true;
}

static void close(struct xen_pmu_cpu *c, bool opened)
{
	if (!opened)
		return;
	thaw(c);
	xen_pmu_leave(c);
}

/*
 * hwc->last_period is what the next sample stands for: a period that has begun
 * keeps its length if perf wants another one for the next.
 */
static void set_period(struct xen_pmu_event *e, struct hw_perf_event *hwc)
{
	u64 period = hwc->sample_period;

	e->left = local64_read(&hwc->period_left);
	if (xen_pmu_renew(&e->left, period))
		hwc->last_period = period;
	local64_set(&hwc->period_left, e->left);
	if (!e->rate || !xen_pmu_is_near(period, e->period))
		e->period = xen_pmu_renewable(period, e->ctl);
}

static void start(struct xen_pmu_cpu *c, struct xen_pmu_event *e,
		  struct hw_perf_event *hwc)
{
	hwc->state = 0;
	if (e->sampling)
		set_period(e, hwc);
	xen_pmu_event_start(&c->vcpu, e);
}

/* The caller collects. */
static void stop(struct xen_pmu_cpu *c, struct xen_pmu_event *e,
		 struct hw_perf_event *hwc)
{
	if (e->sampling)
		xen_pmu_drain(c);
	xen_pmu_event_stop(&c->vcpu, e);
	hwc->state |= PERF_HES_STOPPED | PERF_HES_UPTODATE;
}

static void xen_pmu_start(struct perf_event *event, int flags)
{
	struct hw_perf_event *hwc = &event->hw;
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e = xen_pmu_our_event(c, event);
	bool opened;

	if (!e || !(hwc->state & PERF_HES_STOPPED))
		return;
	opened = open(c);
	start(c, e, hwc);
	close(c, opened);
}

static void xen_pmu_stop(struct perf_event *event, int flags)
{
	struct hw_perf_event *hwc = &event->hw;
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e = xen_pmu_our_event(c, event);
	bool opened;

	if (!e || hwc->state & PERF_HES_STOPPED)
		return;
	opened = open(c);
	stop(c, e, hwc);
	xen_pmu_collect(c, e);
	close(c, opened);
}

/*
 * An event's programming is that of the offer by which it was made.  After the guest
 * has moved to another host, a generic event may have another code there, or none.
 */
static int map(struct perf_event *event)
{
	u64 config;
	int err;

	err = xen_pmu_map_event(&xen_pmu_offer, xen_pmu_uarch()->table, &event->attr,
				&config);
	if (err)
		return err;
	event->hw.config = config;
	event->hw.config_base = xen_pmu_offer_nr;
	return 0;
}

/*
 * xen_pmu_map_again - the CPU's events are to be programmed by another offer
 *
 * While no page is attached, interrupts off.  An event that this offer does not allow
 * is treated as one that Xen has refused.
 */
void xen_pmu_map_again(struct xen_pmu_cpu *c)
{
	struct xen_pmu_event *e;

	for (e = c->vcpu.event; e < c->vcpu.event + XEN_PMU_SLOTS; e++) {
		if (!e->perf)
			continue;
		if (map(e->perf))
			xen_pmu_event_refuse(&c->vcpu, e, XEN_PMU_ERR_EVENT);
		else
			xen_pmu_event_map(&c->vcpu, e, e->perf->hw.config,
					  xen_pmu_event_slots(&xen_pmu_offer,
							      e->perf->hw.config));
	}
}

static int xen_pmu_add(struct perf_event *event, int flags)
{
	struct hw_perf_event *hwc = &event->hw;
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e;
	bool opened;
	int err = 0;

	if (!c || !c->page)
		return -ENODEV;
	if (hwc->config_base != xen_pmu_offer_nr) {
		err = map(event);
		if (err)
			return err;
	}
	opened = open(c);
	xen_pmu_user_arrive(c);
	e = xen_pmu_event_add(&c->vcpu, hwc->config,
			      xen_pmu_event_slots(&xen_pmu_offer, hwc->config),
			      is_sampling_event(event));
	if (!e) {
		err = -EAGAIN;
		goto out;
	}
	e->perf = event;
	e->left = local64_read(&hwc->period_left);
	e->rate = is_sampling_event(event) && event->attr.freq;
	e->shows = event->attr.sample_type & PERF_SAMPLE_READ;
	hwc->idx = e - c->vcpu.event;
	hwc->state = PERF_HES_STOPPED | PERF_HES_UPTODATE;
	if (flags & PERF_EF_START)
		start(c, e, hwc);
out:
	close(c, opened);
	return err;
}

static void xen_pmu_del(struct perf_event *event, int flags)
{
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e = xen_pmu_our_event(c, event);
	bool opened;

	if (!e)
		return;
	opened = open(c);
	if (c->vcpu.refused & e->bit)
		xen_pmu_report_refusal(c);
	if (!(event->hw.state & PERF_HES_STOPPED))
		stop(c, e, &event->hw);
	xen_pmu_event_del(&c->vcpu, e);
	xen_pmu_collect(c, e);
	e->perf = NULL;
	event->hw.idx = -1;
	close(c, opened);
	if (xen_pmu_is_mapped(event))
		perf_event_update_userpage(event);
}

static void xen_pmu_read(struct perf_event *event)
{
	struct xen_pmu_cpu *c = this_cpu();
	struct xen_pmu_event *e = xen_pmu_our_event(c, event);

	if (!e)
		return;
	xen_pmu_enter(c);
	xen_pmu_event_update(&c->vcpu, e);
	xen_pmu_collect(c, e);
	xen_pmu_leave(c);
}

/* Can the whole group count at the same time?  If not it never will. */
static int check_group(struct perf_event *event, u64 config)
{
	struct perf_event *leader = event->group_leader, *other;
	u64 allowed[XEN_PMU_SLOTS];
	s8 slot[XEN_PMU_SLOTS];
	unsigned int nr = 0;

	allowed[nr++] = xen_pmu_event_slots(&xen_pmu_offer, config);
	if (leader != event) {
		if (leader->pmu == &xen_pmu)
			allowed[nr++] = xen_pmu_event_slots(&xen_pmu_offer,
							    leader->hw.config);
		for_each_sibling_event(other, leader) {
			if (other->pmu != &xen_pmu || other == event)
				continue;
			if (nr == XEN_PMU_SLOTS)
				return -EINVAL;
			allowed[nr++] = xen_pmu_event_slots(&xen_pmu_offer,
							    other->hw.config);
		}
	}
	memset(slot, XEN_PMU_NO_SLOT, sizeof(slot));
	return xen_pmu_assign(allowed, slot, nr) ? 0 : -EINVAL;
}

static void xen_pmu_event_destroy(struct perf_event *event)
{
	xen_pmu_user_close();
}

/*
 * No sample has XMM registers.  Perf itself would say EOPNOTSUPP for them, the
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
 * ENOENT  not an event of this PMU, or not one that the policy allows
 *	   ("The ... event is not supported")
 * EOPNOTSUPP  something that this PMU cannot do with any event
 * EINVAL  an event that makes no sense, a group that cannot fit
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
	err = check_group(event, event->hw.config);
	if (err)
		return err;
	xen_pmu_user_open();
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
 * xen_pmu_register - show the PMU to perf, where generic events go
 *
 * Nobody else may have the type: see check_cpu_pmu_free() in main.c.
 */
int xen_pmu_register(void)
{
	xen_pmu_events_init(&xen_pmu_offer);
	return perf_pmu_register(&xen_pmu, "cpu", PERF_TYPE_RAW);
}

/*
 * Perf frees what it has for each CPU without a look at the timers that multiplex
 * events, and the attribute perf_event_mux_interval_ms starts all of them.  So first
 * nobody may write to that attribute any more (removing it waits for who does), and
 * then no timer may be left.  Later, perf removes the attributes that are still there.
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
 * xen_pmu_unregister - from module exit only: no event can be open then
 *
 * Perf refuses only while there are events, and then the module must not go.
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
