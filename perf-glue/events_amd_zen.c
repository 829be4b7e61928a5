// SPDX-License-Identifier: GPL-2.0-only
/*
 * events_amd_zen.c - the events of AMD families from 17h on.
 *
 * The event numbers (PMCxNNN) are from the Processor Programming References of family 17h
 * models 00h-0fh (54945) and 31h (55803) and of family 19h models 01h (55898) and 11h
 * (55901), "Core Performance Monitor Counters".  Each generic event has the code that the
 * kernel's own driver gives it, so the same name counts the same thing with and without Xen.
 *
 *   PMCx040 data cache accesses
 *   PMCx045 L1 DTLB misses: umask 0f hit the L2 DTLB, f0 missed it too
 *   PMCx05a hardware prefetches into the data cache
 *   PMCx060 requests to the L2; umask c8: data reads (80), writes (40) and
 *	     state changes (08) that missed the data cache
 *   PMCx064 their outcome: umask 01 instruction miss, 08 data miss
 *   PMCx076 core cycles not in halt
 *   PMCx080 instruction cache fetches of 32 bytes, PMCx081 of those that missed
 *   PMCx084 L1 ITLB misses that hit the L2 ITLB, PMCx085 those that did not
 *   PMCx087 instruction pipe stalls: umask 01 back end, 02 front end (zen1)
 *   PMCx0a9 micro-op queue empty (from zen2)
 *   PMCx0c0 retired instructions
 *   PMCx0c2 retired branches, PMCx0c3 mispredicted ones
 *   PMCx120 cycles of the P0 clock, not in halt (umask 01; from zen4)
 */
#include "event_data.h"

/*
 * Every counter counts every core event ("Core Performance Monitor Counters"), with one
 * exception: an event that can grow by more than 15 in a cycle needs two counters.  The
 * second one is programmed with Merge and holds the upper part of each increment ("Large
 * Increment per Cycle Events").  One counter alone counts too little and gives no sign of
 * this.  The driver does not pair slots, so a guest gets neither the event nor Merge.
 *
 * The kernel's own driver pairs PMCx003 only.  PMCx05f can be merged but works alone, too:
 * one counter counts it in units of four, as the manual says.  The kernel's own driver
 * counts it in this way.
 */
static const struct xen_pmu_constraint zen_constraints[] = {
	AMD_EVENT(0x003, NO_SLOT),	/* retired SSE and AVX operations */
	AMD_EVENT(0xfff, NO_SLOT),	/* Merge */
	{ }
};

/* Every Zen has these codes.  The arguments are the generic codes that differ. */
#define ZEN(...) {								\
	.generic = {								\
		[PERF_COUNT_HW_CPU_CYCLES]		= 0x0076,		\
		[PERF_COUNT_HW_INSTRUCTIONS]		= 0x00c0,		\
		[PERF_COUNT_HW_CACHE_REFERENCES]	= 0xff60,		\
		[PERF_COUNT_HW_CACHE_MISSES]		= 0x0964,		\
		[PERF_COUNT_HW_BRANCH_INSTRUCTIONS]	= 0x00c2,		\
		[PERF_COUNT_HW_BRANCH_MISSES]		= 0x00c3,		\
		__VA_ARGS__							\
	},									\
	.cache = {								\
		[L1D][LOADS]	= { [TOTAL] = 0x0040, [MISSES] = 0xc860 },	\
		[L1D][FETCHES]	= { [TOTAL] = 0xff5a },				\
		[DTLB][LOADS]	= { [TOTAL] = 0xff45, [MISSES] = 0xf045 },	\
		[ITLB][LOADS]	= { [TOTAL] = 0x0084, [MISSES] = 0xff85 },	\
		AMD_CACHES,							\
	},									\
	.ignored = AMD_IGNORED,						\
	.constraints = zen_constraints,						\
}

const struct xen_pmu_event_table xen_pmu_zen1 = ZEN(
	[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x0287,
	[PERF_COUNT_HW_STALLED_CYCLES_BACKEND]	= 0x0187
);

/* zen3 has the events of zen2. */
const struct xen_pmu_event_table xen_pmu_zen2 = ZEN(
	[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x00a9
);

const struct xen_pmu_event_table xen_pmu_zen4 = ZEN(
	[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x00a9,
	[PERF_COUNT_HW_REF_CPU_CYCLES]		= 0x100000120ULL
);
