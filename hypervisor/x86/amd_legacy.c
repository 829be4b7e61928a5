/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD's legacy counters: four of 48 bits, as every AMD processor has had them
 * since family 0Fh, where there are no core counters (APM volume 2, 13.2.1,
 * "legacy performance counters").
 */
#include "amd.h"

/* Four PERF_CTLs, then four PERF_CTRs. */
#define MSR_CTL(n)              (0xc0010000u + (n))
#define MSR_CTR(n)              (0xc0010004u + (n))

/*
 * BIOS and Kernel Developer's Guide (BKDG) for family 10h (31116), 3.14: the
 * events that are the core's.  EventSelect 0C0h retired instructions, 076h
 * cycles not in halt; 0C2h retired branches, 0C3h those mispredicted, 07Dh
 * requests to the L2 and 07Eh its misses, of instructions, data and page walks.
 */
static const struct pmu_event legacy_events[] = {
    { 0x00c0, XEN_PMU_POLICY_IPC },
    { 0x0076, XEN_PMU_POLICY_IPC },
    { 0x00c2, XEN_PMU_POLICY_ARCH },
    { 0x00c3, XEN_PMU_POLICY_ARCH },
    { 0x077d, XEN_PMU_POLICY_ARCH },
    { 0x077e, XEN_PMU_POLICY_ARCH },
};

/*
 * BKDG, 3.14.6: EventSelect[7:5] = 111b is the north bridge, which counts for
 * all cores of the node, whoever asks.
 */
#define CTL_NORTH_BRIDGE        0xe0

static bool cf_check amd_legacy_probe(const struct pmu_cpu *cpu,
                                      struct pmu_limits *lim)
{
    if ( cpu->vendor != XEN_PMU_VENDOR_AMD || cpu->family < 0x0f ||
         (cpu->ext_ecx & AMD_EXT_PERFCTR_CORE) )
        return false;

    amd_limits(lim, AMD_NR_LEGACY,
               cpu->family < 0x10 ? AMD_CTL_EVENT_K8 : AMD_CTL_EVENT);
    lim->shared_mask = lim->shared_event = CTL_NORTH_BRIDGE;

    return true;
}

static const uint32_t amd_legacy_counter[AMD_NR_LEGACY] = {
    MSR_CTR(0), MSR_CTR(1), MSR_CTR(2), MSR_CTR(3),
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
    .guest_only = AMD_CTL_GUEST_ONLY,
    .probe = amd_legacy_probe,
    .counter = amd_legacy_counter,
    .control = amd_legacy_control,
    .toggle = amd_legacy_toggle,
    .events = legacy_events,
    .nr_events = sizeof(legacy_events) / sizeof(legacy_events[0]),
};
