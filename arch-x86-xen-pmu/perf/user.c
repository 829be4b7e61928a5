// SPDX-License-Identifier: GPL-2.0-only
/*
 * user.c - RDPMC in user mode: the moments at which another process may read counters.
 *
 * The attribute rdpmc says who may read, as natively (rdpmc.c).  CR4.PCE lets a process read.  Xen
 * owns the CR4 of a PV guest (user_pv.c); a PVH or HVM guest owns its CR4 (user_cr4.c).  A process
 * that may read must not see what others have counted: slots with such counts are blanked, or
 * loaded again (core/vcpu.c).
 *
 * While no event is open, no process may read anything but zeroes, and only the switch to
 * another task looks whether a counter still holds something.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/mutex.h>
#include <linux/smp.h>
#include <xen/xen.h>

#include "../core/vcpu.h"
#include "collect.h"
#include "rdpmc.h"
#include "sample.h"
#include "user.h"
#include "user_way.h"

static const struct xen_pmu_user_way *way; /* NULL: user mode cannot read counters here */

/* Events that exist, of whatever task or CPU. */
static atomic_t nr_open = ATOMIC_INIT(0);

/*
 * xen_pmu_user_event_opened, xen_pmu_user_event_gone - an event begins or ceases to exist
 *
 * Perf opens events with locks held that CPU hotplug waits for.  So nothing is done here that
 * waits for anybody: what must be done on a CPU is done there, at its next switch between tasks
 * (xen_pmu_user_switching()) or with the first event that it counts (xen_pmu_user_arrive()).
 */
void xen_pmu_user_event_opened(void)
{
	atomic_inc(&nr_open);
}

void xen_pmu_user_event_gone(void)
{
	atomic_dec(&nr_open);
}

/* xen_pmu_user_switching - this CPU goes from one task to another; interrupts off */
void xen_pmu_user_switching(struct xen_pmu_cpu *c, struct task_struct *prev,
			    struct task_struct *next)
{
	if (!way)
		return;
	if (atomic_read(&nr_open)) {
		c->unlooked = false;
		way->switching(prev, next);
		return;
	}
	/* Nobody can have a use for what is left in the counters. */
	c->unlooked = true;
	if (xen_pmu_vcpu_holds_counts(&c->vcpu))
		way->forget(NULL);
}

/* xen_pmu_user_executed - the current process has a new address space */
void xen_pmu_user_executed(void)
{
	unsigned long flags;

	if (!way || !way->executed || !atomic_read(&nr_open))
		return;
	local_irq_save(flags);
	way->executed();
	local_irq_restore(flags);
}

/*
 * xen_pmu_user_arrive - this CPU is about to count an event
 *
 * Between freeze and thaw, interrupts off.  If no event was open at the last switch between
 * tasks, nobody has looked since whether the current process may read counters.
 */
void xen_pmu_user_arrive(struct xen_pmu_cpu *c)
{
	if (!c->unlooked)
		return;
	c->unlooked = false;
	if (way)
		way->arrive(c);
}

/* xen_pmu_user_forget - this CPU goes; interrupts off, before it is detached */
void xen_pmu_user_forget(void)
{
	if (way)
		way->forget(NULL);
}

/* On the CPU that the event has run on, where it may still run. */
static void show_new_page(void *info)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);
	struct perf_event *event = info;
	struct xen_pmu_event *e;

	if (c) {
		xen_pmu_enter(c);
		e = xen_pmu_our_event(c, event);
		if (e && e->state != XEN_PMU_EVENT_FREE && e->perf == event)
			xen_pmu_collect(c, e);
		xen_pmu_leave(c);
	}
	perf_event_update_userpage(event);
}

/*
 * xen_pmu_event_mapped, xen_pmu_event_unmapped - struct pmu's callbacks
 *
 * In the process that maps, with its mmap_lock held; but a process may also end on another's
 * behalf.  What a mapping changes is in force on every CPU when mmap(2) returns.
 *
 * Perf has filled in the page before it counted the mapping, and keeps it up to date only from
 * then on.  So the page is filled in again, for what came in between; may sleep.
 */
void xen_pmu_event_mapped(struct perf_event *event, struct mm_struct *mm)
{
	int cpu = READ_ONCE(event->oncpu);

	if (cpu < 0 || smp_call_function_single(cpu, show_new_page, event, 1))
		perf_event_update_userpage(event);
	if (event->hw.flags & PERF_EVENT_FLAG_USER_READ_CNT)
		way->mapped(mm);
}

void xen_pmu_event_unmapped(struct perf_event *event, struct mm_struct *mm)
{
	if (event->hw.flags & PERF_EVENT_FLAG_USER_READ_CNT)
		way->unmapped(mm);
}

/* xen_pmu_user_set_mode - the attribute rdpmc is written */
int xen_pmu_user_set_mode(unsigned long mode)
{
	static DEFINE_MUTEX(lock);

	if (mode > XEN_PMU_EVERYBODY)
		return -EINVAL;
	if (!way)
		return -EOPNOTSUPP;
	mutex_lock(&lock);
	WRITE_ONCE(xen_pmu_rdpmc_mode, mode);
	if (way->set_mode)
		way->set_mode(mode);
	on_each_cpu(way->look, NULL, 1);
	mutex_unlock(&lock);
	return 0;
}

/*
 * xen_pmu_user_init - offer RDPMC to user mode, if this guest and this kernel can do that
 * @hooked:	the driver is told of switches between tasks
 *
 * After xen_pmu_pages_init(), before the PMU is shown to perf.
 */
void xen_pmu_user_init(bool hooked)
{
	const struct xen_pmu_user_way *here =
		xen_pv_domain() ? &xen_pmu_user_pv : &xen_pmu_user_cr4;

	if (!hooked) {
		pr_warn("this kernel does not tell of switches between tasks (tracepoints sched_switch, sched_process_exec): no RDPMC in user mode (cap_user_rdpmc is 0)\n");
		return;
	}
	if (!here->init())
		return;
	xen_pmu_rdpmc_init();
	way = here;
	xen_pmu_rdpmc_mode = XEN_PMU_MAPPED;
}

/* xen_pmu_user_exit - when no event can be open and nobody tells of switches */
void xen_pmu_user_exit(void)
{
	xen_pmu_rdpmc_exit();
	if (way)
		way->exit();
}
