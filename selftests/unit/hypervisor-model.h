/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A software model of AMD's counters, for tests of code that writes their MSRs:
 * some physical CPUs, each with PERF_CTL/PERF_CTR pairs: four legacy ones, six
 * core ones, or these with a global control.  Written from the manual (APM
 * volume 2, 13.2), not from the code under test.  Every access to an MSR is an
 * instruction in ring 0.
 */
#ifndef HYPERVISOR_MODEL_H
#define HYPERVISOR_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_CPUS	3
#define MODEL_MAX	6
#define MODEL_MASK	((1ULL << 48) - 1)
#define MODEL_POWER_ON	0x5a5a5a5a5a5aULL	/* in every counter, from firmware */

#define MODEL_NB	4
#define MODEL_LLC	6

enum model_kind { MODEL_LEGACY, MODEL_CORE, MODEL_V2, MODEL_KINDS };
/* Where code runs; GUEST: between VMRUN and #VMEXIT. */
enum model_mode {
	MODEL_RING3, MODEL_RING0, MODEL_GUEST_RING3, MODEL_GUEST_RING0
};

/* In which ways a CPU, or a hypervisor below, is not what CPUID says. */
struct model_faults {
	uint64_t gp_bits;	/* of PERF_CTL: writing one is #GP */
	uint64_t lost_bits;	/* of PERF_CTL: they stay zero */
	uint64_t stuck_bits;	/* of PERF_CTL: they stay one */
	uint64_t lost_value;	/* of PERF_CTR */
	bool no_debugctl;	/* it is #GP */
	uint64_t gp_status;	/* of the global status' clearing register */
	int gp_slot;		/* 1 + slot whose registers are all #GP */
	bool host_too;		/* GuestOnly counts everything */
	bool usr_too;		/* USR counts ring 0 as well */
	bool dead;		/* nothing counts */
};

struct model_cpu {
	uint64_t ctl[MODEL_MAX], ctr[MODEL_MAX];
	uint64_t global_ctl, global_status;
	uint64_t debugctl;	/* the host's */
	unsigned long writes;	/* of MSRs, since power-on */
	bool pmi;		/* an overflow interrupt is pending */
	/* Counters that RDPMC reaches beyond the core's: controls and values. */
	uint64_t nb[MODEL_NB][2], llc[MODEL_LLC][2];
	struct model_faults faults;
};

extern struct model_cpu model[MODEL_CPUS];
extern unsigned int model_this;		/* CPU that rdmsr and wrmsr are on */
extern enum model_kind model_kind;
extern int model_slots;			/* counters of each CPU */
extern enum model_mode model_mode;	/* of what model_run() runs */
extern unsigned long model_writes;	/* MSRs written, all CPUs */
extern unsigned long model_equal_ctl;	/* of them controls that had the value */

/* Power-on: firmware has left something in every register, and running. */
void model_reset(enum model_kind kind);

/* As if one CPU had lost power, and come back. */
void model_reset_cpu(int cpu);

/* The back end for such a machine, by CPUID alone, and *lim. */
struct pmu_limits;
const struct pmu_backend *model_backend(struct pmu_limits *lim);

/* CPUID of this machine says this instead; NULL: what it usually does. */
struct pmu_cpu;
void model_cpuid(const struct pmu_cpu *cpu);

/*
 * What a CPUID instruction says, other leaves and registers end the test, and what
 * Xen noted of it at boot.
 */
uint32_t model_cpuid_eax(uint32_t leaf);
uint32_t model_cpuid_ebx(uint32_t leaf);
uint32_t model_cpuid_ecx(uint32_t leaf);
const struct pmu_cpu *model_cpuid_raw(void);

/*
 * Bits of leaf 80000001 ECX that CPUID does not show, to Xen neither, because the
 * CPU's masks are those of a PV guest.
 */
extern uint32_t model_levelled;

/* For people: what kind of machine this is. */
const char *model_name(void);

/* Is this counter of model_this enabled, by everything that must enable it? */
bool model_enabled(int slot);

/* How many events of a PERF_CTL's kind one unit of execution makes. */
unsigned int model_weight(uint64_t ctl);

/* Executes units in model_mode on model_this. */
void model_run(unsigned int units);

/* A violation of what hardware or R5/R9 allow: prints and ends the test. */
void model_die(const char *what, uint64_t val);

#endif /* HYPERVISOR_MODEL_H */
