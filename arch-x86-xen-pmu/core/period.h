/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * period.h - arithmetic of counters and sampling periods (pure).
 *
 * A counter has width bits (1..63) and counts upwards; everything is modulo
 * 2^width.  A sampling counter is started at minus the number of events that
 * are left of its period, so that it passes zero, and overflows, at the end.
 */
#ifndef XEN_PMU_PERIOD_H
#define XEN_PMU_PERIOD_H

#include "pure.h"

/* Events between two readings of a counter that wrapped at most once. */
static inline u64 xen_pmu_delta(u64 now, u64 before, unsigned int width)
{
	return (now - before) & GENMASK_ULL(width - 1, 0);
}

/*
 * The user page's offset, which perf makes count - @prev: who reads takes the
 * counter for a signed number, which is less by 2^width if its top bit is set.
 */
static inline u64 xen_pmu_user_offset(u64 offset, u64 prev, unsigned int width)
{
	return prev >> (width - 1) & 1 ? offset + BIT_ULL(width) : offset;
}

/* Events; the handler of an overflow, whose instructions may count, ends several. */
#define XEN_PMU_TOO_SHORT	256

/*
 * What Xen can go on with by itself (xen_pmu_slot.period); 0: not this one.
 *
 * In kernel code, perf's first period of an event that aims at a rate, which is 1,
 * would be over again before its handler has begun, and again, until the ring is full.
 */
static inline u32 xen_pmu_renewable(u64 period, u64 ctl)
{
	if (ctl & XEN_PMU_CTL_OS && period < XEN_PMU_TOO_SHORT)
		return 0;
	return period <= S32_MAX ? (u32)period : 0;
}

/*
 * Is @period so near to @now that an event whose period aims at a rate may keep
 * that?  Perf corrects such a period a little after every sample; each sample says
 * how long its own was.
 */
static inline bool xen_pmu_is_near(u64 period, u64 now)
{
	return (period > now ? period - now : now - period) <= now / 64;
}

u64 xen_pmu_start_value(s64 left, unsigned int width);
u64 xen_pmu_renew(s64 *left, u64 period);

#endif /* XEN_PMU_PERIOD_H */
