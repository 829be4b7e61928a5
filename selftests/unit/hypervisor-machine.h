/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine in software for hypervisor/x86/vcpu.c and what it calls: physical CPUs, a
 * scheduler, and guests that use the interface.  hypervisor-whole.c, -hvm.c and
 * -start.c run it.
 */
#ifndef HYPERVISOR_MACHINE_H
#define HYPERVISOR_MACHINE_H

#include "hypervisor-oracle.h"
#include "vcpu.h"

#define NR_PV		5	/* VCPUs 0..4 are PV and may attach ... */
#define NR_ATTACH	7	/* ... VCPUs 5 and 6 are HVM and may attach */
#define NR_VCPUS	10	/* ... 7 and 8 are PV, 9 is HVM: no page */
#define HOSTILE		0	/* this VCPU is hostile while "hostile" is set */
#define NO_NMI		1	/* this VCPU has no handler for NMIs */

struct guest {
	struct vcpu v;
	struct vmcb_struct vmcb;	/* of an HVM VCPU */
	struct xen_pmu_page *page;	/* NULL: no page */
	struct oracle oracle;
	struct xen_pmu_request next;	/* published, and Xen has not looked yet */
	bool has_next, next_valid;
	uint32_t flags;			/* request.flags at the last entry */
	bool may;			/* the kernel may execute RDPMC */
	struct trap_info trap[X86_EXC_NMI + 1];
	unsigned int told;		/* VIRQs and NMIs when hear() last looked */
	unsigned int virqs;		/* VIRQs when the ring was last drained */
	uint32_t seq, applied, gen;
	uint64_t records[MODEL_MAX];
	uint64_t refused;
	int cpu;			/* -1: not running */
	uint64_t ip;			/* what records must say */
};

extern struct guest guest[NR_VCPUS];
extern uint64_t now, tick;	/* the time in ns; how far each look moves it */
extern uint64_t attributed, unattributed; /* MSR writes, summed when pages go */
extern bool hostile;
extern unsigned int self_ipis; /* that Xen has sent to its own CPU */
extern int barred;	/* a CPU on which nothing may count, or -1 */
extern const char *fake_expected; /* an assertion that may fail ... */
extern unsigned int fake_failed; /* ... and how often it has failed */
extern int fake_owner;	/* of the counters: PMU_OWNER_* */
extern unsigned int fake_lines; /* lines in Xen's log */
extern void (*fake_unpaused)(struct domain *d); /* domain_unpause() calls this */

/* The guest of a VCPU; NULL for an idle VCPU. */
struct guest *guest_of(struct vcpu *v);
/* Does this guest keep to pmu_page.h?  If so, its counts must be right. */
bool trusted(const struct guest *g);

/* The whole machine.  The functions after it act on CPU model_this. */
void power_on(enum model_kind kind, uint64_t seed);
void power_off(void);
void power_on_with(enum model_kind kind, uint64_t seed, int spoilt,
		   const struct model_faults *faults);
void lose_cpu(void);
void deliver_pmi(void);
void execute(void);
void toggle(void);
/* Xen does something with interrupts on.  pmi: a pending PMI comes then. */
void peek(bool pmi);
void change_cr4(bool pmi);
/* Runs the tasklets that Xen has scheduled. */
void run_tasklets(void);
void switch_to(struct vcpu *next);
void schedule(void);
/* Xen enters g in its present mode. */
void enter_guest(struct guest *g);
/* Compares RDPMC of every counter with the oracle. */
void compare(void);
/* An entry has looked at the request, so what was published is in force. */
void seen(struct guest *g);
/* An entry has looked at the flags only, because the guest was editing. */
void seen_flags(struct guest *g);
/* Xen may have told g of overflows, and then RDPMC works for g's handler. */
void hear(struct guest *g);
/* Checks CR4.PCE for the VCPU that the CPU runs (R9). */
void check_pce(void);

/* The guests. */
void attach(struct guest *g);
void release(struct guest *g);
/* Drops the page without any check. */
void discard(struct guest *g);
/* Takes all records out of the ring, as the guest's handler does. */
void drain(struct guest *g);
/* One random action of a guest on the CPU where it runs. */
void guest_step(struct guest *g);

#endif /* HYPERVISOR_MACHINE_H */
