// SPDX-License-Identifier: GPL-2.0-only
/*
 * hypercall.c - what the driver asks Xen for: the sub-operations of HYPERVISOR_xenpmu_op
 * (pmu_page.h), and stolen time.
 */
#include <linux/smp.h>
#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>
#include <xen/interface/vcpu.h>
#include <xen/interface/xenpmu.h>
#include <xen/xen-ops.h>

#include "../core/pure.h"
#include "hypercall.h"

static int page_op(unsigned int op, struct xen_pmu_params *params)
{
	params->vcpu = xen_vcpu_nr(smp_processor_id());
	return HYPERVISOR_xenpmu_op(op, params);
}

/*
 * xen_pmu_query - does this Xen have the interface?
 *
 * On stock Xen: -EINVAL, -ENODEV or -ENOSYS, as its vPMU is on or off.
 */
int xen_pmu_query(u32 *major, u32 *minor, u64 *policy)
{
	struct xen_pmu_params params = {};
	int err;

	preempt_disable();
	err = page_op(XENPMU_page_query, &params);
	preempt_enable();
	if (err)
		return err;
	*major = params.version.maj;
	*minor = params.version.min;
	*policy = params.val;
	return 0;
}

/* xen_pmu_attach - share a page with Xen for this CPU; errors as in pmu_page.h */
int xen_pmu_attach(struct xen_pmu_page *page)
{
	struct xen_pmu_params params = { .val = virt_to_gfn(page) };

	return page_op(XENPMU_page_attach, &params);
}

/* xen_pmu_detach - stop this CPU's counters and have Xen drop the page */
int xen_pmu_detach(void)
{
	struct xen_pmu_params params = {};

	return page_op(XENPMU_page_detach, &params);
}

/*
 * xen_pmu_stolen - for how long this VCPU wanted to run and could not
 *
 * Nanoseconds since the VCPU was made; 0 if Xen does not tell.  From any context.
 */
u64 xen_pmu_stolen(void)
{
	struct vcpu_runstate_info info;

	if (HYPERVISOR_vcpu_op(VCPUOP_get_runstate_info, xen_vcpu_nr(smp_processor_id()), &info))
		return 0;
	return info.time[RUNSTATE_runnable] + info.time[RUNSTATE_offline];
}
