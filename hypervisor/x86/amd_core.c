/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD core performance counters: six of 48 bits, each with a PERF_CTL of its
 * own and no global control or status (APM volume 2, 13.2.1; CPUID
 * Fn8000_0001 ECX[23] PerfCtrExtCore).  Families 15h and later, Hygon 18h.
 */
#include "amd.h"

static bool cf_check amd_core_probe(const struct pmu_cpu *cpu,
                                    struct pmu_limits *lim)
{
    if ( cpu->vendor != XEN_PMU_VENDOR_AMD || cpu->family < 0x15 ||
         !(cpu->ext_ecx & AMD_EXT_PERFCTR_CORE) )
        return false;

    amd_limits(lim, AMD_NR_CORE, AMD_CTL_EVENT);

    return true;
}

uint32_t cf_check amd_core_counter(unsigned int slot)
{
    return AMD_MSR_PERF_CTR(slot);
}

static void cf_check amd_core_control(struct pmu_hw *hw, uint64_t slots,
                                      const uint64_t *ctl, uint64_t on,
                                      struct pmu_plan *plan)
{
    for ( ; slots; slots &= slots - 1 )
    {
        unsigned int slot = __builtin_ctzll(slots);

        amd_set_ctl(hw, slot, AMD_MSR_PERF_CTL(slot),
                    amd_want_ctl(hw, slot, ctl, on), plan);
    }

    hw->on = on;
}

const struct pmu_backend pmu_amd_core = {
    .name = "AMD core",
    .guest_only = AMD_CTL_GUEST_ONLY,
    .probe = amd_core_probe,
    .counter = amd_core_counter,
    .control = amd_core_control,
    .events = amd_events,
    .nr_events = AMD_NR_EVENTS,
};
