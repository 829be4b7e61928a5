/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine's x86 PMU keeps of all that was executed, for programs in any
 * guest.  Included by the model and by the programs that read it.
 *
 * The instruction NOPL X86_PMU_ACCOUNT_MAGIC(%rdi), which every other processor
 * takes for a long NOP, stores a struct X86PMUAccount at RDI: at any privilege
 * level, without an intercept, as one instruction.  What it stores is as of
 * before itself, and summed over all virtual CPUs.
 */

#ifndef I386_PMU_ACCOUNT_H
#define I386_PMU_ACCOUNT_H

#define X86_PMU_ACCOUNT_MAGIC   0x50615263
#define X86_PMU_ACCOUNT_VERSION 1

/*
 * Who executes.  A PV guest of Xen has its kernel and its programs at CPL 3, with
 * the kernel's addresses in the upper half.
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
#define X86_PMU_VMEXIT_OTHER    254     /* FEh and above, but that one */

/* All but version and time only ever grow. */
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
