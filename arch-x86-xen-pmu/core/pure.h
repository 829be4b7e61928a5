/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pure.h - what the pure files may use, in the kernel and on the host.
 *
 * The files of core/ and perf/mapping.c are compiled as they are into the unit tests.  All
 * that they need from their surroundings comes through this header: a clock, RDPMC, the
 * sync hypercall and the accesses to the page.  So a test can put an entry into Xen between
 * any two of them.
 */
#ifndef XEN_PMU_PURE_H
#define XEN_PMU_PURE_H

#ifdef __KERNEL__

#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/string.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/xen/hypercall.h>

#include "pmu_page.h"

/* Ticks of the guest's clock, of a few milliseconds each, also while the guest is idle. */
static inline unsigned long xen_pmu_ticks(void)
{
	return jiffies;
}

/*
 * The value of a counter, below 2^width; ecx: xen_pmu_const.rdpmc of the slot.  The
 * kernel's rdpmc() goes through paravirt calls, which on PV read the MSR and trap.
 *
 * If RDPMC faults, because Xen does not let this VCPU read counters, the result is
 * one that xen_pmu_rdpmc_failed() tells from a value.
 */
static inline u64 xen_pmu_rdpmc(u32 ecx)
{
	u64 low, high;

	asm volatile("1: rdpmc\n"
		     "2:\n"
		     _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_EFAULT_REG, %[high])
		     : "=a" (low), [high] "=d" (high) : "c" (ecx));
	return high << 32 | low;
}

/*
 * Have Xen apply the batch that was just published.  A refusal shows in the page.  The
 * hypercall has no argument: Xen would have to copy one, which from a PVH or HVM guest,
 * through two sets of page tables, is most of its cost.
 */
static inline void xen_pmu_sync(void)
{
	HYPERVISOR_xenpmu_op(XENPMU_page_sync, NULL);
}

#else
#include "selftests/unit/driver_host.h"
#include "pmu_page.h"
#endif /* __KERNEL__ */

/* Counters have at most 63 bits (xen_pmu_const.gp_width). */
static inline bool xen_pmu_rdpmc_failed(u64 value)
{
	return (s64)value < 0;
}

/* Guest modes that a programming counts. */
#define XEN_PMU_CTL_MODES	(XEN_PMU_CTL_USR | XEN_PMU_CTL_OS)

/* For each bit number @i that is set in @set, which is evaluated once. */
#define xen_pmu_for_each(i, set)						\
	for (u64 todo_ = (set); todo_ && ((i) = __ffs64(todo_), true);	\
	     todo_ &= todo_ - 1)

#endif /* XEN_PMU_PURE_H */
