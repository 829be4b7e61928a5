// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach.c - attaching what is not ours, twice, and never letting go.
 *
 * Whether Xen has dropped its reference is asked of Xen itself: a page that
 * anybody maps writable cannot be pinned as a page table (-EBUSY or -EINVAL),
 * and Xen holds a shared page as writable.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/pgtable.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>
#include <xen/interface/xen.h>

#include "hostile.h"

#define ROUNDS 1000

static int pin(unsigned int cmd, const void *page)
{
	struct mmuext_op op = {
		.cmd = cmd,
		.arg1.mfn = virt_to_mfn(page),
	};

	return HYPERVISOR_mmuext_op(&op, 1, NULL, DOMID_SELF);
}

static int map(void *page, pgprot_t prot)
{
	return HYPERVISOR_update_va_mapping((unsigned long)page,
				pfn_pte(virt_to_pfn(page), prot), UVMF_INVLPG);
}

/* Whether the page, which must be zero, may become a page table. */
static bool can_be_page_table(void *page)
{
	bool can;

	if (map(page, PAGE_KERNEL_RO))
		return false;
	can = !pin(MMUEXT_PIN_L1_TABLE, page);
	if (can)
		pin(MMUEXT_UNPIN_TABLE, page);
	map(page, PAGE_KERNEL);
	return can;
}

static void refused(int error, int expect, const char *what)
{
	if (error != expect)
		remark("expected %d, got %d", expect, error);
	result(error == expect, "%s: %d", what, expect);
}

static void test_foreign(void)
{
	refused(page_attach_gfn(~0UL), -EINVAL, "attach frame ~0");
	refused(page_attach_gfn(1UL << 40), -EINVAL, "attach absent frame");
	refused(page_attach_gfn(0xb8), -EINVAL, "attach the VGA's frame");
	refused(page_op_other_vcpu(XENPMU_page_attach), -EINVAL,
		"attach for another VCPU");
	refused(page_op_null(XENPMU_page_attach), -EFAULT,
		"attach without parameters");
	result(page_op_unknown() < 0, "an unknown sub-operation is an error");
	refused(page_detach(), 0, "detach without a page");
	refused(page_sync(), -ENOENT, "sync without a page");
}

/* A live page table: a page of the guest's, but not one it may write. */
static void test_page_table(void)
{
	unsigned long cr3 = read_cr3_pa();

	refused(page_attach_gfn(pfn_to_gfn(cr3 >> PAGE_SHIFT)), -EINVAL,
		"attach a page table");
}

static void test_twice(struct victim *v)
{
	refused(victim_attach(v), 0, "attach");
	refused(page_attach(v->page), -EBUSY, "attach the same again");
	result(v->page->constant.magic == XEN_PMU_PAGE_MAGIC &&
	       v->page->constant.major == XEN_PMU_PAGE_MAJOR &&
	       v->page->constant.nr_gp && v->page->constant.gp_width,
	       "the constant block is there");
	remark("%s: %u counters of %u bits, policy %u",
	       v->page->constant.backend, v->page->constant.nr_gp,
	       v->page->constant.gp_width, v->page->constant.policy);
	result(!can_be_page_table(v->page), "Xen holds the attached page");
	refused(page_detach(), 0, "detach");
	refused(page_detach(), 0, "detach again");
}

static void test_release(struct victim *v)
{
	int failed = 0;

	for (int i = 0; i < ROUNDS; i++)
		failed += !!victim_attach(v) || !!page_detach();
	result(!failed, "%d times attach and detach", ROUNDS);
	memset(v->page, 0, PAGE_SIZE);
	result(can_be_page_table(v->page), "Xen has let go of the page");
}

void test_attach(struct victim *v)
{
	test_foreign();
	test_page_table();
	test_twice(v);
	test_release(v);
}
