// SPDX-License-Identifier: GPL-2.0-only
/*
 * user.c - RDPMC in user mode: who may, and what perf's user page says.
 *
 * /sys/bus/event_source/devices/cpu/rdpmc is as natively: 0 nobody, 1 who has
 * an event mapped, 2 everybody.  Natively CR4.PCE follows the process, set in
 * switch_mm().  On PV CR4 is Xen's, and kernel and processes share a ring; so
 * the driver keeps a list of address spaces that have an event mapped, looks
 * at each switch to another process and at each exec whether the one that
 * runs is on it, and says so in the page (request.user).  Xen sets CR4.PCE
 * when it switches modes; no hypercall is made.
 *
 * Counters with other processes' counts are blanked for who may read
 * (xen_pmu_vcpu_expose()), as the kernel's own driver does
 * (perf_clear_dirty_counters()).
 *
 * While no event is open no tracepoint is hooked and every counter is zero.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/hashtable.h>
#include <linux/kprobes.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>

#include "driver.h"
#include "period.h"

enum { NOBODY, MAPPED, EVERYBODY };

static int rdpmc_mode;			/* NOBODY..EVERYBODY */
static bool offered;			/* this Xen and this kernel can do it */

/* An address space that has @maps mappings of events. */
struct reader {
	struct hlist_node node;
	struct mm_struct *mm;
	unsigned int maps;
	struct rcu_head rcu;
};

static DEFINE_HASHTABLE(readers, 6);
static DEFINE_SPINLOCK(readers_lock);

static struct reader *find_reader(const struct mm_struct *mm)
{
	struct reader *r;

	hash_for_each_possible_rcu(readers, r, node, (unsigned long)mm,
				   lockdep_is_held(&readers_lock))
		if (r->mm == mm)
			return r;
	return NULL;
}

/* Preemption off, which is an RCU read-side critical section. */
static bool may_read(const struct mm_struct *mm)
{
	switch (READ_ONCE(rdpmc_mode)) {
	case NOBODY:
		return false;
	case MAPPED:
		return mm && find_reader(mm);
	default:
		return true;
	}
}

/* This CPU's counters are, or are not, for the user mode of @mm; IRQs off. */
static void let(const struct mm_struct *mm)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	if (!c)
		return;
	xen_pmu_vcpu_expose(&c->vcpu, may_read(mm));
	xen_pmu_show_started(c);
}

/* A kernel thread has no user mode: it changes nothing. */
static void going_to(const struct task_struct *task)
{
	if (task->mm)
		let(task->mm);
}

static void on_switch(void *unused, bool preempt, struct task_struct *prev,
		      struct task_struct *next, unsigned int prev_state)
{
	going_to(next);
}

/* An address space comes without a switch, if the old one lives on (vfork). */
static void on_exec(void *unused, struct task_struct *task, pid_t old_pid,
		    struct linux_binprm *bprm)
{
	unsigned long flags;

	local_irq_save(flags);
	going_to(current);
	local_irq_restore(flags);
}

static void look_again_ipi(void *unused)
{
	let(current->mm);
}

static void forget_ipi(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	if (!c)
		return;
	xen_pmu_vcpu_forget(&c->vcpu);
	xen_pmu_show_started(c);
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

	if (!offered || atomic_inc_not_zero(&nr_open))
		return 0;
	mutex_lock(&open_lock);
	if (!atomic_read(&nr_open))
		err = hook();
	if (!err && atomic_inc_return(&nr_open) == 1)
		on_each_cpu(look_again_ipi, NULL, 1);
	mutex_unlock(&open_lock);
	return err;
}

/*
 * xen_pmu_user_close - an event is gone; may sleep
 */
void xen_pmu_user_close(void)
{
	if (!offered || !atomic_dec_and_mutex_lock(&nr_open, &open_lock))
		return;
	unhook(ARRAY_SIZE(hooks));
	on_each_cpu(forget_ipi, NULL, 1);
	mutex_unlock(&open_lock);
}

/*
 * xen_pmu_user_flags - hw.flags of a new event: may its user page be used?
 */
int xen_pmu_user_flags(void)
{
	return READ_ONCE(rdpmc_mode) != NOBODY ? PERF_EVENT_FLAG_USER_READ_CNT :
						 0;
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
	struct reader *new, *r;

	if (!(event->hw.flags & PERF_EVENT_FLAG_USER_READ_CNT))
		return;
	new = kzalloc(sizeof(*new), GFP_KERNEL | __GFP_NOFAIL);
	new->mm = mm;
	new->maps = 1;

	spin_lock(&readers_lock);
	r = find_reader(mm);
	if (r)
		r->maps++;
	else
		hash_add_rcu(readers, &new->node, (unsigned long)mm);
	spin_unlock(&readers_lock);

	if (r)
		kfree(new);
	else
		on_each_cpu_mask(mm_cpumask(mm), look_again_ipi, NULL, 1);
}

void xen_pmu_event_unmapped(struct perf_event *event, struct mm_struct *mm)
{
	struct reader *r;
	bool last;

	if (!(event->hw.flags & PERF_EVENT_FLAG_USER_READ_CNT))
		return;
	spin_lock(&readers_lock);
	r = find_reader(mm);
	last = r && !--r->maps;
	if (last)
		hash_del_rcu(&r->node);
	spin_unlock(&readers_lock);

	if (!last)
		return;
	kfree_rcu(r, rcu);
	/* exec: this CPU has the new address space already */
	on_each_cpu(look_again_ipi, NULL, 1);
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
 */
int xen_pmu_user_mode(void)
{
	return rdpmc_mode;
}

int xen_pmu_user_set_mode(unsigned long mode)
{
	if (mode > EVERYBODY)
		return -EINVAL;
	if (!offered)
		return -EOPNOTSUPP;
	WRITE_ONCE(rdpmc_mode, mode);
	on_each_cpu(look_again_ipi, NULL, 1);
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
 * xen_pmu_user_init - offer it, if this Xen and this kernel can do it
 *
 * After xen_pmu_pages_init(), before the PMU is shown to perf.  HVM and PVH
 * guests have their own CR4.
 */
void xen_pmu_user_init(void)
{
	unsigned int i;
	int err;

	if (!(xen_pmu_offer.features & XEN_PMU_FEAT_USER))
		return;
	for_each_kernel_tracepoint(find_hook, NULL);
	for (i = 0; i < ARRAY_SIZE(hooks); i++) {
		if (!hooks[i].tp) {
			pr_warn("this kernel has no tracepoint %s: no RDPMC in user mode (cap_user_rdpmc is 0)\n",
				hooks[i].name);
			return;
		}
	}
	err = register_kretprobe(&page_update);
	page_update_probed = !err;
	if (err)
		pr_info("%s cannot be probed (error %d): pmc_width of user pages is 0\n",
			page_update.kp.symbol_name, err);
	offered = true;
	rdpmc_mode = MAPPED;
}

/*
 * xen_pmu_user_exit - from module exit only: no event is open
 */
void xen_pmu_user_exit(void)
{
	if (page_update_probed)
		unregister_kretprobe(&page_update);
	tracepoint_synchronize_unregister();
	rcu_barrier();
}
