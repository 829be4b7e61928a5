/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic of the record ring and of the rate limit. */
#include "ring.h"

bool pmu_rate_is_over(const struct pmu_rate *rate, uint64_t now)
{
    return now - rate->start >= PMU_RATE_WINDOW;
}

bool pmu_rate_take(struct pmu_rate *rate, uint64_t now)
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

unsigned int pmu_ring_used(uint32_t prod, uint32_t cons)
{
    uint32_t used = prod - cons;

    return used > XEN_PMU_RECORDS ? XEN_PMU_RECORDS : used;
}
