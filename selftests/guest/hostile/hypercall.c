// SPDX-License-Identifier: GPL-2.0-only
/* hypercall.c - good and bad calls of the sub-operations of HYPERVISOR_xenpmu_op. */
#include <linux/smp.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>
#include <xen/interface/xenpmu.h>

#include "hostile.h"

/* In the rig's guests, VCPU and CPU have the same number. */
static int page_op(unsigned int op, u64 val, int vcpu_offset)
{
	struct xen_pmu_params params = {
		.val = val,
		.vcpu = smp_processor_id() + vcpu_offset,
	};

	return HYPERVISOR_xenpmu_op(op, &params);
}

int page_attach_gfn(unsigned long gfn)
{
	return page_op(XENPMU_page_attach, gfn, 0);
}

int page_attach(struct xen_pmu_page *page)
{
	return page_attach_gfn(virt_to_gfn(page));
}

int page_detach(void)
{
	return page_op(XENPMU_page_detach, 0, 0);
}

int page_sync(void)
{
	return page_op(XENPMU_page_sync, 0, 0);
}

int page_op_other_vcpu(unsigned int op)
{
	return page_op(op, 0, 1);
}

int page_op_null(unsigned int op)
{
	return HYPERVISOR_xenpmu_op(op, NULL);
}

int page_op_unknown(void)
{
	return page_op(999, 0, 0);
}
