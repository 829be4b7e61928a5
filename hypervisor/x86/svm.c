/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD SVM: the frame of a guest, and whether it may execute RDPMC.  Both are in
 * its VMCB (APM volume 2, appendix B).  hvm.h describes the operations.
 */
#include "vcpu.h"
#include "hvm.h"

/*
 * The saved registers cannot be used: a PMI that ended the guest is taken at
 * STGI, before svm_vmexit_handler() has copied the registers from the VMCB.
 */
void pmu_svm_frame(const struct vmcb_struct *vmcb, struct pmu_frame *f)
{
    f->ip = vmcb->rip;
    f->cs = vmcb->cs.sel;
    f->rflags = vmcb->rflags;
    f->sp = vmcb->rsp;
    f->ss = vmcb->ss.sel;
    f->ax = vmcb->rax;
    f->user = vmcb_get_cpl(vmcb) > 0;
    f->masked = !(vmcb->rflags & X86_EFLAGS_IF) || vmcb->int_stat.intr_shadow;
}

static void cf_check svm_frame(const struct vcpu *v, struct pmu_frame *f)
{
    pmu_svm_frame(v->arch.hvm.svm.vmcb, f);
}

static void intercept(struct vmcb_struct *vmcb, bool on)
{
    uint32_t bits = vmcb_get_general1_intercepts(vmcb);

    vmcb_set_general1_intercepts(vmcb,
                                 on ? bits | GENERAL1_INTERCEPT_RDPMC
                                    : bits & ~GENERAL1_INTERCEPT_RDPMC);
}

/*
 * A nested guest's VMCB has a copy of its hypervisor's intercepts, from when
 * the hypervisor last entered it.  The nested guest must lose RDPMC with its
 * hypervisor.  It may get RDPMC later than its hypervisor.
 */
static void cf_check svm_allow_rdpmc(struct vcpu *v, bool allow)
{
    struct nestedvcpu *nv = &vcpu_nestedhvm(v);

    if ( nv->nv_n1vmcx )
        intercept(nv->nv_n1vmcx, !allow);
    if ( nv->nv_n2vmcx && !allow )
        intercept(nv->nv_n2vmcx, true);
}

static void thaw(struct vmcb_struct *vmcb)
{
    vmcb_set_debugctlmsr(vmcb,
                         vmcb_get_debugctlmsr(vmcb) & ~pmu_debugctl_denied);
}

/*
 * With LBR virtualization (APM volume 2, 15.23) the CPU loads DEBUGCTL from the
 * VMCB.  A guest that uses it may write DEBUGCTL without an exit; this makes
 * the write exit again.
 */
static void close_debugctl(struct vcpu *v)
{
    struct nestedvcpu *nv = &vcpu_nestedhvm(v);

    if ( nv->nv_n1vmcx )
    {
        thaw(nv->nv_n1vmcx);
        svm_enable_intercept_for_msr(v, MSR_IA32_DEBUGCTLMSR);
    }
    if ( nv->nv_n2vmcx )
        thaw(nv->nv_n2vmcx);
}

static void cf_check svm_tame(struct vcpu *v)
{
    struct vmcb_struct *nested = vcpu_nestedhvm(v).nv_n2vmcx;

    if ( pmu_debugctl_denied )
        close_debugctl(v);
    /* No clean bit covers this: VMRUN loads it (APM volume 2, 15.15). */
    if ( nested )
        nested->virt_ext.bytes = pmu_nested_virt_ext(nested->virt_ext.bytes);
}

const struct pmu_hvm_ops pmu_svm_ops = {
    .frame = svm_frame,
    .allow_rdpmc = svm_allow_rdpmc,
    .tame = svm_tame,
};
