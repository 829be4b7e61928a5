// SPDX-License-Identifier: GPL-2.0-only
/*
 * user_cr4.c - RDPMC in user mode of a PVH or HVM guest, whose CR4 is its own.
 *
 * Who may read is the kernel's business, as without Xen.  switch_mm() gives each address space
 * the CR4.PCE that its context.perf_rdpmc_allowed asks for, unless one of two static keys says
 * that nobody may or that everybody may.  The kernel's own PMU driver would count the former
 * and set the latter, but has found no PMU.  So this driver does the same to the same
 * variables.  The keys are not exported, nor is cr4_update_pce(), which brings a CPU up to
 * date at once.
 *
 * The kernel's own driver also clears counters with other processes' counts, in switch_mm()
 * (perf_clear_dirty_counters()).  Here Xen has to do that, and a return to user mode need not
 * pass through Xen.  So after a switch to another address space that may read, the driver
 * looks on that very return (user-return-notifier.h) whether there is such a counter.  By then
 * the process's own events are started, and only the slots that no event has are blanked
 * (xen_pmu_vcpu_conceal()).  If a start of those events needs a sync anyway, it does all that.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jump_label.h>
#include <linux/kallsyms.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/user-return-notifier.h>
#include <asm/mmu.h>
#include <asm/mmu_context.h>

#include "../core/vcpu.h"
#include "../kernel/symbol.h"
#include "collect.h"
#include "rdpmc.h"
#include "user_way.h"

#ifdef CONFIG_USER_RETURN_NOTIFIER

/* The first function finds variables that are not exported. */
DEFINE_STATIC_CALL_NULL(xen_pmu_lookup, kallsyms_lookup_name);
DEFINE_STATIC_CALL_NULL(xen_pmu_update_pce, cr4_update_pce);
static struct static_key *never, *always;

/* Whether one CPU is to be called on the next return to user mode. */
struct way_out {
	struct user_return_notifier notifier;
	bool armed;
};

static DEFINE_PER_CPU(struct way_out, way_out);

/* As switch_mm() decides. */
static bool has_mapped(const struct mm_struct *mm)
{
	return atomic_read(&mm->context.perf_rdpmc_allowed);
}

static void conceal(struct xen_pmu_cpu *c)
{
	xen_pmu_vcpu_conceal(&c->vcpu);
	xen_pmu_show_pages(c);
}

/* May the user mode that is to run look at user pages?  Then fill in what is out of date. */
static void watch(struct xen_pmu_cpu *c, bool may)
{
	c->vcpu.watched = xen_pmu_user_watches(may);
	if (c->vcpu.outdated)
		xen_pmu_show_pages(c);
}

static void disarm(struct way_out *w)
{
	if (!w->armed)
		return;
	w->armed = false;
	user_return_notifier_unregister(&w->notifier);
}

static void on_way_out(struct user_return_notifier *notifier)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	disarm(container_of(notifier, struct way_out, notifier));
	if (!c)
		return;
	if (xen_pmu_may_read(current->mm, has_mapped))
		conceal(c);
	else	/* it was armed for another process */
		c->vcpu.reader = XEN_PMU_READER_NONE;
}

/*
 * Is switch_mm() about to load a new address space that may read?  A kernel thread keeps the
 * address space of the task before, and a switch back to that task loads nothing.
 */
static void own_cr4_switching(struct task_struct *prev, struct task_struct *next)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);
	struct way_out *w = this_cpu_ptr(&way_out);
	bool may;

	if (!c || !next->mm)
		return;
	may = xen_pmu_may_read(next->mm, has_mapped);
	watch(c, may);
	if (!may || next->mm == prev->active_mm || !xen_pmu_vcpu_reader(&c->vcpu))
		return;
	c->vcpu.reader = XEN_PMU_READER_COMES;
	if (w->armed)
		return;
	w->armed = true;
	w->notifier.on_user_return = on_way_out;
	user_return_notifier_register(&w->notifier);
}

static void own_cr4_look(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	if (c) {
		bool may = xen_pmu_may_read(current->active_mm, has_mapped);

		watch(c, may);
		if (may) {
			xen_pmu_vcpu_restart(&c->vcpu);
			conceal(c);
		}
	}
	static_call(xen_pmu_update_pce)(NULL);
}

static void own_cr4_arrive(struct xen_pmu_cpu *c)
{
	c->vcpu.watched = xen_pmu_user_watches(xen_pmu_may_read(current->mm, has_mapped));
}

static void own_cr4_forget(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	disarm(this_cpu_ptr(&way_out));
	if (c)
		conceal(c);
}

/* mmap_lock is held for writing, so no other thread is between the two. */
static void own_cr4_mapped(struct mm_struct *mm)
{
	if (atomic_inc_return(&mm->context.perf_rdpmc_allowed) == 1)
		on_each_cpu_mask(mm_cpumask(mm), own_cr4_look, NULL, 1);
}

static void own_cr4_unmapped(struct mm_struct *mm)
{
	if (atomic_dec_and_test(&mm->context.perf_rdpmc_allowed))
		on_each_cpu_mask(mm_cpumask(mm), own_cr4_look, NULL, 1);
}

static void set_key(struct static_key *key, bool on)
{
	if (on)
		static_key_enable(key);
	else
		static_key_disable(key);
}

static void own_cr4_set_mode(int mode)
{
	set_key(never, mode == XEN_PMU_NOBODY);
	set_key(always, mode == XEN_PMU_EVERYBODY);
}

static void *address_of(const char *name)
{
	unsigned long address = static_call(xen_pmu_lookup)(name);

	if (!address)
		pr_warn("this kernel has no symbol %s: no RDPMC in user mode (cap_user_rdpmc is 0)\n",
			name);
	return (void *)address;
}

static bool own_cr4_init(void)
{
	if (xen_pmu_find(xen_pmu_lookup, kallsyms_lookup_name) ||
	    xen_pmu_find(xen_pmu_update_pce, cr4_update_pce)) {
		pr_warn("this kernel does not show kallsyms_lookup_name() or cr4_update_pce(): no RDPMC in user mode (cap_user_rdpmc is 0)\n");
		return false;
	}
	never = address_of("rdpmc_never_available_key");
	always = address_of("rdpmc_always_available_key");
	return never && always;
}

static void stay_in(void *unused)
{
	disarm(this_cpu_ptr(&way_out));
}

/* The keys are the kernel's: give them back as they were.  Nobody arms a way out any more. */
static void own_cr4_exit(void)
{
	own_cr4_set_mode(XEN_PMU_MAPPED);
	on_each_cpu(own_cr4_look, NULL, 1);
	on_each_cpu(stay_in, NULL, 1);
}

const struct xen_pmu_user_way xen_pmu_user_cr4 = {
	.init		= own_cr4_init,
	.exit		= own_cr4_exit,
	.switching	= own_cr4_switching,
	.mapped		= own_cr4_mapped,
	.unmapped	= own_cr4_unmapped,
	.set_mode	= own_cr4_set_mode,
	.look		= own_cr4_look,
	.arrive		= own_cr4_arrive,
	.forget		= own_cr4_forget,
};

#else /* !CONFIG_USER_RETURN_NOTIFIER */

static bool own_cr4_init(void)
{
	pr_warn("this kernel was built without CONFIG_USER_RETURN_NOTIFIER (KVM has it): no RDPMC in user mode (cap_user_rdpmc is 0)\n");
	return false;
}

const struct xen_pmu_user_way xen_pmu_user_cr4 = {
	.init		= own_cr4_init,
};

#endif
