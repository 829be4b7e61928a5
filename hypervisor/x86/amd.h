/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the AMD back ends share: the layout of PERF_CTL (APM volume 2, 13.2.1),
 * and counters of 48 bits that each have a PERF_CTL and a PERF_CTR.
 */
#ifndef PMU_AMD_H
#define PMU_AMD_H

#include "backend.h"

/* CPUID 0x80000001 ECX */
#define AMD_EXT_PERFCTR_CORE    (1u << 23)
#define AMD_EXT_PERFCTR_NB      (1u << 24)
#define AMD_EXT_PERFCTR_LLC     (1u << 28)

/* CPUID 0x80000021 EAX: PERF_CTL2 has bit 43. */
#define AMD_EXT21_PMC2_PRECISE  (1u << 12)

/* CPUID 0x80000022 EAX and EBX */
#define AMD_PERFMON_V2          (1u << 0)
#define AMD_PERFMON_FREEZE      (1u << 2)
#define AMD_PERFMON_NR_CORE(ebx) ((ebx) & 0xf)
#define AMD_PERFMON_NR_NB(ebx)  ((ebx) >> 10 & 0x3f)

#define AMD_NR_LEGACY           4
#define AMD_NR_CORE             6
#define AMD_NR_NB               4
#define AMD_NR_LLC              6
#define AMD_WIDTH               48

/* APM volume 2, 13.2.1: PERF_CTL0..5 and PERF_CTR0..5 alternate. */
#define AMD_MSR_PERF_CTL(n)     (0xc0010200u + 2 * (n))
#define AMD_MSR_PERF_CTR(n)     (0xc0010201u + 2 * (n))

/* Such pairs of the north bridge or data fabric, and of the last level cache */
#define AMD_MSR_NB_PERF_CTL0    0xc0010240u
#define AMD_MSR_LLC_PERF_CTL0   0xc0010230u

/* PPR for family 19h model 11h, MSRC000_0300 and following. */
#define AMD_MSR_GLOBAL_STATUS   0xc0000300u
#define AMD_MSR_GLOBAL_CTL      0xc0000301u
#define AMD_MSR_GLOBAL_STATUS_CLR 0xc0000302u
/* PmcFreeze: nothing counts while this is set, if DebugCtl asks for it. */
#define AMD_STATUS_FROZEN       (1ULL << 59)

/* PPR for family 19h model 11h, DBG_CTL_MSR: an overflow freezes the counters. */
#define AMD_MSR_DEBUGCTL        0x1d9u
#define AMD_DEBUGCTL_FREEZE     (1ULL << 12)

/* UnitMask is [15:8], EventSelect [7:0] and, from family 10h on, [35:32]. */
#define AMD_CTL_EVENT_K8        0x000000000000ffffULL
#define AMD_CTL_EVENT           0x0000000f0000ffffULL

/* HG_ONLY [41:40] = 1: from VMRUN to #VMEXIT only.  It needs EFER.SVME. */
#define AMD_CTL_GUEST_ONLY      (1ULL << 40)

/* PreciseRetire [43]: only the third counter has it. */
#define AMD_CTL_PRECISE         (1ULL << 43)
#define AMD_PRECISE_SLOT        2

/*
 * Fills *lim for nr counters of that CPU.  The guest gets all of PERF_CTL
 * except HostOnly/GuestOnly [41:40] and the reserved bits ([19], [21], [39:36],
 * [63:42], but PreciseRetire where it exists).  Enable [22] follows
 * request.run.
 */
void amd_limits(struct pmu_limits *lim, const struct pmu_cpu *cpu,
                unsigned int nr);

/* pmu_backend.prepare() of every AMD back end. */
void amd_prepare(const struct pmu_cpu *cpu, const struct pmu_limits *lim);

/* pmu_backend.counter and .select for the core counters. */
extern const uint32_t amd_core_counter[AMD_NR_CORE];
extern const uint32_t amd_core_select[AMD_NR_CORE];

/* pmu_backend.status, .status_clear and .frozen of every AMD back end. */
#define AMD_STATUS                                  \
    .status = AMD_MSR_GLOBAL_STATUS,                \
    .status_clear = AMD_MSR_GLOBAL_STATUS_CLR,      \
    .frozen = AMD_STATUS_FROZEN

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
 * pmu_backend.control() and .toggle() for counters that only their own PERF_CTL
 * enables.  Slot n's PERF_CTL is MSR base + stride * n.
 *
 * hw->ctl[] is without the enable bit.  The register has the bit set for the
 * slots in hw->on, so a change of mode is a change of hw->on.  A disabled
 * counter may hold any event.
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
