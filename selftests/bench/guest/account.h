/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * account.h - what a stretch of a benchmark cost the machine.
 *
 * On the rig: instructions by who executed them and entries into the host's
 * kernel by cause, from the rig's own account (pmu-account.h).  Elsewhere the
 * instruction that asks for it is a NOP, and there are only seconds.
 */
#ifndef XENPMU_BENCH_ACCOUNT_H
#define XENPMU_BENCH_ACCOUNT_H

#include <stdint.h>
#include <stdio.h>

#include "pmu-account.h"

/* The present figures; version is 0 where there is no account, time is in ns. */
void account_read(struct X86PMUAccount *a);

/*
 * Prints the difference as members of a JSON object, a comma before each: "ns"
 * and, if there is an account, "instructions" (five figures, in the order of enum
 * X86PMUWho) and "entries" (an object with a member for each cause that occurred:
 * "syscall", "hypercall N", "vector N", "vmexit N").
 */
void account_print(FILE *to, const struct X86PMUAccount *before,
		   const struct X86PMUAccount *after);

#endif
