/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account.h - measures the cost of a part of a benchmark.
 *
 * On the rig the cost is the number of instructions of each party, and the number of
 * entries into the hypervisor by cause, from the rig's own account (pmu-account.h).  On
 * other machines the instruction that asks for the account is a NOP, and the cost is
 * only the time.
 */
#ifndef XENPMU_BENCH_ACCOUNT_H
#define XENPMU_BENCH_ACCOUNT_H

#include <stdint.h>
#include <stdio.h>

#include "pmu-account.h"

/* Reads the current figures.  version is 0 without an account; the time is in ns. */
void account_read(struct X86PMUAccount *a);

/*
 * Prints the difference as members of a JSON object, each with a comma before it: "ns",
 * and with an account also "instructions" (five figures, in the order of enum X86PMUWho)
 * and "entries" (an object with a member for each cause that occurred: "syscall",
 * "hypercall N", "vector N", "vmexit N").
 */
void account_print(FILE *to, const struct X86PMUAccount *before,
		   const struct X86PMUAccount *after);

#endif
