// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - xen_pmu_kwork: kernel code whose instructions and callers are known.
 *
 * A line written to /sys/kernel/debug/xen_pmu_kwork/run makes the writing task
 * do the work at once, in its system call:
 *
 *   chain TURNS	kwork_write() calls kwork_outer(), which calls
 *			kwork_middle(), which calls kwork_leaf(); all work is in
 *			kwork_leaf()
 *   late TURNS		the same with kwork_late() as the leaf, and with
 *			interrupts off
 *   mix TURNS TIMES BEHIND
 *			TIMES times: kwork_open(TURNS) with interrupts on, then
 *			kwork_masked(TURNS) with interrupts off, and, if BEHIND
 *			is not 0, kwork_behind(BEHIND) before interrupts are on
 *			again; each time a little longer than before, at the end
 *			by a fifth
 *
 * Any other line is refused with -EINVAL.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include "kwork.h"

#define LONGEST (1000UL * 1000 * 1000)	/* turns; a mistyped number must end, too */

static struct dentry *dir;

/* The barriers keep the compiler from turning a call into a jump. */
static noinline void kwork_middle(unsigned long turns, bool late)
{
	unsigned long flags;

	if (late) {
		local_irq_save(flags);
		kwork_late(turns);
		local_irq_restore(flags);
	} else {
		kwork_leaf(turns);
	}
	barrier();
}

static noinline void kwork_outer(unsigned long turns, bool late)
{
	kwork_middle(turns, late);
	barrier();
}

/*
 * If all sections had the same length, a sampling period could keep step with them.  If
 * the lengths changed at random, the samples would scatter at random.  So each section is
 * a little longer than the one before.
 */
static unsigned long longer(unsigned long turns, unsigned long time,
			    unsigned long times)
{
	return turns + turns / 5 * time / times;
}

static void mix(unsigned long turns, unsigned long times, unsigned long behind)
{
	unsigned long flags, time;

	for (time = 0; time < times; time++) {
		kwork_open(longer(turns, time, times));
		local_irq_save(flags);
		kwork_masked(longer(turns, time, times));
		if (behind)
			kwork_behind(longer(behind, time, times));
		local_irq_restore(flags);
	}
}

static noinline ssize_t kwork_write(struct file *file, const char __user *from,
				    size_t size, loff_t *at)
{
	unsigned long turns, times, behind;
	char line[80] = {};

	if (size >= sizeof(line) || copy_from_user(line, from, size))
		return -EINVAL;
	if (sscanf(line, "mix %lu %lu %lu", &turns, &times, &behind) == 3) {
		if (!turns || turns > LONGEST || behind > LONGEST)
			return -EINVAL;
		mix(turns, times, behind);
	} else if (sscanf(line, "chain %lu", &turns) == 1 ||
		   sscanf(line, "late %lu", &turns) == 1) {
		if (!turns || turns > LONGEST)
			return -EINVAL;
		kwork_outer(turns, line[0] == 'l');
	} else {
		return -EINVAL;
	}
	return size;
}

static const struct file_operations kwork_fops = {
	.owner	= THIS_MODULE,
	.open	= simple_open,
	.write	= kwork_write,
};

static int __init kwork_init(void)
{
	dir = debugfs_create_dir("xen_pmu_kwork", NULL);
	/* "unsafe" keeps debugfs' proxy out of the callers; the open file holds the module */
	debugfs_create_file_unsafe("run", 0200, dir, NULL, &kwork_fops);
	return PTR_ERR_OR_ZERO(dir);
}

static void __exit kwork_exit(void)
{
	debugfs_remove_recursive(dir);
}

module_init(kwork_init);
module_exit(kwork_exit);
MODULE_DESCRIPTION("Known kernel code for perf's samples");
MODULE_LICENSE("GPL");
