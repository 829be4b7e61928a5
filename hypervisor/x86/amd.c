/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD core performance counters: six of 48 bits, each with a PERF_CTL of its
 * own and no global control or status (APM volume 2, 13.2.1; CPUID
 * Fn8000_0001 ECX[23] PerfCtrExtCore).  Families 15h and later, Hygon 18h.
 */
#include "backend.h"

#define AMD_EXT_PERFCTR_CORE    (1u << 23)

#define AMD_NR_CORE             6
#define AMD_WIDTH               48

/* APM volume 2, 13.2.1: PERF_CTL0..5 and PERF_CTR0..5 alternate. */
#define AMD_MSR_PERF_CTL(n)     (0xc0010200u + 2 * (n))
#define AMD_MSR_PERF_CTR(n)     (0xc0010201u + 2 * (n))

/* EventSelect is [7:0] and [35:32], UnitMask is [15:8]. */
#define AMD_CTL_EVENT           0x0000000f0000ffffULL

/*
 * Never the guest's: HostOnly/GuestOnly [41:40] and whatever is reserved ([19],
 * [21], [39:36], [63:42]).  Enable [22] follows request.run.
 */
#define AMD_CTL_MASK                                                      \
    (AMD_CTL_EVENT | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS | XEN_PMU_CTL_EDGE | \
     XEN_PMU_CTL_INT | XEN_PMU_CTL_INV | XEN_PMU_CTL_CMASK)

/*
 * Events of the lower policies, as in AMD's Processor Programming References
 * (PPR for family 17h models 30h..., 2.1.15): PMCx0C0 retired instructions,
 * PMCx076 cycles not in halt, PMCx120[0] cycles at the P0 frequency; PMCx0C2
 * retired branches, PMCx0C3 those mispredicted, PMCx060 core to L2 requests,
 * PMCx064 of them L2 misses for data and instructions.
 */
static const struct pmu_event amd_events[] = {
    { 0x0000000c0ULL,  XEN_PMU_POLICY_IPC },
    { 0x000000076ULL,  XEN_PMU_POLICY_IPC },
    { 0x100000120ULL,  XEN_PMU_POLICY_IPC },
    { 0x0000000c2ULL,  XEN_PMU_POLICY_ARCH },
    { 0x0000000c3ULL,  XEN_PMU_POLICY_ARCH },
    { 0x00000ff60ULL,  XEN_PMU_POLICY_ARCH },
    { 0x000000964ULL,  XEN_PMU_POLICY_ARCH },
};

static bool cf_check amd_core_probe(const struct pmu_cpu *cpu,
                                    struct pmu_limits *lim)
{
    unsigned int slot;

    if ( cpu->vendor != XEN_PMU_VENDOR_AMD || cpu->family < 0x15 ||
         !(cpu->ext_ecx & AMD_EXT_PERFCTR_CORE) )
        return false;

    lim->vendor = XEN_PMU_VENDOR_AMD;
    lim->version = 1;
    lim->nr_gp = AMD_NR_CORE;
    lim->gp_width = AMD_WIDTH;
    lim->nr_fixed = 0;
    lim->fixed_width = 0;
    lim->fixed_mask = 0;
    lim->ctl_mask = AMD_CTL_MASK;
    lim->event_mask = AMD_CTL_EVENT;

    /* APM volume 3, RDPMC: ECX 0..5 are the core counters. */
    for ( slot = 0; slot < AMD_NR_CORE; slot++ )
        lim->rdpmc[slot] = slot;

    return true;
}

static uint32_t cf_check amd_core_counter(unsigned int slot)
{
    return AMD_MSR_PERF_CTR(slot);
}

static void cf_check amd_core_control(struct pmu_hw *hw, unsigned int nr,
                                      const uint64_t *ctl, uint64_t on,
                                      struct pmu_plan *plan)
{
    unsigned int slot;

    for ( slot = 0; slot < nr; slot++ )
    {
        uint64_t bit = PMU_BIT(slot), want;

        if ( on & bit )
            want = ctl[slot] | XEN_PMU_CTL_EN;
        else
            /* What a disabled counter would count does not matter. */
            want = hw->set & bit ? hw->ctl[slot] & ~XEN_PMU_CTL_EN : 0;

        if ( (hw->set & bit) && hw->ctl[slot] == want )
            continue;

        pmu_plan_add(plan, AMD_MSR_PERF_CTL(slot), want, bit);
        hw->ctl[slot] = want;
        hw->set |= bit;
    }

    hw->on = on;
}

const struct pmu_backend pmu_amd_core = {
    .name = "AMD core",
    .probe = amd_core_probe,
    .counter = amd_core_counter,
    .control = amd_core_control,
    .events = amd_events,
    .nr_events = sizeof(amd_events) / sizeof(amd_events[0]),
};
