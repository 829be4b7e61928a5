/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What AMD's kinds of counters have in common: the layout of PERF_CTL (APM
 * volume 2, 13.2.1), and a PERF_CTL and a PERF_CTR of 48 bits for each.
 */
#ifndef PMU_AMD_H
#define PMU_AMD_H

#include "backend.h"

#define AMD_EXT_PERFCTR_CORE    (1u << 23)  /* CPUID 0x80000001 ECX */

#define AMD_NR_LEGACY           4
#define AMD_NR_CORE             6
#define AMD_WIDTH               48

/* APM volume 2, 13.2.1: PERF_CTL0..5 and PERF_CTR0..5 alternate. */
#define AMD_MSR_PERF_CTL(n)     (0xc0010200u + 2 * (n))
#define AMD_MSR_PERF_CTR(n)     (0xc0010201u + 2 * (n))

/* UnitMask is [15:8], EventSelect [7:0] and, from family 10h on, [35:32]. */
#define AMD_CTL_EVENT_K8        0x000000000000ffffULL
#define AMD_CTL_EVENT           0x0000000f0000ffffULL

/* HG_ONLY [41:40] = 1: only between VMRUN and #VMEXIT (needs EFER.SVME). */
#define AMD_CTL_GUEST_ONLY      (1ULL << 40)

/*
 * Fills *lim for nr counters.  event: the bits that select the event.  The
 * guest gets these and the rest of PERF_CTL but for HostOnly/GuestOnly [41:40]
 * and whatever is reserved ([19], [21], [39:36], [63:42]); Enable [22] follows
 * request.run.
 */
void amd_limits(struct pmu_limits *lim, unsigned int nr, uint64_t event);

/* Events of the lower policies, family 17h and later. */
#define AMD_NR_EVENTS 7
extern const struct pmu_event amd_events[AMD_NR_EVENTS];

/* pmu_backend.counter of the core counters. */
extern const uint32_t amd_core_counter[AMD_NR_CORE];

/* Writes a slot's PERF_CTL if it holds something else. */
static inline void amd_set_ctl(struct pmu_hw *hw, unsigned int slot,
                               uint32_t msr, uint64_t want,
                               struct pmu_plan *plan)
{
    uint64_t bit = PMU_BIT(slot);

    if ( (hw->set & bit) && hw->ctl[slot] == want )
        return;

    pmu_plan_add(plan, msr, want, bit);
    hw->ctl[slot] = want;
    hw->set |= bit;
}

/*
 * pmu_backend.control() and .toggle() of counters that only their own PERF_CTL
 * enables: slot n's is MSR base + stride * n.  hw->ctl[] is without the enable
 * bit, which is set where hw->on says so: then a change of mode is a change of
 * hw->on.  What a disabled counter would count does not matter.
 */
static inline void amd_control(struct pmu_hw *hw, uint64_t slots,
                               const uint64_t *ctl, uint64_t on,
                               struct pmu_plan *plan,
                               uint32_t base, unsigned int stride)
{
    for ( ; slots; slots &= slots - 1 )
    {
        unsigned int slot = __builtin_ctzll(slots);
        uint64_t bit = PMU_BIT(slot), want = 0;

        if ( on & bit )
            want = ctl[slot];
        else if ( hw->set & bit )
            want = hw->ctl[slot];

        if ( (hw->set & bit) && hw->ctl[slot] == want &&
             !((hw->on ^ on) & bit) )
            continue;

        pmu_plan_add(plan, base + stride * slot,
                     on & bit ? want | XEN_PMU_CTL_EN : want, bit);
        hw->ctl[slot] = want;
        hw->set |= bit;
    }

    hw->on = on;
}

static inline unsigned int amd_toggle(const uint64_t *ctl, uint64_t from,
                                      uint64_t to, uint32_t base,
                                      unsigned int stride)
{
    uint64_t map;
    unsigned int nr = 0;

    for ( map = from & ~to; map; map &= map - 1, nr++ )
        pmu_wrmsr(base + stride * __builtin_ctzll(map),
                  ctl[__builtin_ctzll(map)]);

    for ( map = to & ~from; map; map &= map - 1, nr++ )
        pmu_wrmsr(base + stride * __builtin_ctzll(map),
                  ctl[__builtin_ctzll(map)] | XEN_PMU_CTL_EN);

    return nr;
}

#endif /* PMU_AMD_H */
