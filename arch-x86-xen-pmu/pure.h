/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pure.h - what the pure files may use, in the kernel and on the host.
 *
 * period.c, assign.c, batch.c, vcpu.c, event.c, place.c, reads.c, ring.h and guard.h
 * make no kernel and no Xen call: they are compiled as they are into the unit tests.
 * Everything that they need from their surroundings comes through this header, so that
 * a test can put an entry into Xen between any two accesses to the page.
 */
#ifndef XEN_PMU_PURE_H
#define XEN_PMU_PURE_H

#ifdef __KERNEL__

#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>

/* Ticks of the guest's clock: a few milliseconds each; the same while it is idle. */
static inline unsigned long xen_pmu_ticks(void)
{
	return jiffies;
}

/*
 * The value of a counter, below 2^width; ecx: xen_pmu_const.rdpmc of the slot.  The
 * kernel's rdpmc() goes through paravirt calls, which on PV read the MSR and trap.
 */
static inline u64 xen_pmu_rdpmc(u32 ecx)
{
	u32 low, high;

	asm volatile("rdpmc" : "=a" (low), "=d" (high) : "c" (ecx));
	return (u64)high << 32 | low;
}

#else
#include "selftests/unit/driver_host.h"
#endif /* __KERNEL__ */

#include "pmu_page.h"

/* Guest modes that a programming counts. */
#define XEN_PMU_CTL_MODES	(XEN_PMU_CTL_USR | XEN_PMU_CTL_OS)

#endif /* XEN_PMU_PURE_H */
