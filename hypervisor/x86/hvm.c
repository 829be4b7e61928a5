/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hardware guests (HVM and PVH).
 *
 * The hardware tells their kernel from their user mode, and the guest from Xen: a
 * counter gets the modes that the guest asked for and the bit that lets it count
 * in guests only.  So there is nothing to do where the mode changes, and their
 * only hook is the entry.
 */
#include "hvm.h"

/* A Xen may be built without either of the two. */
static const struct pmu_hvm_ops *ops(void)
{
#ifdef CONFIG_INTEL_VMX
    if ( using_vmx() )
        return &pmu_vmx_ops;
#endif
#ifdef CONFIG_AMD_SVM
    if ( using_svm() )
        return &pmu_svm_ops;
#endif

    return NULL;
}

bool pmu_hvm_supported(void)
{
    return ops() && pmu_limits.guest_only;
}

void pmu_hvm_frame(struct vcpu *v, struct pmu_frame *f)
{
    ops()->frame(v, f);
    /* In the shadow of STI it is not in force yet; guests tell by it who was late. */
    if ( f->masked )
        f->rflags &= ~(uint64_t)X86_EFLAGS_IF;
    /* An emulated one takes a lock that is not for interrupt context. */
    f->tsc = v->domain->arch.vtsc ? 0 : hvm_get_guest_tsc(v);
}

void pmu_hvm_allow_rdpmc(struct vcpu *v, bool allow)
{
    ops()->allow_rdpmc(v, allow);
}

void pmu_hvm_tame(struct vcpu *v)
{
    ops()->allow_rdpmc(v, false);
    ops()->tame(v);
}

void pmu_vmenter_slow(struct vcpu *v)
{
    struct pmu_vcpu *p = pmu_of(v);

    if ( !p )
        return;

    p->told = false;
    pmu_entry_slow(v);

    /*
     * It is too late to inject the VIRQ's upcall into this entry.  An interrupt
     * that is pending for Xen ends the guest before its first instruction, and
     * the next entry injects it.
     */
    if ( unlikely(p->told) )
        send_IPI_self(EVENT_CHECK_VECTOR);
}
