// SPDX-License-Identifier: GPL-2.0-only
/*
 * events_amd_k8.c - generic and cache events of AMD families 0fh to 16h, and which
 * counters can count what.
 *
 * Source, by event number (EventSelect NNNh): the BIOS and Kernel Developer's
 * Guide for family 10h (31116), 3.14, "Performance Counter Events".  What generic
 * event goes with which of them is as in the kernel's own driver for these CPUs.
 * Its events of the north bridge (memory requests of a NUMA node) are not here:
 * they count for all cores, so Xen gives them to nobody.
 *
 * Which counters: in family 15h it depends on the event.  The same guide for its models
 * 00h-0fh (42301, "Core Performance Counter Events") names the counters at each event,
 * and the kernel's own driver has the same list.  In the other families every counter
 * counts every event of the core.
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

/* What perf's events are called, alike in all of these families. */
#define NAMES								\
	.generic = {							\
		[PERF_COUNT_HW_CPU_CYCLES]		= 0x0076,	\
		[PERF_COUNT_HW_INSTRUCTIONS]		= 0x00c0,	\
		[PERF_COUNT_HW_CACHE_REFERENCES]	= 0x077d,	\
		[PERF_COUNT_HW_CACHE_MISSES]		= 0x077e,	\
		[PERF_COUNT_HW_BRANCH_INSTRUCTIONS]	= 0x00c2,	\
		[PERF_COUNT_HW_BRANCH_MISSES]		= 0x00c3,	\
		[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x00d0,	\
		[PERF_COUNT_HW_STALLED_CYCLES_BACKEND]	= 0x00d1,	\
	},								\
	.cache = {							\
		[PERF_COUNT_HW_CACHE_L1D] = {				\
			[LOADS] = { [TOTAL] = 0x0040, [MISSES] = 0x0141 },	\
			[FETCHES] = { [TOTAL] = 0x0267, [MISSES] = 0x0167 },	\
		},							\
		[PERF_COUNT_HW_CACHE_L1I] = {				\
			[LOADS] = { [TOTAL] = 0x0080, [MISSES] = 0x0081 },	\
			[STORES] = NEITHER,				\
			[FETCHES] = { [TOTAL] = 0x014b },		\
		},							\
		[PERF_COUNT_HW_CACHE_LL] = {				\
			[LOADS] = { [TOTAL] = 0x037d, [MISSES] = 0x037e },	\
			[STORES] = { [TOTAL] = 0x017f },		\
		},							\
		[PERF_COUNT_HW_CACHE_DTLB] = {				\
			[LOADS] = { [TOTAL] = 0x0040, [MISSES] = 0x0746 },	\
		},							\
		[PERF_COUNT_HW_CACHE_ITLB] = {				\
			[LOADS] = { [TOTAL] = 0x0080, [MISSES] = 0x0385 },	\
			[STORES] = NEITHER,				\
			[FETCHES] = NEITHER,				\
		},							\
		[PERF_COUNT_HW_CACHE_BPU] = {				\
			[LOADS] = { [TOTAL] = 0x00c2, [MISSES] = 0x00c3 },	\
			[STORES] = NEITHER,				\
			[FETCHES] = NEITHER,				\
		},							\
		[PERF_COUNT_HW_CACHE_NODE] = {				\
			[STORES] = NEITHER,				\
			[FETCHES] = NEITHER,				\
		},							\
	}

/* EventSelect[7:5] all ones: the north bridge (family 10h: 3.14.6). */
#define NORTH_BRIDGE	{ .mask = 0xe0, .code = 0xe0, .slots = 0 }

static const struct xen_pmu_constraint shared_only[] = {
	NORTH_BRIDGE,
	{ }
};

static const struct xen_pmu_events k8 = {
	.name = "k8",
	NAMES,
	.overlooked = XEN_PMU_AMD_OVERLOOKED,
	.constraints = shared_only,
};

/*
 * Family 15h.  Bits [7:4] of an event's number say which unit of the processor it is
 * about, and most events of a unit have the same counters: those are the last rows.  The
 * rows before them are the exceptions.
 */
#define PMC0	BIT_ULL(0)
#define PMC3	BIT_ULL(3)
#define PMC0_2	GENMASK_ULL(2, 0)
#define PMC3_5	GENMASK_ULL(5, 3)
#define PMC0_5	GENMASK_ULL(5, 0)
#define NONE	0

#define EVENT(nr, pmcs)							\
	{ .mask = XEN_PMU_AMD_EVENT_MASK, .code = XEN_PMU_AMD_EVENT(nr), \
	  .slots = pmcs }
#define ONE_UNIT(nr, pmcs)						\
	{ .mask = XEN_PMU_AMD_EVENT_MASK, .code = XEN_PMU_AMD_EVENT(nr), \
	  .units = 1, .slots = pmcs }
/* The event with none of these bits of its unit mask set. */
#define WITHOUT(bits, nr, pmcs)						\
	{ .mask = XEN_PMU_AMD_EVENT_MASK | (bits),			\
	  .code = XEN_PMU_AMD_EVENT(nr), .slots = pmcs }
/* All events of a unit. */
#define UNIT(bits, nr, pmcs)						\
	{ .mask = (bits), .code = (nr), .slots = pmcs }

static const struct xen_pmu_constraint f15h_constraints[] = {
	NORTH_BRIDGE,
	/* floating point */
	WITHOUT(0xf000, 0x000, PMC3_5),
	WITHOUT(0x0f00, 0x000, PMC3_5),
	EVENT(0x000, PMC3),
	EVENT(0x003, PMC3),
	ONE_UNIT(0x004, PMC3_5),
	EVENT(0x004, PMC3),
	EVENT(0x00b, PMC3),
	EVENT(0x00d, PMC3),
	/* load and store, data cache */
	EVENT(0x023, PMC0_2),
	EVENT(0x02d, PMC3),
	EVENT(0x02e, PMC0 | PMC3),
	ONE_UNIT(0x031, PMC0_2),
	EVENT(0x031, NONE),		/* more than one unit at a time makes no sense */
	EVENT(0x043, PMC0_2),
	EVENT(0x045, PMC0_2),
	EVENT(0x046, PMC0_2),
	EVENT(0x054, PMC0_2),
	EVENT(0x055, PMC0_2),
	/* instruction cache, decode, execution */
	EVENT(0x08f, PMC0),
	EVENT(0x187, PMC0),
	EVENT(0x188, PMC0),
	EVENT(0x0db, PMC0_5),
	EVENT(0x0dc, PMC0_5),
	EVENT(0x0dd, PMC0_5),
	EVENT(0x0de, PMC0_5),
	EVENT(0x0df, PMC0_5),
	EVENT(0x1c0, PMC3_5),
	EVENT(0x1d6, PMC0_5),
	EVENT(0x1d8, PMC0_5),
	/* the units; those that are not here, 20h to 50h and c0h, have every counter */
	UNIT(0xe0, 0x00, PMC3_5),	/* floating point */
	UNIT(0xe0, 0x60, PMC0_2),	/* the L2 cache and the bus; cycles (076h), too */
	UNIT(0xe0, 0x80, PMC0_2),	/* instruction cache, decode */
	UNIT(0xe0, 0xa0, NONE),		/* there is no such unit */
	UNIT(0xf0, 0xd0, PMC0_2),	/* decode */
	{ }
};

static const struct xen_pmu_events f15h = {
	.name = "bulldozer",
	NAMES,
	.overlooked = XEN_PMU_AMD_OVERLOOKED,
	.constraints = f15h_constraints,
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
	if (family == 0x15)
		return &f15h;
	return family >= 0xf && family <= 0x16 ? &k8 : NULL;
}
