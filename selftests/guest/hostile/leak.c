// SPDX-License-Identifier: GPL-2.0-only
/*
 * leak.c - two domains take turns on one CPU, with known patterns in all counters.
 *
 * leak.sh reads xen_pmu_hostile_leak in debugfs.  The read attaches a page and fills
 * every counter with the pattern from the module's parameter; half of the counters
 * run, and half are stopped.  Then it yields the CPU (SCHEDOP_yield) again and again,
 * and reads all counters each time.  A stopped counter must hold its pattern to the
 * bit.  A running counter may have counted up, but its top 16 bits must still hold the
 * pattern: the patterns of two domains differ there.  If a VCPU switch leaves a count
 * of the other domain in a counter, the first read shows it (R9).
 *
 * The test counts VCPU switches by the MSRs that Xen writes: the patterns differ, so
 * Xen loads each counter when it switches this VCPU in after the other one.
 */
#include <linux/debugfs.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <asm/xen/hypercall.h>
#include <xen/interface/sched.h>

#include "hostile.h"

#define INSTRUCTIONS	0xc0ULL
#define TOP_SHIFT	32	/* bits 32 to 47 stay while a counter runs */

static unsigned int pattern = 0x1234;
module_param(pattern, uint, 0600);
MODULE_PARM_DESC(pattern, "leak: 16 bits, the top of every counter");
static unsigned int switches = 1000;
module_param(switches, uint, 0600);
MODULE_PARM_DESC(switches, "leak: how many VCPU switches");

static struct victim victim;
static struct dentry *file;

static bool runs(int slot)
{
	return slot & 1;
}

static u64 filled(int slot)
{
	return (u64)pattern << TOP_SHIFT | 0xabcd0000 | slot << 8 | (pattern & 0xff);
}

static int fill(struct victim *v)
{
	struct xen_pmu_request *req = &v->page->request;

	batch_begin(v);
	for (int i = 0; i < v->page->constant.nr_gp; i++) {
		req->changed |= 1ULL << i;
		if (runs(i))
			req->run |= 1ULL << i;
		req->slot[i].ctl = INSTRUCTIONS | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS;
		req->slot[i].start = filled(i);
		req->slot[i].gen = v->seq + 1;
	}
	return batch_end(v);
}

/* Returns the number of counters with a wrong value. */
static int look(const struct victim *v, struct seq_file *m, int told)
{
	int wrong = 0;

	for (int i = 0; i < v->page->constant.nr_gp; i++) {
		u64 now = read_counter(v, i);

		if (runs(i) ? now >> TOP_SHIFT == pattern && now >= filled(i) :
			      now == filled(i))
			continue;
		if (told + wrong++ < 10)
			seq_printf(m, "# counter %d: %#llx, must be %#llx%s\n",
				   i, now, filled(i), runs(i) ? " or more" : "");
	}
	return wrong;
}

static u64 switched(const struct victim *v)
{
	return v->page->state.msr_switch / v->page->constant.nr_gp;
}

static int leak_show(struct seq_file *m, void *unused)
{
	unsigned long rounds = 0, yields = 0;
	u64 before;
	int wrong;

	if (victim_attach(&victim) || fill(&victim))
		return -EIO;
	before = switched(&victim);
	wrong = look(&victim, m, 0);
	while (switched(&victim) - before < switches &&
	       rounds < 100UL * switches && !fatal_signal_pending(current)) {
		yields += !HYPERVISOR_sched_op(SCHEDOP_yield, NULL);
		wrong += look(&victim, m, wrong);
		rounds++;
		cond_resched();
	}
	seq_printf(m, "switches %llu\nyields %lu\nwrong %d\n",
		   switched(&victim) - before, yields, wrong);
	return page_detach();
}
DEFINE_SHOW_ATTRIBUTE(leak);

void leak_create(struct xen_pmu_page *page)
{
	victim.page = page;
	file = debugfs_create_file("xen_pmu_hostile_leak", 0400, NULL, NULL,
				   &leak_fops);
}

void leak_remove(void)
{
	debugfs_remove(file);
}
