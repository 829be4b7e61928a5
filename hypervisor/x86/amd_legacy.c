/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The back end for AMD's legacy counters: four of 48 bits (APM volume 2,
 * 13.2.1, "legacy performance counters").  Every AMD processor since family 0Fh
 * has them.  This back end drives those without core counters.
 */
#include "amd.h"

/* MSRs: four PERF_CTLs, then four PERF_CTRs. */
#define MSR_CTL(n)              (0xc0010000u + (n))
#define MSR_CTR(n)              (0xc0010004u + (n))

static bool cf_check amd_legacy_probe(const struct pmu_cpu *cpu,
                                      struct pmu_limits *lim)
{
    if ( cpu->vendor != XEN_PMU_VENDOR_AMD || cpu->family < 0x0f ||
         (cpu->ext_ecx & AMD_EXT_PERFCTR_CORE) )
        return false;

    amd_limits(lim, cpu, AMD_NR_LEGACY);

    return true;
}

static const uint32_t amd_legacy_counter[AMD_NR_LEGACY] = {
    MSR_CTR(0), MSR_CTR(1), MSR_CTR(2), MSR_CTR(3),
};

static const uint32_t amd_legacy_select[AMD_NR_LEGACY] = {
    MSR_CTL(0), MSR_CTL(1), MSR_CTL(2), MSR_CTL(3),
};

static void cf_check amd_legacy_control(struct pmu_hw *hw, uint64_t slots,
                                        const uint64_t *ctl, uint64_t on,
                                        struct pmu_plan *plan)
{
    amd_control(hw, slots, ctl, on, plan, MSR_CTL(0), 1);
}

static unsigned int cf_check amd_legacy_toggle(const uint64_t *ctl,
                                               uint64_t from, uint64_t to)
{
    return amd_toggle(ctl, from, to, MSR_CTL(0), 1);
}

const struct pmu_backend pmu_amd_legacy = {
    .name = "AMD legacy",
    .probe = amd_legacy_probe,
    .counter = amd_legacy_counter,
    .select = amd_legacy_select,
    AMD_STATUS,
    .prepare = amd_prepare,
    .control = amd_legacy_control,
    .toggle = amd_legacy_toggle,
};
