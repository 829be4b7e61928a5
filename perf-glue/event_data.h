/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event_data.h - declares the event tables and the macros that they are written with.
 */
#ifndef XEN_PMU_EVENT_DATA_H
#define XEN_PMU_EVENT_DATA_H

#include "events.h"

/* events_amd_k8.c */
extern const struct xen_pmu_event_table xen_pmu_k8, xen_pmu_f15h;
/* events_amd_zen.c */
extern const struct xen_pmu_event_table xen_pmu_zen1, xen_pmu_zen2, xen_pmu_zen4;

#define L1D	PERF_COUNT_HW_CACHE_L1D
#define L1I	PERF_COUNT_HW_CACHE_L1I
#define LL	PERF_COUNT_HW_CACHE_LL
#define DTLB	PERF_COUNT_HW_CACHE_DTLB
#define ITLB	PERF_COUNT_HW_CACHE_ITLB
#define BPU	PERF_COUNT_HW_CACHE_BPU
#define NODE	PERF_COUNT_HW_CACHE_NODE

#define LOADS	PERF_COUNT_HW_CACHE_OP_READ
#define STORES	PERF_COUNT_HW_CACHE_OP_WRITE
#define FETCHES	PERF_COUNT_HW_CACHE_OP_PREFETCH

#define TOTAL	PERF_COUNT_HW_CACHE_RESULT_ACCESS
#define MISSES	PERF_COUNT_HW_CACHE_RESULT_MISS

/*
 * No CPU has this operation on this cache, neither accesses nor misses: perf_event_open(2)
 * returns EINVAL, as with the kernel's own driver.
 */
#define NEITHER { [TOTAL] = XEN_PMU_NO_SENSE, [MISSES] = XEN_PMU_NO_SENSE }

/* The rows of .cache that every AMD table has. */
#define AMD_CACHES							\
	[L1I][LOADS]	= { [TOTAL] = 0x0080, [MISSES] = 0x0081 },	\
	[L1I][STORES]	= NEITHER,					\
	[ITLB][STORES]	= NEITHER,					\
	[ITLB][FETCHES]	= NEITHER,					\
	[BPU][LOADS]	= { [TOTAL] = 0x00c2, [MISSES] = 0x00c3 },	\
	[BPU][STORES]	= NEITHER,					\
	[BPU][FETCHES]	= NEITHER,					\
	[NODE][STORES]	= NEITHER,					\
	[NODE][FETCHES]	= NEITHER

/* AMD_CODE() is the code of an AMD event, whose number has 12 bits (APM volume 2, 13.2.1). */
#define AMD_CODE(nr)	(((nr) & 0xffULL) | ((nr) & 0xf00ULL) << 24)

/*
 * HostOnly [41] and GuestOnly [40] of PERF_CTL.  The kernel's own driver clears both in
 * raw codes, so a code counts the same with every combination of them.  To a guest without
 * guests of its own "the host" is the guest itself; exclude_host leaves the host out.
 */
#define AMD_IGNORED	(3ULL << 40)

/* AMD_EVENT() is a constraint for an AMD event with any unit mask. */
#define AMD_EVENT(nr, _slots)						\
	{ .mask = AMD_CODE(0xfff), .code = AMD_CODE(nr), .slots = _slots }

#define NO_SLOT	0

#endif /* XEN_PMU_EVENT_DATA_H */
