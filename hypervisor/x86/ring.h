/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic of the record ring and of the rate limit (R7, R10). */
#ifndef PMU_RING_H
#define PMU_RING_H

#include "backend.h"

/*
 * A VCPU that handles overflows for more than half of a window of PMU_RATE_WINDOW
 * ticks of the TSC, which is a millisecond, gets no more records of kernel mode in
 * that window, so that it goes on.  Only the guest knows what handling costs it, and
 * says so in consumer.spent.  Where a single overflow takes longer than the window,
 * the window goes on until half of it was the guest's own, but for no more than
 * PMU_RATE_LONGEST windows: a VCPU that was switched out meanwhile has not spent
 * that time.
 *
 * Counters of user mode alone need progress of user mode, so they cannot keep the
 * guest from going on, and lose nothing by this.
 *
 * Whatever the guest says, there are at most PMU_RATE_RECORDS records for each
 * PMU_RATE_WINDOW ticks, also in a window that goes on for longer.
 *
 * The guest's ticks need not be the host's: its TSC may be scaled, or emulated.  khz is
 * how many of them a window has.
 *
 * The time is asked for at each record, and the TSC costs a tenth of what NOW()
 * does; where those of two CPUs are apart, a VCPU that moves may begin a window early.
 */
#define PMU_RATE_WINDOW     cpu_khz
#define PMU_RATE_LONGEST    4
#define PMU_RATE_RECORDS    500u

struct pmu_rate {
    uint64_t start;     /* of the window, TSC */
    uint64_t spent;     /* consumer.spent then, in ticks of the guest's TSC */
    uint32_t nr;        /* records in it */
};

/* Has the window ended at time now (TSC), when consumer.spent says "spent"? */
static inline bool pmu_rate_is_over(const struct pmu_rate *rate, uint64_t now,
                                    uint64_t spent, uint32_t khz)
{
    uint64_t past = now - rate->start, took = spent - rate->spent;

    if ( past < PMU_RATE_WINDOW )
        return false;

    /* Nobody can spend more than all the time: who says so is not waited for. */
    if ( past >= PMU_RATE_LONGEST * PMU_RATE_WINDOW ||
         took > PMU_RATE_LONGEST * (uint64_t)khz )
        return true;

    /* Both are small now.  Each times the other's kHz, they are in the same unit. */
    took *= PMU_RATE_WINDOW;
    past *= khz;

    return took <= past / 2 || took > past;
}

/* Begins a new window if the last is over, and returns whether it was. */
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

/* Are there as many records as may be by now?  Seldom so: the division can wait. */
static inline bool pmu_rate_is_full(const struct pmu_rate *rate, uint64_t now)
{
    return rate->nr >= PMU_RATE_RECORDS &&
           rate->nr >= PMU_RATE_RECORDS *
                       ((now - rate->start) / PMU_RATE_WINDOW + 1);
}

/* May there be another record, of kernel mode or not, in this window?  Counts it. */
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
 * Records between cons, which is the guest's to write and may be anything, and
 * prod, which is Xen's own copy: 0..XEN_PMU_RECORDS.  Nonsense is a full ring.
 */
static inline unsigned int pmu_ring_used(uint32_t prod, uint32_t cons)
{
    uint32_t used = prod - cons;

    return used > XEN_PMU_RECORDS ? XEN_PMU_RECORDS : used;
}

#endif /* PMU_RING_H */
