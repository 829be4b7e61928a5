/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Intel VMX: the frame of a guest, and whether it may execute RDPMC.  Both are
 * in its VMCS (SDM volume 3, chapter 25).  hvm.h describes the operations.
 *
 * There is no Intel back end yet.  Only the RDPMC exit is in use, and this file
 * has never been run.
 */
#include "vcpu.h"
#include "hvm.h"

#include <asm/hvm/vmx/vmcs.h>
#include <asm/hvm/vmx/vmx.h>

static unsigned long vmread(unsigned long field)
{
    unsigned long val;

    __vmread(field, &val);

    return val;
}

/* v is current, so the loaded VMCS is its own. */
static void cf_check vmx_frame(const struct vcpu *v, struct pmu_frame *f)
{
    f->ip = vmread(GUEST_RIP);
    f->cs = vmread(GUEST_CS_SELECTOR);
    f->rflags = vmread(GUEST_RFLAGS);
    f->sp = vmread(GUEST_RSP);
    f->ss = vmread(GUEST_SS_SELECTOR);
    f->ax = guest_cpu_user_regs()->rax;
    /* The CPL is SS's DPL, bits 6:5 of the access rights. */
    f->user = vmread(GUEST_SS_AR_BYTES) & 0x60;
    f->masked = !(f->rflags & X86_EFLAGS_IF) ||
                (vmread(GUEST_INTERRUPTIBILITY_INFO) &
                 (VMX_INTR_SHADOW_STI | VMX_INTR_SHADOW_MOV_SS));
}

static void cf_check vmx_allow_rdpmc(struct vcpu *v, bool allow)
{
    vmx_vmcs_enter(v);
    if ( allow )
        v->arch.hvm.vmx.exec_control &= ~CPU_BASED_RDPMC_EXITING;
    else
        v->arch.hvm.vmx.exec_control |= CPU_BASED_RDPMC_EXITING;
    vmx_update_cpu_exec_control(v);
    vmx_vmcs_exit(v);
}

/* Intel has no such bits: pmu_limits.freezes and the VMCB exist on AMD only. */
static void cf_check vmx_tame(struct vcpu *v)
{
}

const struct pmu_hvm_ops pmu_vmx_ops = {
    .frame = vmx_frame,
    .allow_rdpmc = vmx_allow_rdpmc,
    .tame = vmx_tame,
};
