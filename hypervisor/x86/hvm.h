/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hardware guests (HVM and PVH): the operations that differ between SVM and
 * VMX.  hvm.c calls them; svm.c and vmx.c provide them.
 */
#ifndef PMU_HVM_H
#define PMU_HVM_H

#include "vcpu.h"

#ifdef __XEN__
#include <asm/hvm/hvm.h>
#include <asm/hvm/nestedhvm.h>
#endif

struct pmu_hvm_ops {
    /* Fills *f for v, which is current, as it last exited to Xen. */
    void (*frame)(const struct vcpu *v, struct pmu_frame *f);
    /*
     * Lets v execute RDPMC without an exit, or makes it exit.  v is current or
     * cannot run.
     */
    void (*allow_rdpmc)(struct vcpu *v, bool allow);
    /*
     * Clears the bits of pmu_debugctl_denied in v, which cannot run, and in its
     * nested guest.  Clears the bits that pmu_nested_virt_ext() denies in the
     * nested guest.
     */
    void (*tame)(struct vcpu *v);
};

extern const struct pmu_hvm_ops pmu_svm_ops, pmu_vmx_ops;

/* svm.c: fills *f from a VMCB alone. */
void pmu_svm_frame(const struct vmcb_struct *vmcb, struct pmu_frame *f);

#endif /* PMU_HVM_H */
