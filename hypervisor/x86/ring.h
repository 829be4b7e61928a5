/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic of the record ring and of the rate limit (R7, R10). */
#ifndef PMU_RING_H
#define PMU_RING_H

#include "backend.h"

/*
 * A VCPU gets at most PMU_RATE_RECORDS records in any window of PMU_RATE_WINDOW
 * ticks of the TSC, which is a millisecond: a record costs Xen and the guest some
 * microseconds, so beyond one in two the guest would do nothing else.  The time is
 * asked for at each record, and the TSC costs a tenth of what NOW() does; where those
 * of two CPUs are apart, a VCPU that moves may begin a window early.
 */
#define PMU_RATE_WINDOW     cpu_khz
#define PMU_RATE_RECORDS    500u

struct pmu_rate {
    uint64_t start;     /* of the window, TSC */
    uint32_t nr;        /* records in it */
};

/* Has the window ended in which a record was refused? */
static inline bool pmu_rate_is_over(const struct pmu_rate *rate, uint64_t now)
{
    return now - rate->start >= PMU_RATE_WINDOW;
}

/* May there be another record at time now (TSC)?  Then counts it. */
static inline bool pmu_rate_take(struct pmu_rate *rate, uint64_t now)
{
    if ( pmu_rate_is_over(rate, now) )
    {
        rate->start = now;
        rate->nr = 0;
    }

    if ( rate->nr >= PMU_RATE_RECORDS )
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
