/* SPDX-License-Identifier: GPL-2.0-only */
/* Arithmetic of the record ring and of the rate limit (R7, R10). */
#ifndef PMU_RING_H
#define PMU_RING_H

#include "backend.h"

/*
 * A VCPU gets at most PMU_RATE_RECORDS records in any window of
 * PMU_RATE_WINDOW nanoseconds: a record costs Xen and the guest some
 * microseconds, so beyond one in two the guest would do nothing else.
 */
#define PMU_RATE_WINDOW     1000000u
#define PMU_RATE_RECORDS    500u

struct pmu_rate {
    uint64_t start;     /* of the window, ns */
    uint32_t nr;        /* records in it */
};

/* May there be another record at time now (ns, monotonic)?  Then counts it. */
bool pmu_rate_take(struct pmu_rate *rate, uint64_t now);

/* Has the window ended in which a record was refused? */
bool pmu_rate_is_over(const struct pmu_rate *rate, uint64_t now);

/*
 * Records between cons, which is the guest's to write and may be anything, and
 * prod, which is Xen's own copy: 0..XEN_PMU_RECORDS.  Nonsense is a full ring.
 */
unsigned int pmu_ring_used(uint32_t prod, uint32_t cons);

#endif /* PMU_RING_H */
