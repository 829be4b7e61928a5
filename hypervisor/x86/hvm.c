/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hardware guests (HVM and PVH).  vcpu.h describes the functions.
 *
 * The CPU tells the guest's modes apart, and the guest from Xen: a counter gets
 * the modes that the guest asked for, and the guest_only bits.  So a change of
 * mode needs no work, and the only hook is the entry.
 */
#include "hvm.h"

/* The operations for this CPU, or NULL in a Xen without SVM or VMX. */
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
    /*
     * In the shadow of STI, IF is set while interrupts are still masked.  The
     * guest uses IF to tell whether its interrupt came late, so IF says
     * "masked" here.
     */
    if ( f->masked )
        f->rflags &= ~(uint64_t)X86_EFLAGS_IF;
    /* An emulated TSC takes a lock, forbidden in interrupt context. */
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

/*
 * The hook pmu_vmenter(), when v has a page and the entry may have work.
 * Interrupts are off.
 */
void pmu_vmenter_slow(struct vcpu *v)
{
    struct pmu_vcpu *p = pmu_of(v);

    if ( !p )
        return;

    p->told = false;
    pmu_entry_slow(v);

    /*
     * It is too late to inject the VIRQ's upcall at this entry.  So Xen sends
     * an interrupt to its own CPU.  It ends the guest before the guest's first
     * instruction, and the next entry injects the upcall.
     */
    if ( unlikely(p->told) )
        send_IPI_self(EVENT_CHECK_VECTOR);
}
