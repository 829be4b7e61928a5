// SPDX-License-Identifier: GPL-2.0-only
/*
 * events_amd_zen.c - generic and cache events of AMD families from 17h on, and which
 * counters can count what.
 *
 * Sources, by event number (PMCxNNN): the Processor Programming
 * References of family 17h models 00h-0fh (54945) and 31h (55803) and of family
 * 19h models 01h (55898) and 11h (55901), "Core Performance Monitor Counters".
 *
 * What generic event goes with which of them is as in the kernel's own driver
 * for these CPUs, so that the same name counts the same thing with and without
 * Xen.
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
#include "events.h"

/*
 * Every counter counts every core event ("Core Performance Monitor Counters"), but for
 * those that can grow by more than 15 in a cycle: such a one needs the next counter as
 * well, programmed with Merge, to hold the upper part of what is added ("Large Increment
 * per Cycle Events").  Alone it counts too little, and says nothing.  The driver does
 * not pair slots, so neither is for a guest; and Merge alone is no event.
 *
 * PMCx003 is the one that the kernel's own driver pairs.  PMCx05f can be merged, but
 * need not be: without it counts in units of four, as the manual says and the kernel's
 * own driver has it.
 */
static const struct xen_pmu_constraint constraints[] = {
	{ .mask = XEN_PMU_AMD_EVENT_MASK,	/* retired SSE and AVX operations */
	  .code = XEN_PMU_AMD_EVENT(0x003), .slots = 0 },
	{ .mask = XEN_PMU_AMD_EVENT_MASK,	/* Merge */
	  .code = XEN_PMU_AMD_EVENT(0xfff), .slots = 0 },
	{ }
};

/* What all of these CPUs have in common. */
#define ZEN								\
	.overlooked = XEN_PMU_AMD_OVERLOOKED,				\
	.constraints = constraints

#define LOADS	PERF_COUNT_HW_CACHE_OP_READ
#define STORES	PERF_COUNT_HW_CACHE_OP_WRITE
#define FETCHES	PERF_COUNT_HW_CACHE_OP_PREFETCH
#define TOTAL	PERF_COUNT_HW_CACHE_RESULT_ACCESS
#define MISSES	PERF_COUNT_HW_CACHE_RESULT_MISS

#define ZEN_GENERIC							\
	[PERF_COUNT_HW_CPU_CYCLES]		= 0x0076,		\
	[PERF_COUNT_HW_INSTRUCTIONS]		= 0x00c0,		\
	[PERF_COUNT_HW_CACHE_REFERENCES]	= 0xff60,		\
	[PERF_COUNT_HW_CACHE_MISSES]		= 0x0964,		\
	[PERF_COUNT_HW_BRANCH_INSTRUCTIONS]	= 0x00c2,		\
	[PERF_COUNT_HW_BRANCH_MISSES]		= 0x00c3

/* As in the kernel's own driver: perf_event_open(2) gives EINVAL. */
#define NEITHER { [TOTAL] = XEN_PMU_NO_SENSE, [MISSES] = XEN_PMU_NO_SENSE }

#define ZEN_CACHE							\
	[PERF_COUNT_HW_CACHE_L1D] = {					\
		[LOADS] = {						\
			[TOTAL] = 0x0040,				\
			[MISSES] = 0xc860,				\
		},							\
		[FETCHES] = { [TOTAL] = 0xff5a },			\
	},								\
	[PERF_COUNT_HW_CACHE_L1I] = {					\
		[LOADS] = { [TOTAL] = 0x0080, [MISSES] = 0x0081 },	\
		[STORES] = NEITHER,					\
	},								\
	[PERF_COUNT_HW_CACHE_DTLB] = {					\
		[LOADS] = { [TOTAL] = 0xff45, [MISSES] = 0xf045 },	\
	},								\
	[PERF_COUNT_HW_CACHE_ITLB] = {					\
		[LOADS] = { [TOTAL] = 0x0084, [MISSES] = 0xff85 },	\
		[STORES] = NEITHER,					\
		[FETCHES] = NEITHER,					\
	},								\
	[PERF_COUNT_HW_CACHE_BPU] = {					\
		[LOADS] = { [TOTAL] = 0x00c2, [MISSES] = 0x00c3 },	\
		[STORES] = NEITHER,					\
		[FETCHES] = NEITHER,					\
	},								\
	[PERF_COUNT_HW_CACHE_NODE] = {					\
		[STORES] = NEITHER,					\
		[FETCHES] = NEITHER,					\
	}

static const struct xen_pmu_events zen1 = {
	.name = "zen1",
	.generic = {
		ZEN_GENERIC,
		[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x0287,
		[PERF_COUNT_HW_STALLED_CYCLES_BACKEND]	= 0x0187,
	},
	.cache = { ZEN_CACHE },
	ZEN,
};

static const struct xen_pmu_events zen2 = {
	.name = "zen2",
	.generic = {
		ZEN_GENERIC,
		[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x00a9,
	},
	.cache = { ZEN_CACHE },
	ZEN,
};

static const struct xen_pmu_events zen3 = {
	.name = "zen3",
	.generic = {
		ZEN_GENERIC,
		[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x00a9,
	},
	.cache = { ZEN_CACHE },
	ZEN,
};

static const struct xen_pmu_events zen4 = {
	.name = "zen4",
	.generic = {
		ZEN_GENERIC,
		[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x00a9,
		[PERF_COUNT_HW_REF_CPU_CYCLES]		= 0x100000120ULL,
	},
	.cache = { ZEN_CACHE },
	ZEN,
};

/* Family and model from CPUID leaf 1 EAX (APM volume 3, E.3.2). */
static void decode(u32 sig, unsigned int *family, unsigned int *model)
{
	*family = sig >> 8 & 0xf;
	*model = sig >> 4 & 0xf;
	if (*family == 0xf) {
		*family += sig >> 20 & 0xff;
		*model |= sig >> 12 & 0xf0;
	}
}

/*
 * Models: as the kernel has them (arch/x86/kernel/cpu/amd.c, bsp_init_amd()).  Those
 * that it does not know, which nobody has seen, go with their neighbours.
 *
 * The models of zen1 among family 17h; the others are zen2.
 */
static int is_zen1(unsigned int model)
{
	return model <= 0x2f || (model >= 0x50 && model <= 0x5f);
}

/* The models of zen4 among family 19h; the others are zen3. */
static int is_zen4(unsigned int model)
{
	return (model >= 0x10 && model <= 0x1f) ||
	       (model >= 0x60 && model <= 0xaf);
}

/*
 * xen_pmu_events_amd_zen - the table for that CPU, or NULL
 * @cpuid_sig: CPUID leaf 1 EAX
 *
 * Family 18h is Hygon's zen1.  Of a family later than those that are known here the
 * kernel's own driver expects the events of the last, and so do we.
 */
const struct xen_pmu_events *xen_pmu_events_amd_zen(u32 cpuid_sig)
{
	unsigned int family, model;

	decode(cpuid_sig, &family, &model);
	switch (family) {
	case 0x17:
		return is_zen1(model) ? &zen1 : &zen2;
	case 0x18:
		return &zen1;
	case 0x19:
		return is_zen4(model) ? &zen4 : &zen3;
	default:
		return family >= 0x1a ? &zen4 : NULL;
	}
}
