/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Callbacks of X86PMUOps that all kinds of AMD's performance counters share.
 * Each kind has a file of its own.
 */

#ifndef I386_PMU_AMD_H
#define I386_PMU_AMD_H

#define AMD_NR_CORE             6
#define AMD_WIDTH               48

void amd_decode(CPUX86State *env, X86PMUCounter *c);
bool amd_counts(CPUX86State *env, unsigned i);
bool amd_interrupts(const X86PMUCounter *c);
bool amd_rdpmc(CPUX86State *env, uint32_t index, uint64_t *val);

/* The registers of the counters, under all names that this CPU has for them. */
X86PMUAccess amd_core_check(CPUX86State *env, uint32_t msr, bool write,
                            uint64_t val);
uint64_t amd_core_rdmsr(CPUX86State *env, uint32_t msr);
void amd_core_wrmsr(CPUX86State *env, uint32_t msr, uint64_t val);

#endif
