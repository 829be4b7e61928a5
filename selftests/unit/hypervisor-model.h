/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A software model of AMD core counters, for tests of code that writes their
 * MSRs: some physical CPUs, each with six PERF_CTL/PERF_CTR pairs.  Written
 * from the manual (APM volume 2, 13.2.1), not from the code under test.
 */
#ifndef HYPERVISOR_MODEL_H
#define HYPERVISOR_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#define MODEL_CPUS	3
#define MODEL_SLOTS	6
#define MODEL_MASK	((1ULL << 48) - 1)
#define MODEL_POWER_ON	0x5a5a5a5a5a5aULL	/* in every counter, from firmware */

struct model_cpu {
	uint64_t ctl[MODEL_SLOTS], ctr[MODEL_SLOTS];
	bool pmi;		/* an overflow interrupt is pending */
};

extern struct model_cpu model[MODEL_CPUS];
extern unsigned int model_this;		/* CPU that rdmsr and wrmsr are on */
extern unsigned long model_writes;	/* MSRs written, all CPUs */
extern unsigned long model_equal_ctl;	/* of them PERF_CTLs that had the value */

/* Power-on: firmware has left something in every register. */
void model_reset(void);

/* How many events of a PERF_CTL's kind one unit of ring-3 execution makes. */
unsigned int model_weight(uint64_t ctl);

/* Executes units in ring 3 on model_this. */
void model_run(unsigned int units);

/* A violation of what hardware or R5/R9 allow: prints and ends the test. */
void model_die(const char *what, uint64_t val);

#endif /* HYPERVISOR_MODEL_H */
