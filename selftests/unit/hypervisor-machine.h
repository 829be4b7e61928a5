/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine of software for hypervisor/x86/vcpu.c and what it calls: physical CPUs,
 * a scheduler, and guests that use the interface.  hypervisor-whole.c plays it.
 */
#ifndef HYPERVISOR_MACHINE_H
#define HYPERVISOR_MACHINE_H

#include "hypervisor-oracle.h"
#include "vcpu.h"

#define NR_PV		5	/* guests' VCPUs that may attach: PV ... */
#define NR_ATTACH	7	/* ... and HVM */
#define NR_VCPUS	10	/* and two PV and one HVM without a page */
#define HOSTILE		0	/* this one, while hostile is set */
#define NO_NMI		1	/* has no handler for NMIs */

struct guest {
	struct vcpu v;
	struct vmcb_struct vmcb;	/* of an HVM VCPU */
	struct xen_pmu_page *page;	/* NULL: not attached */
	struct oracle oracle;
	struct xen_pmu_request next;	/* published, not yet seen */
	bool has_next, next_valid;
	uint32_t flags;			/* request.flags as last seen */
	bool may;			/* the kernel has been let at RDPMC */
	struct trap_info trap[X86_EXC_NMI + 1];
	unsigned int told;		/* VIRQs and NMIs, as last seen */
	unsigned int virqs;		/* VIRQs when the ring was last drained */
	uint32_t seq, applied, gen;
	uint64_t records[MODEL_MAX];
	uint64_t refused;
	int cpu;			/* -1: not running */
	uint64_t ip;			/* what records must say */
};

extern struct guest guest[NR_VCPUS];
extern uint64_t now, tick;	/* ns: of time, and per look at it */
extern uint64_t attributed, unattributed; /* MSR writes, when pages are gone */
extern bool hostile;
extern unsigned int self_ipis; /* sent by Xen to its own CPU */
extern int barred;	/* a CPU on which nothing may count, or -1 */
extern const char *fake_expected; /* an assertion that may fail ... */
extern unsigned int fake_failed; /* ... and how often it did */
extern int fake_owner;	/* of the counters: PMU_OWNER_* */
extern unsigned int fake_lines; /* in Xen's log */
extern void (*fake_unpaused)(struct domain *d); /* is told of it */

/* NULL for an idle VCPU. */
struct guest *guest_of(struct vcpu *v);
/* Does this guest keep to pmu_page.h, so that its counts must be right? */
bool trusted(const struct guest *g);

/* The machine, and then its CPU model_this. */
void power_on(enum model_kind kind, uint64_t seed);
void power_off(void);
void power_on_with(enum model_kind kind, uint64_t seed, int spoilt,
		   const struct model_faults *faults);
void lose_cpu(void);
void deliver_pmi(void);
void execute(void);
void toggle(void);
/* Places where Xen has interrupts on and something half done; a PMI may come. */
void peek(bool pmi);
void change_cr4(bool pmi);
/* What Xen has put off. */
void run_tasklets(void);
void switch_to(struct vcpu *next);
void schedule(void);
/* Xen enters g, in the mode that it is in. */
void enter_guest(struct guest *g);
/* RDPMC of every counter against the oracle. */
void compare(void);
/* An entry has looked at the request: what was published is in force. */
void seen(struct guest *g);
/* The same while the guest edits: it goes by the flags. */
void seen_flags(struct guest *g);
/* Xen may have told g of overflows, for whose handler RDPMC works. */
void hear(struct guest *g);
/* CR4.PCE as it must be for the VCPU that the CPU runs (R9). */
void check_pce(void);

/* The guests. */
void attach(struct guest *g);
void release(struct guest *g);
/* Drops the page without any check. */
void discard(struct guest *g);
/* Takes all records out of the ring, as the guest's handler does. */
void drain(struct guest *g);
/* One thing that a guest does on the CPU it runs on. */
void guest_step(struct guest *g);

#endif /* HYPERVISOR_MACHINE_H */
