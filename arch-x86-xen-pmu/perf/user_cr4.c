// SPDX-License-Identifier: GPL-2.0-only
/*
 * user_cr4.c - RDPMC in user mode of a PVH or HVM guest, whose CR4 is its own.
 *
 * Who may is the kernel's business, as without Xen: switch_mm() gives each
 * address space the CR4.PCE that its context.perf_rdpmc_allowed asks for, unless
 * one of two static keys says that nobody may or that everybody may.  The
 * kernel's own PMU driver counts the one and sets the others; here it has found
 * no PMU and leaves them alone, so this driver does the same to the same
 * variables.  The keys are not exported, nor is cr4_update_pce(), which brings a
 * CPU up to date at once.
 *
 * The kernel's own driver also clears counters with other processes' counts, in
 * switch_mm() (perf_clear_dirty_counters()).  Here that is Xen's to do, and
 * nothing of Xen need be on the way to user mode.  So after a switch to another
 * address space, which may read, it is looked at on that very way
 * (user-return-notifier.h) whether there is such a counter: by then the
 * process's own events are started, and only what nobody has is blanked
 * (xen_pmu_vcpu_conceal()).  Where its events need a sync anyway, that
 * does it all.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/jump_label.h>
#include <linux/kallsyms.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/static_call.h>
#include <linux/user-return-notifier.h>
#include <asm/mmu.h>
#include <asm/mmu_context.h>

#include "../core/vcpu.h"
#include "../kernel/symbol.h"
#include "collect.h"
#include "rdpmc.h"
#include "sample.h"
#include "user_way.h"

#ifdef CONFIG_USER_RETURN_NOTIFIER

/* What is not exported: variables are looked up by the first function. */
DEFINE_STATIC_CALL_NULL(xen_pmu_lookup, kallsyms_lookup_name);
DEFINE_STATIC_CALL_NULL(xen_pmu_update_pce, cr4_update_pce);
static struct static_key *never, *always;

/* One CPU's wish to be called on the next way to user mode. */
struct way_out {
	struct user_return_notifier notifier;
	bool armed;
};

static DEFINE_PER_CPU(struct way_out, way_out);

/* As switch_mm() decides. */
static bool may_read(const struct mm_struct *mm)
{
	switch (xen_pmu_user_mode()) {
	case XEN_PMU_NOBODY:
		return false;
	case XEN_PMU_MAPPED:
		return mm && atomic_read(&mm->context.perf_rdpmc_allowed);
	default:
		return true;
	}
}

static void conceal(struct xen_pmu_cpu *c)
{
	xen_pmu_vcpu_conceal(&c->vcpu);
	xen_pmu_show_pages(c);
}

/* From here on, user pages are, or are not, brought up to date at once. */
static void watch(struct xen_pmu_cpu *c, bool may)
{
	c->vcpu.watched = xen_pmu_user_watches(may);
	if (c->vcpu.unseen)
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
	if (may_read(current->mm))
		conceal(c);
	else
		c->vcpu.hiding = false;	/* it was meant for another */
}

/*
 * Is switch_mm() about to load a new address space that may read?  A kernel
 * thread keeps that of the task before, and going back to it loads nothing.
 */
static void user_cr4_switching(struct task_struct *prev, struct task_struct *next)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);
	struct way_out *w = this_cpu_ptr(&way_out);
	bool may;

	if (!c || !next->mm)
		return;
	may = may_read(next->mm);
	watch(c, may);
	if (!may || next->mm == prev->active_mm ||
	    !xen_pmu_vcpu_reader(&c->vcpu))
		return;
	c->vcpu.hiding = true;
	if (w->armed)
		return;
	w->armed = true;
	w->notifier.on_user_return = on_way_out;
	user_return_notifier_register(&w->notifier);
}

static void user_cr4_look(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	if (c) {
		bool may = may_read(current->active_mm);

		watch(c, may);
		if (may) {
			xen_pmu_vcpu_renew(&c->vcpu);
			conceal(c);
		}
	}
	static_call(xen_pmu_update_pce)(NULL);
}

static void user_cr4_arrive(struct xen_pmu_cpu *c)
{
	c->vcpu.watched = xen_pmu_user_watches(may_read(current->mm));
}

static void user_cr4_forget(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	disarm(this_cpu_ptr(&way_out));
	if (c)
		conceal(c);
}

/* mmap_lock is held for writing, so no other thread is between the two. */
static void user_cr4_mapped(struct mm_struct *mm)
{
	if (atomic_inc_return(&mm->context.perf_rdpmc_allowed) == 1)
		on_each_cpu_mask(mm_cpumask(mm), user_cr4_look, NULL, 1);
}

static void user_cr4_unmapped(struct mm_struct *mm)
{
	if (atomic_dec_and_test(&mm->context.perf_rdpmc_allowed))
		on_each_cpu_mask(mm_cpumask(mm), user_cr4_look, NULL, 1);
}

static void set_key(struct static_key *key, bool on)
{
	if (on)
		static_key_enable(key);
	else
		static_key_disable(key);
}

static void user_cr4_set_mode(int mode)
{
	set_key(never, mode == XEN_PMU_NOBODY);
	set_key(always, mode == XEN_PMU_EVERYBODY);
}

static unsigned long address_of(const char *name)
{
	unsigned long address = static_call(xen_pmu_lookup)(name);

	if (!address)
		pr_warn("this kernel has no symbol %s: no RDPMC in user mode (cap_user_rdpmc is 0)\n",
			name);
	return address;
}

static bool user_cr4_init(void)
{
	void *lookup = xen_pmu_symbol("kallsyms_lookup_name");
	void *update = xen_pmu_symbol("cr4_update_pce");

	if (IS_ERR(lookup) || IS_ERR(update)) {
		pr_warn("this kernel does not show kallsyms_lookup_name() or cr4_update_pce(): no RDPMC in user mode (cap_user_rdpmc is 0)\n");
		return false;
	}
	static_call_update(xen_pmu_lookup, lookup);
	static_call_update(xen_pmu_update_pce, update);
	never = (void *)address_of("rdpmc_never_available_key");
	always = (void *)address_of("rdpmc_always_available_key");
	return never && always;
}

static void stay_in(void *unused)
{
	disarm(this_cpu_ptr(&way_out));
}

/* The keys are the kernel's: as they were.  Nobody arms a way out any more. */
static void user_cr4_exit(void)
{
	user_cr4_set_mode(XEN_PMU_MAPPED);
	on_each_cpu(user_cr4_look, NULL, 1);
	on_each_cpu(stay_in, NULL, 1);
}

const struct xen_pmu_user_way xen_pmu_user_cr4 = {
	.init		= user_cr4_init,
	.exit		= user_cr4_exit,
	.switching	= user_cr4_switching,
	.mapped		= user_cr4_mapped,
	.unmapped	= user_cr4_unmapped,
	.set_mode	= user_cr4_set_mode,
	.look		= user_cr4_look,
	.arrive		= user_cr4_arrive,
	.forget		= user_cr4_forget,
};

#else /* !CONFIG_USER_RETURN_NOTIFIER */

static bool user_cr4_init(void)
{
	pr_warn("this kernel was built without CONFIG_USER_RETURN_NOTIFIER (KVM has it): no RDPMC in user mode (cap_user_rdpmc is 0)\n");
	return false;
}

const struct xen_pmu_user_way xen_pmu_user_cr4 = {
	.init		= user_cr4_init,
};

#endif
