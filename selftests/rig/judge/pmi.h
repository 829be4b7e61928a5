/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Overflow interrupts, for the files that cause them: what the interrupts saw, and the
 * set-up and the end of one experiment. For the first CPU only.
 */
#ifndef JUDGE_PMI_H
#define JUDGE_PMI_H

#include "judge.h"

#define NMI_MODE	true
#define FIXED_MODE	false

/* What the interrupts of this experiment saw; the first two are stored completely. */
struct pmi {
	unsigned int hits;
	u64 rip[2], cs[2];
	bool nmi;
	void (*more)(struct regs *);	/* run in each of them; may be NULL */
};

extern struct pmi pmi;

/* Sets LVTPC to VEC_PMI or to NMI, unmasked, and clears pmi. */
void pmi_begin(bool nmi);
/* Stops the counters, masks LVTPC, and takes pending interrupts.  pmi stays readable. */
void pmi_end(void);
/*
 * Returns true if there was exactly one interrupt, at "paper". Otherwise clears *ok, and
 * prints k for the first failure.
 */
bool pmi_at(u64 k, u64 paper, bool *ok);

/* skid.S: SKID_STEPS instructions a round; steps' addresses in their order. */
#define SKID_STEPS	17
#define ROUNDS		3	/* in most experiments */
/* The whole loop at CPL 3, its RET, the INT of user_return. */
#define USER_INSNS	(SKID_STEPS * ROUNDS + 1 + 1)
extern const u64 skid_steps[SKID_STEPS];
extern const u8 skid_end[];
void skid_arm(u64 rounds, void *area, u64 value, u32 msr);
void skid_loop(void);
extern const u8 user_return[], trap_return[], trap_return_popped[];	/* trap.S */

#endif
