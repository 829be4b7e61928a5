/* SPDX-License-Identifier: GPL-2.0-only */
/* Hardware guests (HVM and PVH): what differs between SVM and VMX. */
#ifndef PMU_HVM_H
#define PMU_HVM_H

#include "vcpu.h"

#ifdef __XEN__
#include <asm/hvm/hvm.h>
#include <asm/hvm/nestedhvm.h>
#endif

struct pmu_hvm_ops {
    /* Where v, which is current, was when it left for Xen. */
    void (*frame)(const struct vcpu *v, struct pmu_frame *f);
    /* May v, which is current or cannot run, execute RDPMC without an exit? */
    void (*allow_rdpmc)(struct vcpu *v, bool allow);
    /*
     * Takes from v, which cannot run, the bits of pmu_debugctl_denied, and from its
     * nested guest what pmu_nested_virt_ext() takes.
     */
    void (*tame)(struct vcpu *v);
};

extern const struct pmu_hvm_ops pmu_svm_ops, pmu_vmx_ops;

/* SVM's frame, from its VMCB alone. */
void pmu_svm_frame(const struct vmcb_struct *vmcb, struct pmu_frame *f);

#endif /* PMU_HVM_H */
