// SPDX-License-Identifier: GPL-2.0-only
/*
 * leak.c - two domains take turns on one CPU, with known patterns in all counters.
 *
 * For leak.sh, which reads xen_pmu_hostile_leak in debugfs: attaches a page, fills
 * every counter with the pattern of the module's parameter, half of them stopped
 * and half running, and gives the CPU away (SCHEDOP_yield) again and again; after
 * each time it reads all counters.  A stopped one must hold its pattern to the
 * bit; a running one may have counted up from it, less than would reach the top
 * 16 bits, in which the patterns of two domains differ.  What a VCPU switch has
 * left of the other domain shows at the first read (R9).
 *
 * VCPU switches are counted by what they write: with patterns that differ, Xen
 * loads each counter when it switches this VCPU in after the other.
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
#define TOP_SHIFT	32	/* of 48 bits: what a running counter keeps */

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

/* How many counters hold what they must not. */
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
