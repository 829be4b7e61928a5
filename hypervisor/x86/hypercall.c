/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sub-operations 16 to 19 of HYPERVISOR_xenpmu_op, as pmu_page.h describes
 * them.  do_xenpmu_op() calls pmu_page_op() with interrupts on.
 */
#include <xen/guest_access.h>
#include <xen/sched.h>

#include <asm/current.h>

#include <xsm/xsm.h>

#include "vcpu.h"

static int sync_op(struct vcpu *v)
{
    struct pmu_vcpu *p = pmu_of(v);
    unsigned long flags;
    int rc;

    if ( !p )
        return -ENOENT;

    local_irq_save(flags);
    rc = pmu_vcpu_sync(v, p);
    local_irq_restore(flags);

    return rc;
}

static int query_op(struct xen_pmu_params *params,
                    XEN_GUEST_HANDLE_PARAM(xen_pmu_params_t) arg)
{
    params->version.maj = XEN_PMU_PAGE_MAJOR;
    params->version.min = XEN_PMU_PAGE_MINOR;
    params->val = pmu_policy;

    return copy_to_guest(arg, params, 1) ? -EFAULT : 0;
}

long pmu_page_op(unsigned int op, XEN_GUEST_HANDLE_PARAM(xen_pmu_params_t) arg)
{
    struct vcpu *curr = current;
    struct xen_pmu_params params;
    int rc;

    if ( !pmu_active() )
        return -ENOSYS;

    /*
     * Detach needs no permission.  A security policy that has become stricter
     * since the attach must not make a guest keep its page.
     */
    rc = op == XENPMU_page_detach ? 0
                                  : xsm_pmu_op(XSM_OTHER, curr->domain, op);
    if ( rc )
        return rc;

    /*
     * A 32-bit PV guest returns to user mode without the hooks that make counts
     * right.  A hardware guest needs counters that can leave Xen out.  Without
     * these, no page is better than wrong counts.
     */
    if ( is_hvm_domain(curr->domain) ? !pmu_hvm_supported()
                                     : is_pv_32bit_domain(curr->domain) )
        return -EOPNOTSUPP;

    if ( op == XENPMU_page_sync && guest_handle_is_null(arg) )
        return sync_op(curr);

    if ( copy_from_guest(&params, arg, 1) )
        return -EFAULT;

    if ( params.vcpu != curr->vcpu_id )
        return -EINVAL;

    switch ( op )
    {
    case XENPMU_page_query:
        return query_op(&params, arg);

    case XENPMU_page_attach:
        return pmu_attach(curr, params.val);

    case XENPMU_page_detach:
        return pmu_detach(curr);

    case XENPMU_page_sync:
        return sync_op(curr);
    }

    return -EINVAL;
}
