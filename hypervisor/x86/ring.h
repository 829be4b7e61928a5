/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic of the record ring and the rate limit, for record.c (R7, R10) */
#ifndef PMU_RING_H
#define PMU_RING_H

#include "backend.h"

/*
 * The rate limit.  A window is PMU_RATE_WINDOW ticks of the host's TSC, which
 * is a millisecond.
 *
 * By time: a VCPU that has spent more than half of a window on overflows gets
 * no more records of kernel mode in that window, so that it goes on.  Only the
 * guest knows what its handlers cost; it says so in consumer.spent.  If a
 * single overflow takes longer than a window, the window lasts until half of it
 * was the guest's own time.  It lasts at most PMU_RATE_LONGEST windows, because
 * the guest may have counted time in which its VCPU was switched out.
 *
 * Counters of user mode alone are exempt.  They need progress of user mode, so
 * they cannot keep the guest from going on.
 *
 * By number: whatever the guest claims, it gets at most PMU_RATE_RECORDS
 * records for each PMU_RATE_WINDOW ticks, also in a window that lasts longer.
 *
 * The guest's TSC may be scaled or emulated, so its ticks can differ from the
 * host's.  The parameter khz is the number of guest ticks in a millisecond.
 *
 * Each record reads the time.  The TSC costs a tenth of NOW().  Where the TSCs
 * of two CPUs differ, a VCPU that moves may begin a window early.
 */
#define PMU_RATE_WINDOW     cpu_khz
#define PMU_RATE_LONGEST    4
#define PMU_RATE_RECORDS    500u

struct pmu_rate {
    uint64_t start;     /* begin of the window, host TSC */
    uint64_t spent;     /* consumer.spent then, guest ticks */
    uint32_t nr;        /* records since then */
};

/* Is the window over at time "now" (host TSC)?  "spent" is consumer.spent. */
static inline bool pmu_rate_is_over(const struct pmu_rate *rate, uint64_t now,
                                    uint64_t spent, uint32_t khz)
{
    uint64_t past = now - rate->start, took = spent - rate->spent;

    if ( past < PMU_RATE_WINDOW )
        return false;

    /* No guest spends more than all the time: such a claim ends the window. */
    if ( past >= PMU_RATE_LONGEST * PMU_RATE_WINDOW ||
         took > PMU_RATE_LONGEST * (uint64_t)khz )
        return true;

    /* Both are small.  Times the other's kHz, they have the same unit. */
    took *= PMU_RATE_WINDOW;
    past *= khz;

    return took <= past / 2 || took > past;
}

/* If the window is over, begins a new one.  Returns whether it did. */
static inline bool pmu_rate_renew(struct pmu_rate *rate, uint64_t now,
                                  uint64_t spent, uint32_t khz)
{
    if ( !pmu_rate_is_over(rate, now, spent, khz) )
        return false;

    rate->start = now;
    rate->spent = spent;
    rate->nr = 0;

    return true;
}

/*
 * Are there as many records as there may be by now?  The first test is nearly
 * always false and saves the division.
 */
static inline bool pmu_rate_is_full(const struct pmu_rate *rate, uint64_t now)
{
    return rate->nr >= PMU_RATE_RECORDS &&
           rate->nr >= PMU_RATE_RECORDS *
                       ((now - rate->start) / PMU_RATE_WINDOW + 1);
}

/*
 * May there be another record now?  kernel: it is of a counter that counts
 * kernel mode.  Counts the record if so.
 */
static inline bool pmu_rate_take(struct pmu_rate *rate, uint64_t now,
                                 uint64_t spent, uint32_t khz, bool kernel)
{
    if ( pmu_rate_is_full(rate, now) ||
         (kernel && spent - rate->spent > khz / 2) )
        return false;

    rate->nr++;

    return true;
}

/*
 * The number of records in the ring, 0..XEN_PMU_RECORDS.  prod is Xen's own
 * copy.  The guest writes cons, which may be anything: an impossible value
 * means a full ring.
 */
static inline unsigned int pmu_ring_used(uint32_t prod, uint32_t cons)
{
    uint32_t used = prod - cons;

    return used > XEN_PMU_RECORDS ? XEN_PMU_RECORDS : used;
}

#endif /* PMU_RING_H */
