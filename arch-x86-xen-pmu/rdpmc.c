// SPDX-License-Identifier: GPL-2.0-only
/*
 * rdpmc.c - can counters be read without Xen?
 */
#include <asm/asm.h>

#include "driver.h"

/*
 * xen_pmu_rdpmc_works - try RDPMC; false if it faults
 *
 * It does if Xen has not set CR4.PCE for this VCPU, or if there is no such
 * counter (APM volume 3, RDPMC).
 */
bool xen_pmu_rdpmc_works(u32 ecx)
{
	u32 low, high, works = 0;

	asm volatile("1: rdpmc\n\t"
		     "movl $1, %[works]\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "=a" (low), "=d" (high), [works] "+r" (works)
		     : "c" (ecx));
	return works;
}
