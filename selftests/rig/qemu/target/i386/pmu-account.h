/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The account: the x86 PMU's totals of the whole machine, for programs in any
 * guest. The model and the programs that read the account include this file.
 *
 * The instruction NOPL X86_PMU_ACCOUNT_MAGIC(%rdi) stores a struct
 * X86PMUAccount at RDI.  Every other processor executes a long NOP.  It works
 * at any privilege level, has no intercept, and counts as one instruction.  The
 * stored values are those before the instruction, summed over all virtual CPUs.
 */

#ifndef I386_PMU_ACCOUNT_H
#define I386_PMU_ACCOUNT_H

#define X86_PMU_ACCOUNT_MAGIC   0x50615263
#define X86_PMU_ACCOUNT_VERSION 1

/*
 * The modes that execute instructions.  A PV guest of Xen runs its kernel and
 * its programs at CPL 3, with the kernel's addresses in the upper half.
 */
enum X86PMUWho {
    X86_PMU_HOST_KERNEL,        /* CPL 0: Linux without Xen, or Xen */
    X86_PMU_HOST_USER,          /* CPL > 0, lower half of the addresses */
    X86_PMU_PV_KERNEL,          /* CPL > 0, upper half */
    X86_PMU_GUEST_KERNEL,       /* CPL 0 between VMRUN and #VMEXIT */
    X86_PMU_GUEST_USER,         /* CPL > 0 there */
    X86_PMU_WHO
};

#define X86_PMU_HYPERCALLS      64
#define X86_PMU_VMEXITS         256
#define X86_PMU_VMEXIT_NPF      255     /* exit code 400h */
#define X86_PMU_VMEXIT_OTHER    254     /* FEh and above, except 400h */

/* All members except version and time only grow. */
struct X86PMUAccount {
    uint64_t version;           /* X86_PMU_ACCOUNT_VERSION */
    uint64_t time;              /* the machine's clock, ns */
    uint64_t instructions[X86_PMU_WHO];         /* retired */
    uint64_t cycles[X86_PMU_WHO];               /* with each REP iteration */
    /* Entries into the host's kernel (Xen, where there is one), by cause: */
    uint64_t vector[256];       /* exceptions, INTn and interrupts */
    uint64_t syscall;           /* SYSCALL of X86_PMU_HOST_USER */
    uint64_t hypercall[X86_PMU_HYPERCALLS];     /* of X86_PMU_PV_KERNEL: RAX */
    uint64_t vmexit[X86_PMU_VMEXITS];           /* by exit code */
};

#endif
