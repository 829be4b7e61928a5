// SPDX-License-Identifier: GPL-2.0-only
/*
 * user_pv.c - RDPMC in user mode of a PV guest, whose CR4 is Xen's.
 *
 * Kernel and processes share a ring.  So the driver keeps a list of address spaces that have an
 * event mapped.  At each switch to another process, and at each exec, it looks whether the
 * process that runs is on the list, and says so in the page (request.flags).  Xen sets CR4.PCE
 * when it switches modes.  No hypercall is made.
 *
 * Counters with other processes' counts are blanked for a process that may read
 * (xen_pmu_vcpu_expose()), as the kernel's own driver does (perf_clear_dirty_counters()).  The
 * return to user mode applies that.
 */
#include <linux/hashtable.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/spinlock.h>

#include "../core/vcpu.h"
#include "../xen/offer.h"
#include "collect.h"
#include "rdpmc.h"
#include "sample.h"
#include "user_way.h"

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
static bool has_mapped(const struct mm_struct *mm)
{
	return find_reader(mm);
}

/* The user mode that is to run on this CPU may, or may not, read its counters. */
static void expose(struct xen_pmu_cpu *c, bool may)
{
	xen_pmu_vcpu_expose(&c->vcpu, may);
	c->vcpu.watched = xen_pmu_user_watches(may);
	xen_pmu_show_pages(c);
}

/* A kernel thread has no user mode: it changes nothing. */
static void pv_switching(struct task_struct *prev, struct task_struct *next)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);
	bool may;

	if (!c || !next->mm)
		return;
	may = xen_pmu_may_read(next->mm, has_mapped);
	xen_pmu_enter(c);
	if (may && next->mm != prev->active_mm)
		xen_pmu_vcpu_reader(&c->vcpu);
	expose(c, may);
	xen_pmu_leave(c);
}

static void pv_look(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);
	bool may;

	if (!c)
		return;
	may = xen_pmu_may_read(current->mm, has_mapped);
	xen_pmu_enter(c);
	if (may && c->vcpu.reader != XEN_PMU_READER_HERE)
		xen_pmu_vcpu_restart(&c->vcpu);
	expose(c, may);
	xen_pmu_leave(c);
}

/* An exec changes the address space without a switch, if the old one lives on (vfork). */
static void pv_executed(void)
{
	if (current->mm)
		pv_look(NULL);
}

/* The thaw that follows publishes it. */
static void pv_arrive(struct xen_pmu_cpu *c)
{
	bool may = xen_pmu_may_read(current->mm, has_mapped);

	c->vcpu.reader = may ? XEN_PMU_READER_HERE : XEN_PMU_READER_NONE;
	c->vcpu.watched = xen_pmu_user_watches(may);
}

static void pv_forget(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	if (!c)
		return;
	xen_pmu_enter(c);
	xen_pmu_vcpu_forget(&c->vcpu);
	xen_pmu_show_pages(c);
	xen_pmu_leave(c);
}

static void pv_mapped(struct mm_struct *mm)
{
	struct reader *new, *r;

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
		on_each_cpu_mask(mm_cpumask(mm), pv_look, NULL, 1);
}

static void pv_unmapped(struct mm_struct *mm)
{
	struct reader *r;
	bool last;

	spin_lock(&readers_lock);
	r = find_reader(mm);
	last = r && !--r->maps;
	if (last)
		hash_del_rcu(&r->node);
	spin_unlock(&readers_lock);

	if (!last)
		return;
	kfree_rcu(r, rcu);
	/* All CPUs: in an exec, this one has the new address space already. */
	on_each_cpu(pv_look, NULL, 1);
}

static bool pv_init(void)
{
	return xen_pmu_offer.features & XEN_PMU_FEAT_USER;
}

static void pv_exit(void)
{
	rcu_barrier();		/* kfree_rcu() */
}

const struct xen_pmu_user_way xen_pmu_user_pv = {
	.init		= pv_init,
	.exit		= pv_exit,
	.switching	= pv_switching,
	.executed	= pv_executed,
	.mapped		= pv_mapped,
	.unmapped	= pv_unmapped,
	.look		= pv_look,
	.arrive		= pv_arrive,
	.forget		= pv_forget,
};
