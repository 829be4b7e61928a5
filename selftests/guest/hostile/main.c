// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - xen_pmu_hostile: a guest driver that means harm.
 *
 * The module takes the place of xen_pmu on one VCPU.  It does what a broken or hostile
 * guest kernel can do with the page and the hypercall: it publishes bad batches of
 * every kind, attaches foreign frames, overwrites the blocks that only Xen writes,
 * makes random requests, and causes a storm of overflows.
 *
 * It proves R2 (Xen applies or refuses a batch as a whole, and never trusts its own
 * copy in the page) and R10 (a guest can hurt only itself).  Xen must answer each
 * request with the error that pmu_page.h promises, write to no other page, and drop
 * the page at detach.  The guest and Xen must go on afterwards: hostile.sh then runs
 * an exact test.
 *
 * How it could fail: Xen crashes; a batch is half applied; Xen uses an index from the
 * page unchecked (the pages around hold a pattern); a reference stays after detach
 * (see attach.c); RDPMC works without a page (see rdpmc.c).
 *
 * All tests run at load, on the CPU that runs insmod, unless quiet=1.  The results are
 * TAP in debugfs.  leak.c and rdpmc.c have files of their own there.  xen_pmu must not
 * be loaded at the same time, except for the tests of take.c.
 */
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/string.h>
#include <asm/xen/hypervisor.h>
#include <xen/xen.h>

#include "hostile.h"

#define PATTERN 0x5a
#define ORDER	2	/* four pages; the third is shared */

static bool quiet;
module_param(quiet, bool, 0);
MODULE_PARM_DESC(quiet, "do no harm at load");

static void *block;

int victim_attach(struct victim *v)
{
	v->seq = 0;
	memset(block, PATTERN, PAGE_SIZE << ORDER);
	memset(v->page, 0, PAGE_SIZE);
	return page_attach(v->page);
}

bool victim_surroundings_intact(const struct victim *v)
{
	void *page = v->page;

	return !memchr_inv(block, PATTERN, page - block) &&
	       !memchr_inv(page + PAGE_SIZE, PATTERN, PAGE_SIZE);
}

static void run_all(struct victim *v)
{
	int error = victim_attach(v);

	result(!error, "a page is attached");
	if (error) {
		remark("error %d; is xen_pmu still loaded?", error);
		return;
	}
	test_rdpmc("with a page", v->page->constant.nr_gp);
	test_batches(v);
	test_scribble(v);
	test_random(v);
	test_storm(v);
	result(victim_surroundings_intact(v),
	       "Xen wrote to neither of the pages around the page");
	result(!page_detach(), "the page is detached");
	test_rdpmc("after the page", 0);
}

static int __init hostile_init(void)
{
	struct victim v;
	int error;

	BUILD_BUG_ON(sizeof(struct xen_pmu_page) > PAGE_SIZE);
	if (!xen_domain())
		return -ENODEV;
	block = (void *)__get_free_pages(GFP_KERNEL, ORDER);
	if (!block)
		return -ENOMEM;
	error = results_create();
	if (error) {
		free_pages((unsigned long)block, ORDER);
		return error;
	}
	v.page = block + 2 * PAGE_SIZE;

	error = take_init();
	if (error) {
		results_remove();
		free_pages((unsigned long)block, ORDER);
		return error;
	}
	rdpmc_create();
	leak_create(v.page);
	if (quiet)
		return 0;
	migrate_disable();
	test_rdpmc("before there is a page", 0);
	test_attach(&v);
	run_all(&v);
	migrate_enable();
	return 0;
}

static void __exit hostile_exit(void)
{
	take_exit();
	leak_remove();
	rdpmc_remove();
	results_remove();
	free_pages((unsigned long)block, ORDER);
}

module_init(hostile_init);
module_exit(hostile_exit);
MODULE_DESCRIPTION("Xen guest PMU: what a hostile guest can do");
MODULE_LICENSE("GPL");
