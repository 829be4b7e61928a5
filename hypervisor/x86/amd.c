/* SPDX-License-Identifier: GPL-2.0-only */
/* What the AMD back ends share: limits, events, the registers of no slot */
#include "amd.h"

#define AMD_CTL_REST                                                        \
    (XEN_PMU_CTL_USR | XEN_PMU_CTL_OS | XEN_PMU_CTL_EDGE | XEN_PMU_CTL_INT | \
     XEN_PMU_CTL_INV | XEN_PMU_CTL_CMASK)

/* EventSelect [35:32] and [7:0], without the unit mask */
#define CTL_SELECT              0xf000000ffULL

/*
 * BIOS and Kernel Developer's Guide (BKDG) for family 10h (31116), 3.14.6:
 * events with EventSelect[7:5] = 111b are the north bridge's, which counts for
 * all cores of the node.  From family 15h on the north bridge has its own
 * counters: see "moved to uncore.c" in Linux' arch/x86/events/amd/core.c.
 */
#define CTL_NORTH_BRIDGE        0xe0

/*
 * "Merge", PMCxFFF, is not an event.  It makes an odd counter widen the
 * increments of the even counter before it (Linux commit "perf/x86/amd: Add
 * support for Large Increment per Cycle Events").  A change of a PV guest's
 * mode may enable only one of the two, and no document says what they do then.
 */
#define CTL_MERGE               CTL_SELECT

/*
 * BKDG for family 10h, 3.14, and for family 15h, 3.24.  EventSelect 0C0h:
 * retired instructions; 076h: cycles not in halt; 0C2h: retired branches; 0C3h:
 * mispredicted ones; 07Dh: requests to the L2, and 07Eh: misses of the L2, for
 * instructions, data and page walks.
 */
static const struct pmu_event k8_events[] = {
    { 0x00c0, XEN_PMU_POLICY_IPC },
    { 0x0076, XEN_PMU_POLICY_IPC },
    { 0x00c2, XEN_PMU_POLICY_ARCH },
    { 0x00c3, XEN_PMU_POLICY_ARCH },
    { 0x077d, XEN_PMU_POLICY_ARCH },
    { 0x077e, XEN_PMU_POLICY_ARCH },
};

/*
 * AMD's Processor Programming Reference (PPR) for family 17h models 30h...,
 * 2.1.15; the PPR for family 19h model 11h has the same.
 *
 * PMCx0C0: retired instructions; PMCx076: cycles not in halt; PMCx120[0]:
 * cycles at the P0 frequency; PMCx0C2: retired branches; PMCx0C3: mispredicted
 * ones; PMCx060: requests of the core to the L2; PMCx064: L2 misses of these
 * requests, for data and instructions.
 */
static const struct pmu_event zen_events[] = {
    { 0x0000000c0ULL,  XEN_PMU_POLICY_IPC },
    { 0x000000076ULL,  XEN_PMU_POLICY_IPC },
    { 0x100000120ULL,  XEN_PMU_POLICY_IPC },
    { 0x0000000c2ULL,  XEN_PMU_POLICY_ARCH },
    { 0x0000000c3ULL,  XEN_PMU_POLICY_ARCH },
    { 0x00000ff60ULL,  XEN_PMU_POLICY_ARCH },
    { 0x000000964ULL,  XEN_PMU_POLICY_ARCH },
};

#define EVENTS(lim, list)                                       \
    ((lim)->event = (list),                                     \
     (lim)->nr_events = sizeof(list) / sizeof((list)[0]))

void amd_limits(struct pmu_limits *lim, const struct pmu_cpu *cpu,
                unsigned int nr)
{
    unsigned int slot;

    lim->vendor = XEN_PMU_VENDOR_AMD;
    lim->version = 1;
    lim->nr_gp = nr;
    lim->gp_width = AMD_WIDTH;
    lim->event_mask = cpu->family < 0x10 ? AMD_CTL_EVENT_K8 : AMD_CTL_EVENT;
    lim->ctl_mask = lim->event_mask | AMD_CTL_REST;
    lim->guest_only = AMD_CTL_GUEST_ONLY;
    if ( cpu->ext21_eax & AMD_EXT21_PMC2_PRECISE )
    {
        lim->precise_mask = AMD_CTL_PRECISE;
        lim->precise_slots = PMU_BIT(AMD_PRECISE_SLOT);
    }
    lim->freezes = cpu->perfmon_eax & AMD_PERFMON_FREEZE ? AMD_DEBUGCTL_FREEZE : 0;
    lim->thaws = lim->freezes;

    if ( cpu->family < 0x15 )
        lim->refused_mask = lim->refused_event = CTL_NORTH_BRIDGE;
    else if ( cpu->family >= 0x17 )
        lim->refused_mask = lim->refused_event = CTL_MERGE;

    if ( cpu->family < 0x17 )
        EVENTS(lim, k8_events);
    else
        EVENTS(lim, zen_events);

    /* APM volume 3, RDPMC: ECX 0..5 are the core counters. */
    for ( slot = 0; slot < nr; slot++ )
        lim->rdpmc[slot] = slot;
}

/* Zeroes pairs from..nr-1 of PERF_CTL and PERF_CTR.  MSR base is pair 0. */
static void clear_pairs(uint32_t base, unsigned int from, unsigned int nr)
{
    unsigned int i;

    for ( i = from; i < nr; i++ )
    {
        pmu_wrmsr_safe(base + 2 * i, 0);
        pmu_wrmsr_safe(base + 2 * i + 1, 0);
    }
}

/* Firmware or an earlier kernel may have set the bit that freezes. */
static void stop_freezing(const struct pmu_limits *lim)
{
    uint64_t val;

    if ( lim->freezes && pmu_rdmsr_safe(AMD_MSR_DEBUGCTL, &val) &&
         (val & lim->freezes) )
        pmu_wrmsr_safe(AMD_MSR_DEBUGCTL, val & ~lim->freezes);
}

/*
 * APM volume 3, RDPMC: ECX 6..9 and from 16 on are counters of the north bridge
 * or data fabric.  ECX 10..15 are those of the L3 (on family 16h the four of
 * the L2).
 */
void cf_check amd_prepare(const struct pmu_cpu *cpu,
                          const struct pmu_limits *lim)
{
    bool v2 = cpu->perfmon_eax & AMD_PERFMON_V2;

    if ( cpu->ext_ecx & AMD_EXT_PERFCTR_CORE )
        clear_pairs(AMD_MSR_PERF_CTL(0), lim->nr_gp, AMD_NR_CORE);
    if ( cpu->ext_ecx & AMD_EXT_PERFCTR_NB )
        clear_pairs(AMD_MSR_NB_PERF_CTL0, 0,
                    v2 ? AMD_PERFMON_NR_NB(cpu->perfmon_ebx) : AMD_NR_NB);
    if ( cpu->ext_ecx & AMD_EXT_PERFCTR_LLC )
        clear_pairs(AMD_MSR_LLC_PERF_CTL0, 0, AMD_NR_LLC);

    stop_freezing(lim);

    /* Not every back end writes the global control: restore RESET's value. */
    if ( v2 )
    {
        pmu_wrmsr_safe(AMD_MSR_GLOBAL_STATUS_CLR, AMD_STATUS_FROZEN);
        pmu_wrmsr_safe(AMD_MSR_GLOBAL_CTL, pmu_all_slots(lim));
    }
}
