// SPDX-License-Identifier: GPL-2.0-only
/*
 * user.c - RDPMC in user mode: who may, and what perf's user page says.
 *
 * /sys/bus/event_source/devices/cpu/rdpmc is as natively: 0 nobody, 1 who has
 * an event mapped, 2 everybody.  How a process is let or kept from it depends
 * on whose CR4 it is: user_pv.c, user_cr4.c.
 *
 * While no event is open no tracepoint is hooked and every counter is zero.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/tracepoint.h>
#include <xen/xen.h>

#include "period.h"
#include "user.h"

static int rdpmc_mode;			/* XEN_PMU_NOBODY.. */
static const struct xen_pmu_user_way *way; /* NULL: it cannot be done here */

static void on_switch(void *unused, bool preempt, struct task_struct *prev,
		      struct task_struct *next, unsigned int prev_state)
{
	way->switching(prev, next);
}

static void on_exec(void *unused, struct task_struct *task, pid_t old_pid,
		    struct linux_binprm *bprm)
{
	unsigned long flags;

	if (!way->executed)
		return;
	local_irq_save(flags);
	way->executed();
	local_irq_restore(flags);
}

/* sched_switch and sched_process_exec, which are not exported by name. */
static struct hook {
	const char *name;
	void *probe;
	struct tracepoint *tp;
} hooks[] = {
	{ "sched_switch", on_switch },
	{ "sched_process_exec", on_exec },
};

static void find_hook(struct tracepoint *tp, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(hooks); i++)
		if (!strcmp(tp->name, hooks[i].name))
			hooks[i].tp = tp;
}

static void unhook(unsigned int nr)
{
	while (nr--)
		tracepoint_probe_unregister(hooks[nr].tp, hooks[nr].probe,
					    NULL);
}

static int hook(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		err = tracepoint_probe_register(hooks[i].tp, hooks[i].probe,
						NULL);
		if (err) {
			unhook(i);
			return err;
		}
	}
	return 0;
}

/* Events that are open: from the first to the last the hooks are in. */
static atomic_t nr_open = ATOMIC_INIT(0);
static DEFINE_MUTEX(open_lock);

/*
 * xen_pmu_user_open - an event begins to exist; may sleep
 *
 * With no hooks nobody is let at the counters: an error for the caller.
 */
int xen_pmu_user_open(void)
{
	int err = 0;

	if (!way || atomic_inc_not_zero(&nr_open))
		return 0;
	mutex_lock(&open_lock);
	if (!atomic_read(&nr_open))
		err = hook();
	if (!err && atomic_inc_return(&nr_open) == 1)
		on_each_cpu(way->look, NULL, 1);
	mutex_unlock(&open_lock);
	return err;
}

/*
 * xen_pmu_user_close - an event is gone; may sleep
 */
void xen_pmu_user_close(void)
{
	if (!way || !atomic_dec_and_mutex_lock(&nr_open, &open_lock))
		return;
	unhook(ARRAY_SIZE(hooks));
	on_each_cpu(way->forget, NULL, 1);
	mutex_unlock(&open_lock);
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
 * After xen_pmu_pages_init(), before the PMU is shown to perf.
 */
void xen_pmu_user_init(void)
{
	const struct xen_pmu_user_way *here =
		xen_pv_domain() ? &xen_pmu_user_pv : &xen_pmu_user_cr4;
	unsigned int i;
	int err;

	for_each_kernel_tracepoint(find_hook, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!hooks[i].tp) {
			pr_warn("this kernel has no tracepoint %s: no RDPMC in user mode (cap_user_rdpmc is 0)\n",
				hooks[i].name);
			return;
		}
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
 * xen_pmu_user_exit - from module exit only: no event is open
 */
void xen_pmu_user_exit(void)
{
	if (page_update_probed)
		unregister_kretprobe(&page_update);
	tracepoint_synchronize_unregister();
	if (way)
		way->exit();
}
