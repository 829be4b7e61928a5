/* SPDX-License-Identifier: GPL-2.0-only */
/* Trials: what the counters of a physical CPU really do (see trial.h) */
#include "trial.h"

/* Every guest needs these bits, to count and to hear of an overflow. */
#define NEEDED (XEN_PMU_CTL_EVENT | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS | \
                XEN_PMU_CTL_INT)

/* Xen executes at least so many instructions while a counter is tried. */
#define LOOPS 1000

/* Makes exactly the slots in "on" count.  Returns false if a write faults. */
static bool control(const struct pmu_backend *be, const struct pmu_limits *lim,
                    const uint64_t *ctl, uint64_t on)
{
    struct pmu_hw hw = {};
    struct pmu_plan plan;
    unsigned int i;
    bool ok = true;

    plan.nr = 0;
    be->control(&hw, pmu_all_slots(lim), ctl, on, &plan);

    for ( i = 0; i < plan.nr; i++ )
        ok &= pmu_wrmsr_safe(plan.write[i].msr, plan.write[i].val);

    return ok;
}

/* Does the register hold what is written to it? */
static bool holds(uint32_t msr, uint64_t val)
{
    uint64_t got;

    return pmu_wrmsr_safe(msr, val) && pmu_rdmsr_safe(msr, &got) && got == val;
}

/*
 * Does each counter keep every bit, set and clear?  The counters are stopped,
 * so no value here makes one overflow.
 */
static bool counters_keep(const struct pmu_backend *be,
                          const struct pmu_limits *lim)
{
    unsigned int slot, i;

    for ( slot = 0; slot < pmu_nr_slots(lim); slot++ )
    {
        uint64_t all = pmu_width_mask(lim, slot);
        const uint64_t pattern[] = {
            all, all / 3, all - all / 3, PMU_BIT(pmu_width(lim, slot) - 1), 0
        };

        for ( i = 0; i < sizeof(pattern) / sizeof(pattern[0]); i++ )
            if ( !holds(be->counter[slot], pattern[i]) )
                return false;
    }

    return true;
}

/* The bits of want that the register keeps.  Leaves the register zero. */
static uint64_t taken(uint32_t msr, uint64_t want)
{
    uint64_t good = want, map;

    if ( !holds(msr, want) )
    {
        for ( good = 0, map = want; map; map &= map - 1 )
            if ( holds(msr, map & -map) )
                good |= map & -map;

        /* Xen writes these bits together, so try them together. */
        if ( !holds(msr, good) )
            good = 0;
    }

    return holds(msr, 0) ? good : 0;
}

/*
 * Removes from *lim the control bits that some slot does not keep.  Returns
 * false if a bit that every guest needs is among them.
 */
static bool narrow(const struct pmu_backend *be, struct pmu_limits *lim)
{
    uint64_t good = ~0ULL;
    unsigned int slot;

    for ( slot = 0; slot < lim->nr_gp; slot++ )
    {
        uint64_t want = pmu_ctl_mask(lim, slot) | lim->guest_only;
        uint64_t bits = taken(be->select[slot], want);

        if ( (lim->precise_slots & PMU_BIT(slot)) &&
             (lim->precise_mask & ~bits) )
            lim->precise_mask = lim->precise_slots = 0;
        good &= bits;
    }

    lim->ctl_mask &= good;
    lim->event_mask &= good;
    if ( lim->guest_only & ~good )
        lim->guest_only = 0;

    return (lim->ctl_mask & NEEDED) == NEEDED;
}

/*
 * Lets a slot count instructions while Xen executes some.  "how" is the bits of
 * ctl besides the event.  *count is the result.  Leaves the counter zero.
 * Returns false if an access faults.
 */
static bool count_in_xen(const struct pmu_backend *be,
                         const struct pmu_limits *lim, unsigned int slot,
                         uint64_t how, uint64_t *count)
{
    uint64_t ctl[XEN_PMU_SLOTS] = {};
    bool ok;

    ctl[slot] = lim->event[0].event | how;
    ok = control(be, lim, ctl, PMU_BIT(slot));
    pmu_spin(LOOPS);
    ok &= control(be, lim, NULL, 0);

    return ok && pmu_rdmsr_safe(be->counter[slot], count) &&
           pmu_wrmsr_safe(be->counter[slot], 0);
}

/*
 * Does each counter count Xen when it must, and only then (R5)?  If a counter
 * counts Xen although the guest_only bits are set, hardware guests cannot have
 * the interface.
 */
static bool counters_count(const struct pmu_backend *be, struct pmu_limits *lim)
{
    unsigned int slot;
    uint64_t count;

    for ( slot = 0; slot < lim->nr_gp; slot++ )
    {
        if ( !count_in_xen(be, lim, slot, XEN_PMU_CTL_OS, &count) ||
             count < LOOPS )
            return false;

        if ( !count_in_xen(be, lim, slot, XEN_PMU_CTL_USR, &count) || count )
            return false;

        if ( !lim->guest_only )
            continue;

        if ( !count_in_xen(be, lim, slot, XEN_PMU_CTL_OS | XEN_PMU_CTL_USR |
                                          lim->guest_only, &count) )
            return false;

        if ( count )
            lim->guest_only = 0;
    }

    return true;
}

/*
 * On a CPU whose counters can freeze, can Xen see and clear the status that
 * says so?  If not, they can freeze all the same, but Xen cannot free them.
 */
static void try_status(const struct pmu_backend *be, struct pmu_limits *lim)
{
    uint64_t status;

    if ( lim->thaws &&
         (!pmu_rdmsr_safe(be->status, &status) ||
          !pmu_wrmsr_safe(be->status_clear, be->frozen)) )
        lim->thaws = false;
}

bool pmu_trial(const struct pmu_backend *be, struct pmu_limits *lim)
{
    bool ok;

    try_status(be, lim);
    ok = control(be, lim, NULL, 0) && counters_keep(be, lim) &&
         narrow(be, lim) && counters_count(be, lim);

    /* Nothing may be left running, whatever the result is. */
    return control(be, lim, NULL, 0) && ok;
}

bool pmu_trial_equals(const struct pmu_backend *be,
                      const struct pmu_limits *lim)
{
    struct pmu_limits here = *lim;

    return pmu_trial(be, &here) && here.ctl_mask == lim->ctl_mask &&
           here.precise_slots == lim->precise_slots &&
           here.guest_only == lim->guest_only && here.thaws == lim->thaws;
}

bool pmu_trial_still(const struct pmu_backend *be,
                     const struct pmu_limits *lim)
{
    unsigned int slot;

    for ( slot = 0; slot < lim->nr_gp; slot++ )
        if ( !holds(be->select[slot], 0) )
            return false;

    return counters_keep(be, lim);
}
