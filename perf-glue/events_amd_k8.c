// SPDX-License-Identifier: GPL-2.0-only
/*
 * events_amd_k8.c - generic and cache events of AMD families 0fh to 16h.
 *
 * Source, by event number (EventSelect NNNh): the BIOS and Kernel Developer's
 * Guide for family 10h (31116), 3.14, "Performance Counter Events".  What generic
 * event goes with which of them is as in the kernel's own driver for these CPUs.
 * Its events of the north bridge (memory requests of a NUMA node) are not here:
 * they count for all cores, so Xen gives them to nobody.
 *
 *   040h data cache accesses
 *   041h data cache misses (bit 0 of the unit mask: family 15h asks for it)
 *   046h L1 and L2 DTLB misses: unit mask 07 pages of 4 KiB, 2 MiB, 1 GiB
 *   04bh prefetch instructions dispatched: unit mask 01 loads
 *   067h data prefetcher: unit mask 02 attempts, 01 cancelled
 *   076h CPU clocks not halted
 *   07dh requests to the L2: unit mask 01 IC fill, 02 DC fill, 04 page walk
 *   07eh L2 misses, with the same unit masks
 *   07fh L2 fill and writeback: unit mask 01 fills
 *   080h instruction cache fetches, 081h those that missed
 *   085h L1 and L2 ITLB misses: unit mask 03 pages of 4 KiB, 2 MiB
 *   0c0h retired instructions
 *   0c2h retired branches, 0c3h mispredicted ones
 *   0d0h decoder empty, 0d1h dispatch stalls
 */
#include "events.h"

#define LOADS	PERF_COUNT_HW_CACHE_OP_READ
#define STORES	PERF_COUNT_HW_CACHE_OP_WRITE
#define FETCHES	PERF_COUNT_HW_CACHE_OP_PREFETCH
#define TOTAL	PERF_COUNT_HW_CACHE_RESULT_ACCESS
#define MISSES	PERF_COUNT_HW_CACHE_RESULT_MISS

/* As in the kernel's own driver: perf_event_open(2) gives EINVAL. */
#define NEITHER { [TOTAL] = XEN_PMU_NO_SENSE, [MISSES] = XEN_PMU_NO_SENSE }

static const struct xen_pmu_events k8 = {
	.name = "k8",
	.generic = {
		[PERF_COUNT_HW_CPU_CYCLES]		= 0x0076,
		[PERF_COUNT_HW_INSTRUCTIONS]		= 0x00c0,
		[PERF_COUNT_HW_CACHE_REFERENCES]	= 0x077d,
		[PERF_COUNT_HW_CACHE_MISSES]		= 0x077e,
		[PERF_COUNT_HW_BRANCH_INSTRUCTIONS]	= 0x00c2,
		[PERF_COUNT_HW_BRANCH_MISSES]		= 0x00c3,
		[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x00d0,
		[PERF_COUNT_HW_STALLED_CYCLES_BACKEND]	= 0x00d1,
	},
	.cache = {
		[PERF_COUNT_HW_CACHE_L1D] = {
			[LOADS] = { [TOTAL] = 0x0040, [MISSES] = 0x0141 },
			[FETCHES] = { [TOTAL] = 0x0267, [MISSES] = 0x0167 },
		},
		[PERF_COUNT_HW_CACHE_L1I] = {
			[LOADS] = { [TOTAL] = 0x0080, [MISSES] = 0x0081 },
			[STORES] = NEITHER,
			[FETCHES] = { [TOTAL] = 0x014b },
		},
		[PERF_COUNT_HW_CACHE_LL] = {
			[LOADS] = { [TOTAL] = 0x037d, [MISSES] = 0x037e },
			[STORES] = { [TOTAL] = 0x017f },
		},
		[PERF_COUNT_HW_CACHE_DTLB] = {
			[LOADS] = { [TOTAL] = 0x0040, [MISSES] = 0x0746 },
		},
		[PERF_COUNT_HW_CACHE_ITLB] = {
			[LOADS] = { [TOTAL] = 0x0080, [MISSES] = 0x0385 },
			[STORES] = NEITHER,
			[FETCHES] = NEITHER,
		},
		[PERF_COUNT_HW_CACHE_BPU] = {
			[LOADS] = { [TOTAL] = 0x00c2, [MISSES] = 0x00c3 },
			[STORES] = NEITHER,
			[FETCHES] = NEITHER,
		},
		[PERF_COUNT_HW_CACHE_NODE] = {
			[STORES] = NEITHER,
			[FETCHES] = NEITHER,
		},
	},
	.shared = 0xe0,		/* EventSelect[7:5] all ones: the north bridge */
};

/*
 * xen_pmu_events_amd_k8 - the table for that CPU, or NULL
 * @cpuid_sig: CPUID leaf 1 EAX (APM volume 3, E.3.2)
 */
const struct xen_pmu_events *xen_pmu_events_amd_k8(u32 cpuid_sig)
{
	unsigned int family = cpuid_sig >> 8 & 0xf;

	if (family == 0xf)
		family += cpuid_sig >> 20 & 0xff;
	return family >= 0xf && family <= 0x16 ? &k8 : NULL;
}
