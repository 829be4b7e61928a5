/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The back end for AMD performance monitoring version 2 (CPUID Fn8000_0022
 * EAX[0], PerfMonV2; APM volume 2, 13.2; PPR for family 19h model 11h,
 * MSRC000_0300 and following).  It has the core counters and a global control:
 * a counter counts while its bit there and its PERF_CTL.EN are both set.
 *
 * PERF_CTL.EN stays set once a slot has run, and the global control alone
 * starts and stops the counters.  That is one write for a mode switch, a stop
 * or a VCPU switch, however many slots it concerns.  PERF_CTL is written only
 * for another event.
 *
 * The global status is not used.  pmu_core_look() finds overflows by value,
 * from reads that switching out and batches need anyway.  The status would add
 * a read there, and a write to acknowledge it.  A PMI would need both as well,
 * and would save only the reads of the other sampling counters.  The status
 * bits stay set, which does not hinder later interrupts: Linux before 5.19 does
 * not know the register and samples on family 19h (Linux commit 23d2626b841c
 * describes what Linux leaves in it).
 */
#include "amd.h"

static bool cf_check amd_v2_probe(const struct pmu_cpu *cpu,
                                  struct pmu_limits *lim)
{
    unsigned int nr = AMD_PERFMON_NR_CORE(cpu->perfmon_ebx);

    if ( cpu->vendor != XEN_PMU_VENDOR_AMD || !nr ||
         !(cpu->ext_ecx & AMD_EXT_PERFCTR_CORE) ||
         !(cpu->perfmon_eax & AMD_PERFMON_V2) )
        return false;

    /* RDPMC numbers from 6 on are other counters (APM volume 3, RDPMC). */
    amd_limits(lim, cpu, nr < AMD_NR_CORE ? nr : AMD_NR_CORE);
    lim->version = 2;
    lim->features = XEN_PMU_FEAT_GLOBAL;

    return true;
}

static void cf_check amd_v2_control(struct pmu_hw *hw, uint64_t slots,
                                    const uint64_t *ctl, uint64_t on,
                                    struct pmu_plan *plan)
{
    uint64_t all = slots;

    /*
     * The state before the first use: RESET enables every counter, firmware may
     * have programmed some, and another kernel may have left them frozen.
     */
    if ( !hw->global )
        pmu_plan_add(plan, AMD_MSR_GLOBAL_STATUS_CLR,
                     all | AMD_STATUS_FROZEN, all);

    for ( ; slots; slots &= slots - 1 )
    {
        unsigned int slot = __builtin_ctzll(slots);

        if ( on & PMU_BIT(slot) )
            amd_set_ctl(hw, slot, AMD_MSR_PERF_CTL(slot),
                        ctl[slot] | XEN_PMU_CTL_EN, plan);
        else if ( !(hw->set & PMU_BIT(slot)) )
            amd_set_ctl(hw, slot, AMD_MSR_PERF_CTL(slot), 0, plan);
    }

    if ( !hw->global || hw->on != on )
        pmu_plan_add(plan, AMD_MSR_GLOBAL_CTL, on,
                     hw->global ? hw->on ^ on : all);

    hw->global = true;
    hw->on = on;
}

static unsigned int cf_check amd_v2_toggle(const uint64_t *ctl, uint64_t from,
                                           uint64_t to)
{
    if ( from == to )
        return 0;

    pmu_wrmsr(AMD_MSR_GLOBAL_CTL, to);

    return 1;
}

const struct pmu_backend pmu_amd_v2 = {
    .name = "AMD PerfMonV2",
    .probe = amd_v2_probe,
    .counter = amd_core_counter,
    .select = amd_core_select,
    AMD_STATUS,
    .prepare = amd_prepare,
    .control = amd_v2_control,
    .toggle = amd_v2_toggle,
};
