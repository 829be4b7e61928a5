/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A software model of AMD's counters, for tests of code that writes their MSRs.
 *
 * There are MODEL_CPUS physical CPUs.  Each has pairs of PERF_CTL and PERF_CTR:
 * four legacy ones, six core ones, or six core ones with a global control.  The
 * model is written from the manual (APM volume 2, 13.2) and not from the code
 * under test.  Every access to an MSR is also an instruction in ring 0.
 */
#ifndef HYPERVISOR_MODEL_H
#define HYPERVISOR_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_CPUS	3
#define MODEL_MAX	6
#define MODEL_MASK	((1ULL << 48) - 1)
#define MODEL_POWER_ON	0x5a5a5a5a5a5aULL	/* firmware leaves this in
						   every counter */

#define MODEL_NB	4
#define MODEL_LLC	6

enum model_kind { MODEL_LEGACY, MODEL_CORE, MODEL_V2, MODEL_KINDS };
/* Where code runs.  GUEST is between VMRUN and #VMEXIT. */
enum model_mode {
	MODEL_RING3, MODEL_RING0, MODEL_GUEST_RING3, MODEL_GUEST_RING0
};

/* How a CPU, or a hypervisor below Xen, differs from what CPUID says. */
struct model_faults {
	uint64_t gp_bits;	/* of PERF_CTL: writing one set is #GP */
	uint64_t lost_bits;	/* of PERF_CTL: they stay zero */
	uint64_t stuck_bits;	/* of PERF_CTL: they stay one */
	uint64_t lost_value;	/* of PERF_CTR: they stay zero */
	bool no_debugctl;	/* any access to it is #GP */
	uint64_t gp_status;	/* of the status-clear MSR: writing one set
				   is #GP */
	int gp_slot;		/* 1 + a slot whose registers are #GP; 0:
				   none */
	bool host_too;		/* a counter with GuestOnly counts Xen, too */
	bool usr_too;		/* a counter with USR counts ring 0, too */
	bool dead;		/* nothing counts */
};

struct model_cpu {
	uint64_t ctl[MODEL_MAX], ctr[MODEL_MAX];
	uint64_t global_ctl, global_status;
	uint64_t debugctl;	/* the host's own */
	unsigned long writes;	/* MSR writes since power-on */
	bool pmi;		/* an overflow interrupt is pending */
	/* Counters that RDPMC reaches beyond the slots: control, value. */
	uint64_t nb[MODEL_NB][2], llc[MODEL_LLC][2];
	struct model_faults faults;
};

extern struct model_cpu model[MODEL_CPUS];
extern unsigned int model_this;		/* the CPU that executes now */
extern enum model_kind model_kind;
extern int model_slots;			/* number of counters of each CPU */
extern enum model_mode model_mode;	/* for model_run() */
extern unsigned long model_writes;	/* MSRs written on all CPUs */
extern unsigned long model_equal_ctl;	/* writes of a control that had the
					   value */

/* Power-on: firmware has written every register; counters are running. */
void model_reset(enum model_kind kind);

/* One CPU loses power and comes back. */
void model_reset_cpu(int cpu);

/* The back end for this machine as CPUID alone decides it, and its limits. */
struct pmu_limits;
const struct pmu_backend *model_backend(struct pmu_limits *lim);

/* Makes CPUID of this machine say this.  NULL: what it says for its kind. */
struct pmu_cpu;
void model_cpuid(const struct pmu_cpu *cpu);

/*
 * What the CPUID instruction says (any other leaf or register ends the test),
 * and what Xen read at boot.
 */
uint32_t model_cpuid_eax(uint32_t leaf);
uint32_t model_cpuid_ebx(uint32_t leaf);
uint32_t model_cpuid_ecx(uint32_t leaf);
const struct pmu_cpu *model_cpuid_raw(void);

/*
 * Bits of leaf 80000001 ECX that the CPUID instruction hides, from Xen, too,
 * because a PV guest's masks are loaded.
 */
extern uint32_t model_levelled;

/* The name of this kind of machine, for messages. */
const char *model_name(void);

/* Is this counter of model_this enabled, by all its controls? */
bool model_enabled(int slot);

/* How many events one unit of execution makes with this PERF_CTL. */
unsigned int model_weight(uint64_t ctl);

/* Executes this many units in model_mode on model_this. */
void model_run(unsigned int units);

/* Something that hardware, R5 or R9 forbids: prints it and ends the test. */
void model_die(const char *what, uint64_t val);

#endif /* HYPERVISOR_MODEL_H */
