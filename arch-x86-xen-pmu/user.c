// SPDX-License-Identifier: GPL-2.0-only
/*
 * user.c - RDPMC in user mode: who may, and what perf's user page says.
 *
 * /sys/bus/event_source/devices/cpu/rdpmc is as natively: 0 nobody, 1 who has
 * an event mapped, 2 everybody.  How a process is let or kept from it depends
 * on whose CR4 it is: user_pv.c, user_cr4.c.
 *
 * While no event is open, no process may read anything but zeroes, and only the
 * switch to another task looks whether a counter still holds something.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/smp.h>
#include <xen/xen.h>

#include "period.h"
#include "user.h"

static int rdpmc_mode;			/* XEN_PMU_NOBODY.. */
static const struct xen_pmu_user_way *way; /* NULL: it cannot be done here */

/* Events that exist, of whatever task or CPU. */
static atomic_t nr_open = ATOMIC_INIT(0);

/*
 * xen_pmu_user_open, xen_pmu_user_close - an event begins to exist, or is gone
 *
 * Perf opens events with locks held that CPU hotplug waits for.  So nothing is done
 * here that waits for anybody: what must be done on a CPU is done there, at its next
 * switch between tasks (xen_pmu_user_switching()) or with the first event that it
 * counts (xen_pmu_user_arrive()).
 */
void xen_pmu_user_open(void)
{
	atomic_inc(&nr_open);
}

void xen_pmu_user_close(void)
{
	atomic_dec(&nr_open);
}

/*
 * xen_pmu_user_switching - this CPU goes from one task to another; interrupts off
 */
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

/*
 * xen_pmu_user_executed - the current process has a new address space
 */
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
 * Between freeze and thaw, interrupts off.  If no event was open at the last switch
 * between tasks, nobody has looked since whether the current process may read counters.
 */
void xen_pmu_user_arrive(struct xen_pmu_cpu *c)
{
	if (!c->unlooked)
		return;
	c->unlooked = false;
	if (way)
		way->arrive(c);
}

/*
 * xen_pmu_user_forget - this CPU goes; interrupts off, before it is detached
 */
void xen_pmu_user_forget(void)
{
	if (way)
		way->forget(NULL);
}

/*
 * xen_pmu_user_flags - hw.flags of a new event: may its user page be used?
 */
int xen_pmu_user_flags(void)
{
	return READ_ONCE(rdpmc_mode) != XEN_PMU_NOBODY ?
	       PERF_EVENT_FLAG_USER_READ_CNT : 0;
}

/*
 * xen_pmu_event_mapped, xen_pmu_event_unmapped - struct pmu's callbacks
 *
 * In the process that maps, with its mmap_lock held; but a process may also
 * end on another's behalf.  What a mapping changes is so on every CPU when
 * mmap(2) returns.
 */
void xen_pmu_event_mapped(struct perf_event *event, struct mm_struct *mm)
{
	xen_pmu_show_new_page(event);
	if (event->hw.flags & PERF_EVENT_FLAG_USER_READ_CNT)
		way->mapped(mm);
}

void xen_pmu_event_unmapped(struct perf_event *event, struct mm_struct *mm)
{
	if (event->hw.flags & PERF_EVENT_FLAG_USER_READ_CNT)
		way->unmapped(mm);
}

/*
 * xen_pmu_event_index - index of the user page: ECX of RDPMC + 1, or 0
 */
int xen_pmu_event_index(struct perf_event *event)
{
	return event->hw.flags & PERF_EVENT_FLAG_USER_READ_CNT ?
	       event->hw.event_base_rdpmc : 0;
}

/*
 * xen_pmu_user_mode, xen_pmu_user_set_mode - the attribute rdpmc
 *
 * The first from any context.
 */
int xen_pmu_user_mode(void)
{
	return READ_ONCE(rdpmc_mode);
}

int xen_pmu_user_set_mode(unsigned long mode)
{
	static DEFINE_MUTEX(lock);

	if (mode > XEN_PMU_EVERYBODY)
		return -EINVAL;
	if (!way)
		return -EOPNOTSUPP;
	mutex_lock(&lock);
	WRITE_ONCE(rdpmc_mode, mode);
	if (way->set_mode)
		way->set_mode(mode);
	on_each_cpu(way->look, NULL, 1);
	mutex_unlock(&lock);
	return 0;
}

/*
 * The user page's pmc_width comes from the kernel's own driver, which is idle
 * and says 0.  That is taken for a width of 64 bits, with which reading is
 * exact too (a shift by 64 is one by 0); but perf's tests and people expect
 * the truth, and then the offset has to make up for the sign of the counter.
 */
struct page_update {
	struct perf_event *event;
	struct perf_event_mmap_page *page;
};

static int page_update_begins(struct kretprobe_instance *ri,
			      struct pt_regs *regs)
{
	struct page_update *u = (struct page_update *)ri->data;

	u->event = (struct perf_event *)regs_get_kernel_argument(regs, 0);
	u->page = (void *)regs_get_kernel_argument(regs, 1);
	return !xen_pmu_is_ours(u->event);
}
NOKPROBE_SYMBOL(page_update_begins);

static int page_update_ends(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	struct page_update *u = (struct page_update *)ri->data;
	struct hw_perf_event *hwc = &u->event->hw;

	u->page->pmc_width = hwc->event_base;
	if (u->page->index)
		u->page->offset =
			xen_pmu_user_offset(u->page->offset,
					    local64_read(&hwc->prev_count),
					    hwc->event_base);
	return 0;
}
NOKPROBE_SYMBOL(page_update_ends);

static struct kretprobe page_update = {
	.kp.symbol_name	= "arch_perf_update_userpage",
	.entry_handler	= page_update_begins,
	.handler	= page_update_ends,
	.data_size	= sizeof(struct page_update),
};

static bool page_update_probed;

/*
 * xen_pmu_user_init - offer it, if this guest and this kernel can do it
 *
 * After xen_pmu_pages_init() and xen_pmu_switch_init(), before the PMU is shown to
 * perf.
 */
void xen_pmu_user_init(void)
{
	const struct xen_pmu_user_way *here =
		xen_pv_domain() ? &xen_pmu_user_pv : &xen_pmu_user_cr4;
	int err;

	if (!xen_pmu_switch_hooked()) {
		pr_warn("this kernel does not tell of switches between tasks (tracepoints sched_switch, sched_process_exec): no RDPMC in user mode (cap_user_rdpmc is 0)\n");
		return;
	}
	if (!here->init())
		return;
	err = register_kretprobe(&page_update);
	page_update_probed = !err;
	if (err)
		pr_info("%s cannot be probed (error %d): pmc_width of user pages is 0\n",
			page_update.kp.symbol_name, err);
	way = here;
	rdpmc_mode = XEN_PMU_MAPPED;
}

/*
 * xen_pmu_user_exit - when no event can be open and nobody tells of switches
 */
void xen_pmu_user_exit(void)
{
	if (page_update_probed)
		unregister_kretprobe(&page_update);
	if (way)
		way->exit();
}
