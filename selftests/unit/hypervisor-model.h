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

enum model_kind { MODEL_LEGACY, MODEL_CORE, MODEL_V2, MODEL_KINDS };
/* Where code runs; GUEST: between VMRUN and #VMEXIT. */
enum model_mode {
	MODEL_RING3, MODEL_RING0, MODEL_GUEST_RING3, MODEL_GUEST_RING0
};

struct model_cpu {
	uint64_t ctl[MODEL_MAX], ctr[MODEL_MAX];
	uint64_t global_ctl, global_status;
	unsigned long writes;	/* of MSRs, since power-on */
	bool pmi;		/* an overflow interrupt is pending */
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

/* The back end for such a machine, found as Xen finds it, and *lim. */
struct pmu_limits;
const struct pmu_backend *model_backend(struct pmu_limits *lim);

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
