/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The back end for AMD's core performance counters: six of 48 bits, each with
 * its own PERF_CTL, and no global control or status (APM volume 2, 13.2.1;
 * CPUID Fn8000_0001 ECX[23], PerfCtrExtCore).  Families 15h and later have
 * them, and Hygon family 18h.
 */
#include "amd.h"

static bool cf_check amd_core_probe(const struct pmu_cpu *cpu,
                                    struct pmu_limits *lim)
{
    if ( cpu->vendor != XEN_PMU_VENDOR_AMD || cpu->family < 0x15 ||
         !(cpu->ext_ecx & AMD_EXT_PERFCTR_CORE) )
        return false;

    amd_limits(lim, cpu, AMD_NR_CORE);

    return true;
}

const uint32_t amd_core_counter[AMD_NR_CORE] = {
    AMD_MSR_PERF_CTR(0), AMD_MSR_PERF_CTR(1), AMD_MSR_PERF_CTR(2),
    AMD_MSR_PERF_CTR(3), AMD_MSR_PERF_CTR(4), AMD_MSR_PERF_CTR(5),
};

const uint32_t amd_core_select[AMD_NR_CORE] = {
    AMD_MSR_PERF_CTL(0), AMD_MSR_PERF_CTL(1), AMD_MSR_PERF_CTL(2),
    AMD_MSR_PERF_CTL(3), AMD_MSR_PERF_CTL(4), AMD_MSR_PERF_CTL(5),
};

static void cf_check amd_core_control(struct pmu_hw *hw, uint64_t slots,
                                      const uint64_t *ctl, uint64_t on,
                                      struct pmu_plan *plan)
{
    amd_control(hw, slots, ctl, on, plan, AMD_MSR_PERF_CTL(0), 2);
}

static unsigned int cf_check amd_core_toggle(const uint64_t *ctl,
                                             uint64_t from, uint64_t to)
{
    return amd_toggle(ctl, from, to, AMD_MSR_PERF_CTL(0), 2);
}

const struct pmu_backend pmu_amd_core = {
    .name = "AMD core",
    .probe = amd_core_probe,
    .counter = amd_core_counter,
    .select = amd_core_select,
    AMD_STATUS,
    .prepare = amd_prepare,
    .control = amd_core_control,
    .toggle = amd_core_toggle,
};
