// SPDX-License-Identifier: GPL-2.0-only
/*
 * rdpmc.c - a VCPU without a page can read no counter by RDPMC (R9).
 *
 * At load the module executes RDPMC in the kernel: before a page is attached, with a
 * page, and after the detach.  Later rdpmc_denied reads xen_pmu_hostile_rdpmc in
 * debugfs.  That
 * read sets CR4.PCE for the reading process, as the stock driver would, and returns
 * the number of counters that the kernel can read.  An HVM guest controls CR4.PCE
 * itself.  Then only Xen's intercept of RDPMC stops its programs.
 */
#include <linux/debugfs.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/mm_types.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <asm/asm.h>
#include <asm/mmu.h>
#include <asm/special_insns.h>
#include <xen/xen.h>

#include "hostile.h"

#define INDEXES	64	/* AMD's core counters are 0 to 5 */

static struct dentry *file;

static bool can_read(u32 ecx)
{
	u32 low, high, works = 0;

	asm volatile("1: rdpmc\n\t"
		     "movl $1, %[works]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "=a" (low), "=d" (high), [works] "+r" (works)
		     : "c" (ecx));
	return works;
}

/* The number of readable counters, general ones and fixed ones (Intel: bit 30). */
static unsigned int readable(void)
{
	unsigned int n = 0;

	for (u32 i = 0; i < INDEXES; i++)
		n += can_read(i) + can_read(1u << 30 | i);
	return n;
}

void test_rdpmc(const char *when, unsigned int expect)
{
	unsigned int n = readable();

	if (n != expect)
		remark("%u counters could be read", n);
	result(n == expect, "RDPMC reads %u counters in the kernel: %s", expect,
	       when);
}

static int rdpmc_show(struct seq_file *m, void *unused)
{
	unsigned long flags;

	/* The bit stays for this process: the CPU gets it at each switch to the process. */
	if (!xen_pv_domain() && current->mm) {
		atomic_inc(&current->mm->context.perf_rdpmc_allowed);
		/* newer kernels export cr4_set_bits() to KVM only */
		local_irq_save(flags);
		__write_cr4(__read_cr4() | X86_CR4_PCE);
		local_irq_restore(flags);
	}
	seq_printf(m, "%u\n", readable());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(rdpmc);

void rdpmc_create(void)
{
	file = debugfs_create_file("xen_pmu_hostile_rdpmc", 0400, NULL, NULL,
				   &rdpmc_fops);
}

void rdpmc_remove(void)
{
	debugfs_remove(file);
}
