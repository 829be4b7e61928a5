// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver-mapping.c - what perf_event_open(2) asks for becomes the right code,
 * or the right error.
 */
#include <errno.h>
#include <stdio.h>
#include <kselftest.h>

#include "mapping.h"

/* CPUID signatures of real CPUs */
#define ROME	0x00830f10	/* EPYC 7002, zen2 */
#define NAPLES	0x00800f12	/* EPYC 7001, zen1 */
#define MILAN	0x00a00f11	/* EPYC 7003, zen3 */
#define GENOA	0x00a10f11	/* EPYC 9004, zen4 */
#define TURIN	0x00b00f21	/* EPYC 9005, zen5 */
#define SKYLAKE	0x00050654
#define PHOENIX	0x00a70f41	/* Ryzen 7040, zen4 */
#define FX	0x00600f20	/* family 15h */
#define BARCELONA 0x00100f23	/* Opteron 2300, family 10h */
#define K8	0x00000f48	/* Opteron 200, family 0fh */
#define K7	0x00000662

static struct xen_pmu_const offer = {
	.vendor = XEN_PMU_VENDOR_AMD,
	.nr_gp = 6,
	.ctl_mask = 0xf00000000ULL | XEN_PMU_CTL_EVENT | XEN_PMU_CTL_MODES |
		    XEN_PMU_CTL_EDGE | XEN_PMU_CTL_INT | XEN_PMU_CTL_INV |
		    XEN_PMU_CTL_CMASK,
	.event_mask = 0xf00000000ULL | XEN_PMU_CTL_EVENT,
};

#define FLAGS	(XEN_PMU_CTL_USR | XEN_PMU_CTL_OS | XEN_PMU_CTL_INT)

/*
 * Indices that were clamped, and by what; and what a clamped index becomes if a test
 * wants to see that it is the clamped one that is used.
 */
static struct {
	unsigned int nr;
	u64 size[4];
	bool to_zero;
} clamped;

u64 xen_pmu_test_index(u64 index, u64 size)
{
	if (clamped.nr < ARRAY_SIZE(clamped.size))
		clamped.size[clamped.nr] = size;
	clamped.nr++;
	return clamped.to_zero ? 0 : index;
}

/* The programming, or -errno. */
static int64_t map(struct perf_event_attr attr)
{
	u64 ctl = 0;
	int err = xen_pmu_map_event(&offer, xen_pmu_events_amd_zen(ROME), &attr,
				    &ctl);

	return err ? err : (int64_t)ctl;
}

#define MAP(...) map((struct perf_event_attr){ __VA_ARGS__ })
#define CACHE(id, op, result) (PERF_COUNT_HW_CACHE_##id | \
	PERF_COUNT_HW_CACHE_OP_##op << 8 | \
	PERF_COUNT_HW_CACHE_RESULT_##result << 16)

static bool generic(void)
{
	return MAP(.type = PERF_TYPE_HARDWARE,
		   .config = PERF_COUNT_HW_INSTRUCTIONS) == (0xc0 | FLAGS) &&
	       MAP(.type = PERF_TYPE_HARDWARE,
		   .config = PERF_COUNT_HW_CPU_CYCLES) == (0x76 | FLAGS) &&
	       MAP(.type = PERF_TYPE_HARDWARE,
		   .config = PERF_COUNT_HW_BUS_CYCLES) == -ENOENT &&
	       MAP(.type = PERF_TYPE_HARDWARE,
		   .config = PERF_COUNT_HW_MAX) == -EINVAL;
}

static bool cache(void)
{
	return MAP(.type = PERF_TYPE_HW_CACHE,
		   .config = CACHE(DTLB, READ, MISS)) == (0xf045 | FLAGS) &&
	       MAP(.type = PERF_TYPE_HW_CACHE,
		   .config = CACHE(NODE, READ, MISS)) == -ENOENT &&
	       MAP(.type = PERF_TYPE_HW_CACHE,
		   .config = CACHE(L1I, WRITE, ACCESS)) == -EINVAL &&
	       MAP(.type = PERF_TYPE_HW_CACHE, .config = 0x7) == -EINVAL &&
	       MAP(.type = PERF_TYPE_HW_CACHE, .config = 0x300) == -EINVAL &&
	       MAP(.type = PERF_TYPE_HW_CACHE, .config = 0x20000) == -EINVAL;
}

static bool raw(void)
{
	return MAP(.type = PERF_TYPE_RAW, .config = 0x1ffc1) ==
			(0xffc1 | FLAGS) &&
	       /* enable, interrupt and mode bits of old habit */
	       MAP(.type = PERF_TYPE_RAW, .config = 0x5300c0) ==
			(0xc0 | FLAGS) &&
	       /* pin control, any thread, reserved, host and guest only */
	       MAP(.type = PERF_TYPE_RAW, .config = 0x0800c0) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 0x2000c0) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 1ULL << 36) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 1ULL << 40) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 1ULL << 63) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 0xc0, .config1 = 1) ==
			-EINVAL;
}

static bool clamped_to(unsigned int nr, u64 a, u64 b, u64 c)
{
	bool ok = clamped.nr == nr && clamped.size[0] == a &&
		  clamped.size[1] == b && clamped.size[2] == c;

	memset(&clamped, 0, sizeof(clamped));
	return ok;
}

/*
 * Every index that the user chose is clamped to its array after the check of its bounds,
 * and it is the clamped index that is used: with one that the clamp has made zero, the
 * first element is what comes out.
 */
static bool no_speculation(void)
{
	const u64 far = CACHE(NODE, PREFETCH, MISS);
	int64_t first = MAP(.type = PERF_TYPE_HARDWARE, .config = 0);
	bool ok;

	memset(&clamped, 0, sizeof(clamped));
	MAP(.type = PERF_TYPE_HARDWARE, .config = PERF_COUNT_HW_BRANCH_MISSES);
	ok = clamped_to(1, PERF_COUNT_HW_MAX, 0, 0);
	MAP(.type = PERF_TYPE_HW_CACHE, .config = far);
	ok &= clamped_to(3, PERF_COUNT_HW_CACHE_MAX, PERF_COUNT_HW_CACHE_OP_MAX,
			 PERF_COUNT_HW_CACHE_RESULT_MAX);

	clamped.to_zero = true;
	ok &= MAP(.type = PERF_TYPE_HARDWARE,
		  .config = PERF_COUNT_HW_BRANCH_MISSES) == first;
	clamped.to_zero = true;
	ok &= MAP(.type = PERF_TYPE_HW_CACHE, .config = far) == (0x40 | FLAGS);
	memset(&clamped, 0, sizeof(clamped));
	return ok;
}

static bool modes(void)
{
#define MODES(...) (MAP(.type = PERF_TYPE_RAW, .config = 0xc0, __VA_ARGS__) & \
		    XEN_PMU_CTL_MODES)
	return MODES(.exclude_kernel = 1) == XEN_PMU_CTL_USR &&
	       MODES(.exclude_user = 1) == XEN_PMU_CTL_OS &&
	       MODES(.exclude_user = 1, .exclude_kernel = 1) == 0 &&
	       MODES(.exclude_guest = 1) == XEN_PMU_CTL_MODES &&
	       MODES(.exclude_hv = 1, .exclude_idle = 1) == XEN_PMU_CTL_MODES &&
	       MODES(.exclude_host = 1) == 0;
}

static bool policy(void)
{
	bool ok;

	offer.nr_allowed = 2;
	offer.allowed[0] = 0xc0;
	offer.allowed[1] = 0x76;
	ok = MAP(.type = PERF_TYPE_RAW, .config = 0x76) == (0x76 | FLAGS) &&
	     MAP(.type = PERF_TYPE_RAW, .config = 0x76 | XEN_PMU_CTL_EDGE) > 0 &&
	     MAP(.type = PERF_TYPE_RAW, .config = 0x1c0) == -ENOENT &&
	     MAP(.type = PERF_TYPE_HARDWARE,
		 .config = PERF_COUNT_HW_BRANCH_MISSES) == -ENOENT;
	offer.nr_allowed = 0;
	return ok;
}

static bool is(u32 sig, const char *name)
{
	const struct xen_pmu_events *events = xen_pmu_events_amd_zen(sig);

	if (events && xen_pmu_events_amd_k8(sig))
		return false;
	if (!events)
		events = xen_pmu_events_amd_k8(sig);
	return events ? !strcmp(events->name, name) : !name[0];
}

/* Events of family 10h's north bridge are refused, those beside them are not. */
static bool shared(void)
{
	static const struct {
		u64 config;
		bool shared;
	} row[] = {
		{ 0xe0, true }, { 0xb8e9, true }, { 0x4000007e0, true },
		{ 0xff, true }, { 0xdf, false }, { 0xc0, false },
		{ 0xe0c0, false }, { 0x60, false }, { 0xa0, false },
	};
	bool ok = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++) {
		struct perf_event_attr attr = {
			.type = PERF_TYPE_RAW, .config = row[i].config,
		};
		u64 ctl = 0;
		int zen, k8;

		k8 = xen_pmu_map_event(&offer, xen_pmu_events_amd_k8(BARCELONA),
				       &attr, &ctl);
		zen = xen_pmu_map_event(&offer, xen_pmu_events_amd_zen(ROME),
					&attr, &ctl);
		ok &= k8 == (row[i].shared ? -ENOENT : 0) && !zen;
	}
	return ok;
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(8);
	ksft_test_result(generic(), "generic events\n");
	ksft_test_result(cache(), "cache events\n");
	ksft_test_result(raw(), "raw events and reserved bits\n");
	ksft_test_result(modes(), "excluded modes\n");
	ksft_test_result(policy(), "the policy's list\n");
	ksft_test_result(is(NAPLES, "zen1") && is(ROME, "zen2") &&
			 is(MILAN, "zen3") && is(GENOA, "zen4") &&
			 is(TURIN, "zen4") && is(SKYLAKE, "") &&
			 is(PHOENIX, "zen4") && is(FX, "k8") &&
			 is(BARCELONA, "k8") && is(K8, "k8") && is(K7, ""),
			 "tables by CPU\n");
	ksft_test_result(shared(), "events shared between cores\n");
	ksft_test_result(no_speculation(), "indices are clamped\n");
	ksft_finished();
}
