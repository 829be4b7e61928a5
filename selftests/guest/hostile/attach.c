// SPDX-License-Identifier: GPL-2.0-only
/*
 * attach.c - attaches foreign frames, attaches twice, and looks for leaked references.
 *
 * After a detach Xen must have dropped its reference to the page.  The test asks Xen
 * for that.  On PV, Xen holds a shared page as writable, and a page that anybody maps
 * writable cannot be pinned as a page table (-EBUSY or -EINVAL).  In a PVH or HVM
 * guest, the guest gives the page's frame back to Xen, as a balloon driver does.  The
 * frame stays the domain's until the last reference is dropped, and the last reference
 * here is that of the attached page.  Meanwhile Xen writes to a page that the guest no
 * longer sees, which must do no harm.
 */
#include <linux/mm.h>
#include <linux/string.h>
#include <asm/pgtable.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>
#include <xen/interface/memory.h>
#include <xen/interface/xen.h>
#include <xen/xen.h>

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

/* Can the page be pinned as a page table?  Its contents must be zero. */
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

static long pages_of_domain(void)
{
	domid_t self = DOMID_SELF;

	return HYPERVISOR_memory_op(XENMEM_current_reservation, &self);
}

/* Gives the page's frame to Xen, or asks for a new frame there; returns 1 if done. */
static int move_page(unsigned int cmd, const void *page)
{
	xen_pfn_t frame = virt_to_gfn(page);
	struct xen_memory_reservation r = {
		.nr_extents = 1,
		.domid = DOMID_SELF,
	};

	set_xen_guest_handle(r.extent_start, &frame);
	return HYPERVISOR_memory_op(cmd, &r);
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
	if (xen_pv_domain())
		refused(page_attach_gfn(0xb8), -EINVAL,
			"attach the VGA's frame");
	else
		refused(page_attach_gfn(0xfee00), -EINVAL,
			"attach the local APIC's frame");
	refused(page_op_other_vcpu(XENPMU_page_attach), -EINVAL,
		"attach for another VCPU");
	refused(page_op_null(XENPMU_page_attach), -EFAULT,
		"attach without parameters");
	result(page_op_unknown() < 0, "an unknown sub-operation is an error");
	refused(page_detach(), 0, "detach without a page");
	refused(page_sync(), -ENOENT, "sync without a page");
}

/* On PV, a page table in use is a page of the guest that the guest may not write. */
static void test_page_table(void)
{
	unsigned long cr3 = read_cr3_pa();

	if (xen_pv_domain())
		refused(page_attach_gfn(pfn_to_gfn(cr3 >> PAGE_SHIFT)), -EINVAL,
			"attach a page table");
}

/* Tests that Xen holds the page, and detaches it. */
static void test_held_pv(struct victim *v)
{
	result(!can_be_page_table(v->page), "Xen holds the attached page");
	refused(page_detach(), 0, "detach");
}

static void test_held_hvm(struct victim *v)
{
	long before = pages_of_domain(), held, after;
	int given, taken;

	given = move_page(XENMEM_decrease_reservation, v->page);
	held = pages_of_domain();
	page_sync();
	refused(page_detach(), 0, "detach");
	after = pages_of_domain();
	taken = move_page(XENMEM_populate_physmap, v->page);
	remark("pages of the domain: %ld, %ld with the frame given back, %ld after detach",
	       before, held, after);
	result(given == 1 && held == before && after == before - 1,
	       "Xen holds the attached page, also when the guest has given it back");
	result(taken == 1 && pages_of_domain() == before,
	       "Xen drops its reference to the page at detach");
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
	if (xen_pv_domain())
		test_held_pv(v);
	else
		test_held_hvm(v);
	refused(page_detach(), 0, "detach again");
}

static void test_release(struct victim *v)
{
	long before = pages_of_domain();
	int failed = 0;

	for (int i = 0; i < ROUNDS; i++)
		failed += !!victim_attach(v) || !!page_detach();
	result(!failed, "%d times attach and detach", ROUNDS);
	memset(v->page, 0, PAGE_SIZE);
	if (xen_pv_domain()) {
		result(can_be_page_table(v->page), "Xen has dropped its reference to the page");
		return;
	}
	if (move_page(XENMEM_decrease_reservation, v->page) != 1)
		remark("the page cannot be given back");
	result(pages_of_domain() == before - 1, "Xen has dropped its reference to the page");
	move_page(XENMEM_populate_physmap, v->page);
}

void test_attach(struct victim *v)
{
	test_foreign();
	test_page_table();
	test_twice(v);
	test_release(v);
}
