// SPDX-License-Identifier: GPL-2.0-only
/*
 * events_amd_k8.c - the events of AMD families 0fh to 16h.
 *
 * The event numbers (EventSelect NNNh) are from the BIOS and Kernel Developer's Guide for
 * family 10h (31116), 3.14, "Performance Counter Events".  Each generic event has the code
 * that the kernel's own driver gives it.  That driver also maps accesses to a NUMA node's
 * memory.  These tables do not: such events count for all cores, so Xen refuses them.
 *
 *   040h data cache accesses
 *   041h data cache misses (family 15h needs bit 0 of the unit mask)
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
#include "event_data.h"

/* All AMD families from 0fh to 16h have these codes. */
#define K8_CODES								\
	.generic = {								\
		[PERF_COUNT_HW_CPU_CYCLES]		= 0x0076,		\
		[PERF_COUNT_HW_INSTRUCTIONS]		= 0x00c0,		\
		[PERF_COUNT_HW_CACHE_REFERENCES]	= 0x077d,		\
		[PERF_COUNT_HW_CACHE_MISSES]		= 0x077e,		\
		[PERF_COUNT_HW_BRANCH_INSTRUCTIONS]	= 0x00c2,		\
		[PERF_COUNT_HW_BRANCH_MISSES]		= 0x00c3,		\
		[PERF_COUNT_HW_STALLED_CYCLES_FRONTEND]	= 0x00d0,		\
		[PERF_COUNT_HW_STALLED_CYCLES_BACKEND]	= 0x00d1,		\
	},									\
	.cache = {								\
		[L1D][LOADS]	= { [TOTAL] = 0x0040, [MISSES] = 0x0141 },	\
		[L1D][FETCHES]	= { [TOTAL] = 0x0267, [MISSES] = 0x0167 },	\
		[L1I][FETCHES]	= { [TOTAL] = 0x014b },				\
		[LL][LOADS]	= { [TOTAL] = 0x037d, [MISSES] = 0x037e },	\
		[LL][STORES]	= { [TOTAL] = 0x017f },				\
		[DTLB][LOADS]	= { [TOTAL] = 0x0040, [MISSES] = 0x0746 },	\
		[ITLB][LOADS]	= { [TOTAL] = 0x0080, [MISSES] = 0x0385 },	\
		AMD_CACHES,							\
	},									\
	.ignored = AMD_IGNORED

/* NUMBERS() is a constraint for all events with this value in these bits of their number. */
#define NUMBERS(bits, value, _slots)						\
	{ .mask = bits, .code = value, .slots = _slots }

/* Events with EventSelect[7:5] all ones belong to the north bridge (family 10h: 3.14.6). */
#define NORTH_BRIDGE	NUMBERS(0xe0, 0xe0, NO_SLOT)

static const struct xen_pmu_constraint k8_constraints[] = { NORTH_BRIDGE, { } };

const struct xen_pmu_event_table xen_pmu_k8 = {
	K8_CODES, .constraints = k8_constraints,
};

/*
 * In family 15h the counters depend on the event.  The guide for its models 00h-0fh (42301,
 * "Core Performance Counter Events") names them, and the kernel's own driver has the same
 * list.  In the other families every counter counts every event of the core.
 *
 * Bits [7:4] of an event's number name a unit of the processor.  Most events of a unit have
 * the same counters: the last rows name these.  The rows before are the exceptions.
 */
#define PMC0	BIT_ULL(0)
#define PMC3	BIT_ULL(3)
#define PMC0_2	GENMASK_ULL(2, 0)
#define PMC3_5	GENMASK_ULL(5, 3)
#define PMC0_5	GENMASK_ULL(5, 0)

/* ONE_UNIT() is a constraint for an event with at most one bit of its unit mask set. */
#define ONE_UNIT(nr, _slots)							\
	{ .mask = AMD_CODE(0xfff), .code = AMD_CODE(nr), .units = 1, .slots = _slots }

/* WITHOUT() is a constraint for an event with none of these bits of its code set. */
#define WITHOUT(bits, nr, _slots)						\
	{ .mask = AMD_CODE(0xfff) | (bits), .code = AMD_CODE(nr), .slots = _slots }

static const struct xen_pmu_constraint f15h_constraints[] = {
	NORTH_BRIDGE,
	/* floating point */
	WITHOUT(0xf000, 0x000, PMC3_5),
	WITHOUT(0x0f00, 0x000, PMC3_5),
	AMD_EVENT(0x000, PMC3),
	AMD_EVENT(0x003, PMC3),
	ONE_UNIT(0x004, PMC3_5),
	AMD_EVENT(0x004, PMC3),
	AMD_EVENT(0x00b, PMC3),
	AMD_EVENT(0x00d, PMC3),
	/* load and store, data cache */
	AMD_EVENT(0x023, PMC0_2),
	AMD_EVENT(0x02d, PMC3),
	AMD_EVENT(0x02e, PMC0 | PMC3),
	ONE_UNIT(0x031, PMC0_2),
	AMD_EVENT(0x031, NO_SLOT),	/* more than one unit at a time makes no sense */
	AMD_EVENT(0x043, PMC0_2),
	AMD_EVENT(0x045, PMC0_2),
	AMD_EVENT(0x046, PMC0_2),
	AMD_EVENT(0x054, PMC0_2),
	AMD_EVENT(0x055, PMC0_2),
	/* instruction cache, decode, execution */
	AMD_EVENT(0x08f, PMC0),
	AMD_EVENT(0x187, PMC0),
	AMD_EVENT(0x188, PMC0),
	AMD_EVENT(0x0db, PMC0_5),
	AMD_EVENT(0x0dc, PMC0_5),
	AMD_EVENT(0x0dd, PMC0_5),
	AMD_EVENT(0x0de, PMC0_5),
	AMD_EVENT(0x0df, PMC0_5),
	AMD_EVENT(0x1c0, PMC3_5),
	AMD_EVENT(0x1d6, PMC0_5),
	AMD_EVENT(0x1d8, PMC0_5),
	/* whole units; events of the units 20h to 50h and c0h have every counter */
	NUMBERS(0xe0, 0x00, PMC3_5),	/* floating point */
	NUMBERS(0xe0, 0x60, PMC0_2),	/* L2 cache, bus, and cycles (076h) */
	NUMBERS(0xe0, 0x80, PMC0_2),	/* instruction cache, decode */
	NUMBERS(0xe0, 0xa0, NO_SLOT),	/* no such unit */
	NUMBERS(0xf0, 0xd0, PMC0_2),	/* decode */
	{ }
};

const struct xen_pmu_event_table xen_pmu_f15h = {
	K8_CODES, .constraints = f15h_constraints,
};
