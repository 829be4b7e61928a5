/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying a guest's request out of the page, and judging the copy as a whole
 * (R2, R10).  vcpu.c calls the functions; they may run with interrupts off.
 */
#ifndef PMU_REQUEST_H
#define PMU_REQUEST_H

#include "backend.h"

/* Xen's private copy of the request block */
struct pmu_batch {
    uint32_t seq;
    bool     reserved;      /* a reserved field was not zero */
    uint64_t changed, run;
    struct xen_pmu_slot slot[XEN_PMU_SLOTS]; /* those in changed */
};

/*
 * seq (the low half) and flags (the high half), read by one load.  Each entry
 * compares this word with the last one to find out whether the guest wants
 * anything new.
 */
static inline uint64_t pmu_request_word(const struct xen_pmu_request *req)
{
    return pmu_read_once(*(const uint64_t *)&req->seq);
}

/*
 * Copies the request into *batch, if a batch is published that is not the one
 * with the number "seen".  word is what pmu_request_word() has returned.
 * Returns false if there is no new batch or the guest is editing; *batch is
 * then undefined.
 *
 * Each field is read once.  If another VCPU of the guest writes to the page at
 * the same time, the copy is a mixture.  It is judged like any other batch, so
 * that only the guest's own counts suffer.
 */
bool pmu_batch_read(const struct xen_pmu_request *req, uint64_t word,
                    uint32_t seen, struct pmu_batch *batch);

/*
 * Judges a copied batch.  Returns XEN_PMU_ERR_NONE, or the reason to refuse it;
 * *bad is then the slot at fault, or ~0.
 *
 * ctl: the present programming of all slots.  A slot that the batch does not
 * change keeps it.  run: the slots that count with it, which was judged before.
 */
unsigned int pmu_batch_check(const struct pmu_batch *batch,
                             const struct pmu_limits *lim,
                             const uint64_t *ctl, uint64_t run, uint32_t *bad);

#endif /* PMU_REQUEST_H */
