/* SPDX-License-Identifier: GPL-2.0-only */
/* What AMD's kinds of counters share. */
#include "amd.h"

#define AMD_CTL_REST                                                        \
    (XEN_PMU_CTL_USR | XEN_PMU_CTL_OS | XEN_PMU_CTL_EDGE | XEN_PMU_CTL_INT | \
     XEN_PMU_CTL_INV | XEN_PMU_CTL_CMASK)

void amd_limits(struct pmu_limits *lim, unsigned int nr, uint64_t event)
{
    unsigned int slot;

    lim->vendor = XEN_PMU_VENDOR_AMD;
    lim->version = 1;
    lim->nr_gp = nr;
    lim->gp_width = AMD_WIDTH;
    lim->ctl_mask = event | AMD_CTL_REST;
    lim->event_mask = event;

    /* APM volume 3, RDPMC: ECX 0..5 are the core counters. */
    for ( slot = 0; slot < nr; slot++ )
        lim->rdpmc[slot] = slot;
}

/*
 * As in AMD's Processor Programming References (PPR for family 17h models
 * 30h..., 2.1.15; the same in that for family 19h model 11h): PMCx0C0 retired
 * instructions, PMCx076 cycles not in halt, PMCx120[0] cycles at the P0
 * frequency; PMCx0C2 retired branches, PMCx0C3 those mispredicted, PMCx060 core
 * to L2 requests, PMCx064 of them L2 misses for data and instructions.
 */
const struct pmu_event amd_events[AMD_NR_EVENTS] = {
    { 0x0000000c0ULL,  XEN_PMU_POLICY_IPC },
    { 0x000000076ULL,  XEN_PMU_POLICY_IPC },
    { 0x100000120ULL,  XEN_PMU_POLICY_IPC },
    { 0x0000000c2ULL,  XEN_PMU_POLICY_ARCH },
    { 0x0000000c3ULL,  XEN_PMU_POLICY_ARCH },
    { 0x00000ff60ULL,  XEN_PMU_POLICY_ARCH },
    { 0x000000964ULL,  XEN_PMU_POLICY_ARCH },
};
