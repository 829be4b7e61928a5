/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's request: copied once, then judged as a whole (R2, R10). */
#ifndef PMU_REQUEST_H
#define PMU_REQUEST_H

#include "backend.h"

/* A private copy of the request block. */
struct pmu_batch {
    uint32_t seq;
    bool     reserved;      /* a reserved field was not zero */
    uint64_t changed, run;
    struct xen_pmu_slot slot[XEN_PMU_SLOTS]; /* valid for slots in changed */
};

/*
 * seq (the low half) and flags, in one load: what tells on every entry whether
 * the guest wants anything new.
 */
static inline uint64_t pmu_request_word(const struct xen_pmu_request *req)
{
    return pmu_read_once(*(const uint64_t *)&req->seq);
}

/*
 * Copies the request if a batch is published whose seq, which was read as part
 * of word, is not "seen".  False: nothing new, or the guest is editing; *batch
 * is then undefined.
 *
 * Each field is read once.  Another VCPU of the guest may be writing to the
 * page at the same time: the copy is then some mixture of what it wrote, which
 * validation judges like anything else, so that only the guest's own counts
 * suffer.
 */
bool pmu_batch_read(const struct xen_pmu_request *req, uint64_t word,
                    uint32_t seen, struct pmu_batch *batch);

/*
 * XEN_PMU_ERR_NONE, or why the batch is refused; then *bad is the slot at
 * fault or ~0.  ctl: the slots' current programming, which stays for slots
 * that the batch does not change; run: slots that run with it, for which it was
 * judged before.
 */
unsigned int pmu_batch_check(const struct pmu_batch *batch,
                             const struct pmu_limits *lim,
                             const uint64_t *ctl, uint64_t run, uint32_t *bad);

#endif /* PMU_REQUEST_H */
