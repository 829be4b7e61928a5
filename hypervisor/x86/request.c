/* SPDX-License-Identifier: GPL-2.0-only */
/* Copying a request out of the page, and judging the copy: see request.h. */
#include "request.h"

bool pmu_batch_read(const struct xen_pmu_request *req, uint64_t word,
                    uint32_t seen, struct pmu_batch *batch)
{
    unsigned int i;
    uint64_t rsvd, map;

    batch->seq = word;
    if ( batch->seq == seen || (batch->seq & 1) )
        return false;

    pmu_rmb(); /* pairs with the guest's release store of seq */

    batch->changed = pmu_read_once(req->changed);
    batch->run = pmu_read_once(req->run);

    rsvd = word >> 32 & ~XEN_PMU_FLAGS;
    for ( i = 0; i < sizeof(req->rsvd) / sizeof(req->rsvd[0]); i++ )
        rsvd |= pmu_read_once(req->rsvd[i]);
    batch->reserved = rsvd;

    /* pmu_batch_check() refuses bits of slots that no page has. */
    map = batch->changed & (PMU_BIT(XEN_PMU_SLOTS) - 1);
    for ( ; map; map &= map - 1 )
    {
        const struct xen_pmu_slot *from = &req->slot[__builtin_ctzll(map)];
        struct xen_pmu_slot *to = &batch->slot[__builtin_ctzll(map)];

        to->ctl = pmu_read_once(from->ctl);
        to->start = pmu_read_once(from->start);
        to->gen = pmu_read_once(from->gen);
        to->period = pmu_read_once(from->period);
    }

    return true;
}

static unsigned int check_slot(const struct xen_pmu_slot *slot,
                               const struct pmu_limits *lim, unsigned int nr)
{
    if ( slot->ctl & ~pmu_ctl_mask(lim, nr) )
        return XEN_PMU_ERR_CTL;

    if ( slot->start & ~pmu_width_mask(lim, nr) )
        return XEN_PMU_ERR_START;

    if ( slot->period & ~(pmu_width_mask(lim, nr) >> 1) )
        return XEN_PMU_ERR_PERIOD;

    return XEN_PMU_ERR_NONE;
}

/* A slot that is to run must count at least one mode, and an allowed event. */
static unsigned int check_run(uint64_t ctl, const struct pmu_limits *lim,
                              unsigned int nr)
{
    unsigned int i;

    if ( !(ctl & (XEN_PMU_CTL_USR | XEN_PMU_CTL_OS)) )
        return XEN_PMU_ERR_MODE;

    if ( nr >= lim->nr_gp )
        return XEN_PMU_ERR_NONE;

    if ( lim->refused_mask && (ctl & lim->refused_mask) == lim->refused_event )
        return XEN_PMU_ERR_EVENT;

    if ( lim->policy == XEN_PMU_POLICY_ALL )
        return XEN_PMU_ERR_NONE;

    for ( i = 0; i < lim->nr_allowed; i++ )
        if ( (ctl & lim->event_mask) == lim->allowed[i] )
            return XEN_PMU_ERR_NONE;

    return XEN_PMU_ERR_EVENT;
}

unsigned int pmu_batch_check(const struct pmu_batch *batch,
                             const struct pmu_limits *lim,
                             const uint64_t *ctl, uint64_t run, uint32_t *bad)
{
    uint64_t absent = (batch->changed | batch->run) & ~pmu_all_slots(lim);
    uint64_t map;
    unsigned int err;

    *bad = ~0u;

    if ( batch->reserved )
        return XEN_PMU_ERR_RSVD;

    if ( absent )
    {
        *bad = __builtin_ctzll(absent);
        return XEN_PMU_ERR_SLOT;
    }

    for ( map = batch->changed | (batch->run & ~run); map; map &= map - 1 )
    {
        unsigned int i = __builtin_ctzll(map);
        bool changed = batch->changed & PMU_BIT(i);

        err = changed ? check_slot(&batch->slot[i], lim, i)
                      : XEN_PMU_ERR_NONE;
        if ( !err && (batch->run & PMU_BIT(i)) )
            err = check_run(changed ? batch->slot[i].ctl : ctl[i], lim, i);

        if ( err )
        {
            *bad = i;
            return err;
        }
    }

    return XEN_PMU_ERR_NONE;
}
