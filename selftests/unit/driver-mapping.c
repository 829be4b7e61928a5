// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver-mapping.c - perf_event_open(2) gives the right code or the right error, and
 * each event may use the right slots.
 */
#include <errno.h>
#include <stdio.h>
#include <kselftest.h>

#include "arch-x86-xen-pmu/core/assign.h"
#include "arch-x86-xen-pmu/perf/mapping.h"
#include "perf-glue/event_data.h"

void xen_pmu_test_access(void)
{
}

/* CPUID signatures of real CPUs */
#define ROME	0x00830f10	/* EPYC 7002, zen2 */
#define NAPLES	0x00800f12	/* EPYC 7001, zen1 */
#define DHYANA	0x00900f02	/* Hygon, zen1 */
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
 * How many indices were clamped, and to which array sizes.  With to_zero every clamped
 * index becomes 0, so that a test sees whether the code uses the clamped index.
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

static const struct xen_pmu_event_table *table_of(u32 sig)
{
	return xen_pmu_find_uarch(XEN_PMU_VENDOR_AMD, sig)->table;
}

/* The programming that an event gets on a CPU, or -errno. */
static int64_t map_on(u32 sig, struct perf_event_attr attr)
{
	u64 ctl = 0;
	int err = xen_pmu_map_event(&offer, table_of(sig), &attr, &ctl);

	ctl |= xen_pmu_modes(&attr) | (offer.ctl_mask & XEN_PMU_CTL_INT);
	return err ? err : (int64_t)ctl;
}

static int64_t map(struct perf_event_attr attr)
{
	return map_on(ROME, attr);
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
	       /* old raw codes have the enable, interrupt and mode bits */
	       MAP(.type = PERF_TYPE_RAW, .config = 0x5300c0) ==
			(0xc0 | FLAGS) &&
	       /* pin control, any-thread and reserved bits are refused */
	       MAP(.type = PERF_TYPE_RAW, .config = 0x0800c0) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 0x2000c0) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 1ULL << 36) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 1ULL << 39) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 1ULL << 42) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 1ULL << 63) == -EINVAL &&
	       MAP(.type = PERF_TYPE_RAW, .config = 0xc0, .config1 = 1) ==
			-EINVAL;
}

/*
 * HostOnly and GuestOnly in a raw code change nothing, in any combination and on any
 * CPU: the kernel's own driver clears them, too (AMD64_RAW_EVENT_MASK).  Xen never sees
 * them.  attr.exclude_host and attr.exclude_guest have their usual effect beside them.
 */
static bool host_and_guest_only(void)
{
	static const u32 cpus[] = { K8, BARCELONA, FX, NAPLES, ROME, TURIN };
	bool ok = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(cpus); i++)
		for (u64 bits = 0; bits < 4; bits++) {
			struct perf_event_attr attr = {
				.type = PERF_TYPE_RAW, .config = 0xc0 | bits << 40,
			};

			ok &= map_on(cpus[i], attr) == (0xc0 | FLAGS);
			attr.exclude_guest = 1;
			ok &= map_on(cpus[i], attr) == (0xc0 | FLAGS);
			attr.exclude_host = 1;
			ok &= map_on(cpus[i], attr) == (0xc0 | XEN_PMU_CTL_INT);
		}
	return ok;
}

static bool clamped_to(unsigned int nr, u64 a, u64 b, u64 c)
{
	bool ok = clamped.nr == nr && clamped.size[0] == a &&
		  clamped.size[1] == b && clamped.size[2] == c;

	memset(&clamped, 0, sizeof(clamped));
	return ok;
}

/*
 * The driver clamps every index from the user to its array, after the check of the
 * bounds, and uses the clamped index.  When the clamp returns 0, the result is therefore
 * the first element.
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

/*
 * On Zen, an event that can grow by more than 15 in a cycle needs a second counter, and
 * the driver does not pair counters.  It refuses such an event, and also Merge, the event
 * of the second counter.  It accepts the neighbouring numbers, and these numbers on other
 * CPUs.
 */
static bool large_increments(void)
{
	static const struct {
		u32 cpu;
		u64 config;
		int err;
	} row[] = {
		{ NAPLES, 0xff03, -ENOENT }, { DHYANA, 0x0803, -ENOENT },
		{ ROME, 0x0003, -ENOENT },   { MILAN, 0xff03, -ENOENT },
		{ GENOA, 0x1f03, -ENOENT },  { TURIN, 0x0f03, -ENOENT },
		{ ROME, 0x1000003 | XEN_PMU_CTL_EDGE, -ENOENT },
		{ ROME, 0xf000000ff, -ENOENT }, { TURIN, 0xf0000ffff, -ENOENT },
		{ ROME, 0xff02, 0 },	     { ROME, 0xff04, 0 },
		{ ROME, 0x100000003, 0 },    { ROME, 0x0000000ff, 0 },
		{ ROME, 0xe000000ff, 0 },    { MILAN, 0x5f, 0 },
		{ K8, 0x03, 0 },	     { BARCELONA, 0x7f03, 0 },
		{ FX, 0xff03, 0 },
	};
	bool ok = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++) {
		struct perf_event_attr attr = {
			.type = PERF_TYPE_RAW, .config = row[i].config,
		};
		int64_t ctl = map_on(row[i].cpu, attr);

		if (row[i].err ? ctl == row[i].err : ctl > 0)
			continue;
		ksft_print_msg("%#x: event %#llx: %lld\n", row[i].cpu,
			       (unsigned long long)row[i].config, (long long)ctl);
		ok = false;
	}
	return ok;
}

/*
 * The counters of each event in family 15h, from the lists of its manual.  by_unit has the
 * counters of most events with these bits [7:4] of their number.  f15h_slots() has the
 * exceptions; some of these depend on the unit mask.
 */
#define ALL	0x3f
#define LOW	0x07
#define HIGH	0x38
#define THIRD	0x08
#define FIRST	0x01
static const unsigned char by_unit[16] = {
	HIGH, HIGH, ALL, ALL, ALL, ALL, LOW, LOW, LOW, LOW, 0, 0, ALL, LOW, 0, 0,
};

static unsigned int f15h_slots(unsigned int nr, unsigned int units)
{
	bool one = __builtin_popcount(units) <= 1;

	switch (nr) {
	case 0x000: return units & 0xf0 && units & 0x0f ? THIRD : HIGH;
	case 0x004: return one ? HIGH : THIRD;
	case 0x031: return one ? LOW : 0;
	case 0x003: case 0x00b: case 0x00d: case 0x02d: return THIRD;
	case 0x023: case 0x043: case 0x045: case 0x046: case 0x054: case 0x055:
		return LOW;
	case 0x02e: return FIRST | THIRD;
	case 0x08f: case 0x187: case 0x188: return FIRST;
	case 0x0db: case 0x0dc: case 0x0dd: case 0x0de: case 0x0df:
	case 0x1d6: case 0x1d8: return ALL;
	case 0x1c0: return HIGH;
	}
	return by_unit[nr >> 4 & 0xf];
}

/* Check every event with every unit mask.  Other bits of the code make no difference. */
static bool f15h_constraints(void)
{
	struct xen_pmu_const four = offer;

	four.nr_gp = 4;
	offer.cpuid_sig = FX;
	xen_pmu_events_init(&offer);
	for (unsigned int nr = 0; nr < 0x1000; nr++)
		for (unsigned int units = 0; units < 0x100; units++) {
			unsigned int want = f15h_slots(nr, units);
			u64 ctl = AMD_CODE(nr) | units << 8 | FLAGS |
				  XEN_PMU_CTL_CMASK | XEN_PMU_CTL_EDGE;
			struct perf_event_attr attr = {
				.type = PERF_TYPE_RAW, .config = ctl,
			};

			if (xen_pmu_event_slots(&offer, ctl) == want &&
			    xen_pmu_event_slots(&four, ctl) == (want & 0xf) &&
			    map_on(FX, attr) == (want ? (int64_t)ctl : -ENOENT))
				continue;
			ksft_print_msg("event %#x unit mask %#x\n", nr, units);
			return false;
		}
	return true;
}

/* Can all events of a group have a slot at the same time? */
static bool fits(u32 sig, const u64 *ctl, unsigned int nr)
{
	u64 allowed[XEN_PMU_SLOTS];
	s8 slot[XEN_PMU_SLOTS];

	offer.cpuid_sig = sig;
	xen_pmu_events_init(&offer);
	for (unsigned int i = 0; i < nr; i++)
		allowed[i] = xen_pmu_event_slots(&offer, ctl[i]);
	memset(slot, XEN_PMU_NO_SLOT, sizeof(slot));
	return xen_pmu_assign(allowed, slot, nr);
}

/* Without constraints any six events fit.  In family 15h the events decide. */
static bool groups(void)
{
	static const u64 cycles[] = { 0x76, 0x76, 0x76, 0x76 };
	static const u64 mixed[] = { 0xc0, 0xc2, 0x76, 0x7d, 0x80, 0x03 };
	static const u64 split[] = { 0x76, 0x7d, 0x80, 0x01, 0x02, 0x1000000c0 };

	return fits(ROME, cycles, 4) && !fits(FX, cycles, 4) &&
	       fits(FX, cycles, 3) && fits(FX, mixed, 6) && fits(FX, split, 6) &&
	       fits(BARCELONA, cycles, 4);
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

static const char *name_of(u8 vendor, u32 sig)
{
	return xen_pmu_find_uarch(vendor, sig)->name;
}

#define RAW_ONLY "raw events only"

/* Real CPUs have the table of their microarchitecture. */
static bool signatures(void)
{
	static const struct {
		u32 sig;
		const char *name;
	} row[] = {
		{ NAPLES, "zen1" }, { DHYANA, "zen1" }, { ROME, "zen2" },
		{ MILAN, "zen3" }, { GENOA, "zen4" }, { PHOENIX, "zen4" },
		{ TURIN, "zen4" }, { FX, "bulldozer" }, { BARCELONA, "k8" },
		{ K8, "k8" }, { K7, RAW_ONLY }, { SKYLAKE, RAW_ONLY },
	};
	bool ok = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++)
		ok &= !strcmp(name_of(XEN_PMU_VENDOR_AMD, row[i].sig), row[i].name);
	return ok;
}

/* CPUID leaf 1 EAX of a family and model (APM volume 3, E.3.2). */
static u32 signature(unsigned int family, unsigned int model)
{
	unsigned int base = family < 0xf ? family : 0xf;

	return (family - base) << 20 | (model >> 4) << 16 | base << 8 |
	       (model & 0xf) << 4;
}

/*
 * Every family and model that a signature can hold has exactly one row here.  The rows
 * agree with the models of Linux 6.12 (arch/x86/kernel/cpu/amd.c, bsp_init_amd()), which
 * are 00h-2fh, 50h-5fh (zen1), 30h-4fh, 60h-7fh, 90h-91h, a0h-afh (zen2) of family 17h and
 * 00h-0fh, 20h-5fh (zen3), 10h-1fh, 60h-afh (zen4) of family 19h.  No other vendor has a
 * table.
 */
static bool ranges(void)
{
	static const struct {
		unsigned int family[2], model[2];
		const char *name;
	} row[] = {
		{ { 0x00, 0x0e }, { 0x00, 0xff }, RAW_ONLY },
		{ { 0x0f, 0x14 }, { 0x00, 0xff }, "k8" },
		{ { 0x15, 0x15 }, { 0x00, 0xff }, "bulldozer" },
		{ { 0x16, 0x16 }, { 0x00, 0xff }, "k8" },
		{ { 0x17, 0x17 }, { 0x00, 0x2f }, "zen1" },
		{ { 0x17, 0x17 }, { 0x30, 0x4f }, "zen2" },
		{ { 0x17, 0x17 }, { 0x50, 0x5f }, "zen1" },
		{ { 0x17, 0x17 }, { 0x60, 0xff }, "zen2" },
		{ { 0x18, 0x18 }, { 0x00, 0xff }, "zen1" },
		{ { 0x19, 0x19 }, { 0x00, 0x0f }, "zen3" },
		{ { 0x19, 0x19 }, { 0x10, 0x1f }, "zen4" },
		{ { 0x19, 0x19 }, { 0x20, 0x5f }, "zen3" },
		{ { 0x19, 0x19 }, { 0x60, 0xaf }, "zen4" },
		{ { 0x19, 0x19 }, { 0xb0, 0xff }, "zen3" },
		{ { 0x1a, 0x10e }, { 0x00, 0xff }, "zen4" },
	};
	static const u8 others[] = { 0, XEN_PMU_VENDOR_INTEL, 3, 0xff };
	unsigned int checked = 0;
	bool ok = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++)
		for (unsigned int f = row[i].family[0]; f <= row[i].family[1]; f++)
			for (unsigned int m = row[i].model[0]; m <= row[i].model[1]; m++) {
				u32 sig = signature(f, m);

				checked++;
				for (unsigned int v = 0; v < ARRAY_SIZE(others); v++)
					ok &= !strcmp(name_of(others[v], sig), RAW_ONLY);
				if (!strcmp(name_of(XEN_PMU_VENDOR_AMD, sig), row[i].name))
					continue;
				ksft_print_msg("family %#x model %#x is not %s\n", f, m,
					       row[i].name);
				ok = false;
			}
	return ok && checked == 0x10f * 0x100;
}

/* The expected result for a code of the tables below: 0 is ENOENT, -1 is EINVAL. */
static int64_t result(int64_t code)
{
	return code == 0 ? -ENOENT : code == -1 ? -EINVAL : (code | FLAGS);
}

/*
 * The codes of Linux 6.12 (arch/x86/events/amd/core.c), in the order of PERF_COUNT_HW_*.
 * A CPU without a table has none.
 */
static bool generic_codes(void)
{
#define K8_GENERIC { 0x76, 0xc0, 0x077d, 0x077e, 0xc2, 0xc3, 0, 0x00d0, 0x00d1, 0 }
	static const struct {
		u32 cpu;
		int64_t code[PERF_COUNT_HW_MAX];
	} row[] = {
		{ K8, K8_GENERIC }, { BARCELONA, K8_GENERIC }, { FX, K8_GENERIC },
		{ NAPLES, { 0x76, 0xc0, 0xff60, 0x0964, 0xc2, 0xc3, 0, 0x0287, 0x0187, 0 } },
		{ ROME, { 0x76, 0xc0, 0xff60, 0x0964, 0xc2, 0xc3, 0, 0x00a9, 0, 0 } },
		{ MILAN, { 0x76, 0xc0, 0xff60, 0x0964, 0xc2, 0xc3, 0, 0x00a9, 0, 0 } },
		{ GENOA, { 0x76, 0xc0, 0xff60, 0x0964, 0xc2, 0xc3, 0, 0x00a9, 0,
			   0x100000120 } },
		{ K7, { 0 } },
	};
	bool ok = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++)
		for (unsigned int id = 0; id < PERF_COUNT_HW_MAX; id++) {
			struct perf_event_attr attr = {
				.type = PERF_TYPE_HARDWARE, .config = id,
			};

			ok &= map_on(row[i].cpu, attr) == result(row[i].code[id]);
		}
	return ok;
}

/*
 * The codes of the same file in Linux: a row is a cache, from L1D to NODE, and has accesses
 * and misses of loads, stores and prefetches.  Linux also has accesses to a NUMA node on K8,
 * which Xen refuses.
 */
static bool cache_codes(void)
{
	static const int64_t k8[PERF_COUNT_HW_CACHE_MAX][6] = {
		{ 0x0040, 0x0141,	 0,	0,	 0x0267, 0x0167 },
		{ 0x0080, 0x0081,	 -1,	-1,	 0x014b, 0 },
		{ 0x037d, 0x037e,	 0x017f, 0,	 0,	 0 },
		{ 0x0040, 0x0746,	 0,	0,	 0,	 0 },
		{ 0x0080, 0x0385,	 -1,	-1,	 -1,	 -1 },
		{ 0x00c2, 0x00c3,	 -1,	-1,	 -1,	 -1 },
		{ 0,	  0,		 -1,	-1,	 -1,	 -1 },
	}, zen[PERF_COUNT_HW_CACHE_MAX][6] = {
		{ 0x0040, 0xc860,	 0,	0,	 0xff5a, 0 },
		{ 0x0080, 0x0081,	 -1,	-1,	 0,	 0 },
		{ 0 },
		{ 0xff45, 0xf045,	 0,	0,	 0,	 0 },
		{ 0x0084, 0xff85,	 -1,	-1,	 -1,	 -1 },
		{ 0x00c2, 0x00c3,	 -1,	-1,	 -1,	 -1 },
		{ 0,	  0,		 -1,	-1,	 -1,	 -1 },
	}, none[PERF_COUNT_HW_CACHE_MAX][6];
	static const struct {
		u32 cpu;
		const int64_t (*code)[6];
	} row[] = {
		{ BARCELONA, k8 }, { FX, k8 }, { NAPLES, zen }, { ROME, zen }, { MILAN, zen },
		{ GENOA, zen }, { K7, none },
	};
	bool ok = true;

	for (unsigned int i = 0; i < ARRAY_SIZE(row); i++)
		for (unsigned int id = 0; id < PERF_COUNT_HW_CACHE_MAX; id++)
			for (unsigned int j = 0; j < 6; j++) {
				struct perf_event_attr attr = {
					.type = PERF_TYPE_HW_CACHE,
					.config = id | j / 2 << 8 | j % 2 << 16,
				};

				ok &= map_on(row[i].cpu, attr) == result(row[i].code[id][j]);
			}
	return ok;
}

/* Family 10h: events of the north bridge are refused, their neighbours are not. */
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

		k8 = xen_pmu_map_event(&offer, table_of(BARCELONA),
				       &attr, &ctl);
		zen = xen_pmu_map_event(&offer, table_of(ROME),
					&attr, &ctl);
		ok &= k8 == (row[i].shared ? -ENOENT : 0) && !zen;
	}
	return ok;
}

/* An event may set a bit that only some counters have, and then has only these slots. */
static bool precise(void)
{
	struct xen_pmu_const with = offer;
	struct perf_event_attr attr = {
		.type = PERF_TYPE_RAW, .config = 1ULL << 43 | 0xc0,
	};
	const struct xen_pmu_event_table *zen = table_of(GENOA);
	u64 ctl = 0;

	with.precise_mask = 1ULL << 43;
	with.precise_slots = 1ULL << 2;
	return xen_pmu_map_event(&offer, zen, &attr, &ctl) == -EINVAL &&
	       !xen_pmu_map_event(&with, zen, &attr, &ctl) &&
	       ctl & 1ULL << 43 && xen_pmu_slots_by(zen, &with, ctl) == 4 &&
	       xen_pmu_slots_by(zen, &with, 0xc0) == 0x3f;
}

/*
 * The table depends on the CPU's model, but Xen's offer depends on the counters that Xen
 * found.  A hypervisor below Xen may show a Zen with legacy counters only.  The driver must
 * refuse there what the offer refuses, so that the event never gets into a batch.
 */
static bool shared_by_offer(void)
{
	struct xen_pmu_const legacy = offer;
	struct perf_event_attr attr = { .type = PERF_TYPE_RAW, .config = 0xe0 };
	struct perf_event_attr core = { .type = PERF_TYPE_RAW, .config = 0xc0 };
	u64 ctl;

	legacy.nr_gp = 4;
	legacy.refused_mask = legacy.refused_event = 0xe0;
	return xen_pmu_map_event(&legacy, table_of(ROME), &attr,
				 &ctl) == -ENOENT &&
	       !xen_pmu_map_event(&legacy, table_of(ROME), &core,
				  &ctl);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(17);
	ksft_test_result(generic(), "generic events\n");
	ksft_test_result(cache(), "cache events\n");
	ksft_test_result(raw(), "raw events and reserved bits\n");
	ksft_test_result(modes(), "excluded modes\n");
	ksft_test_result(policy(), "the policy's list\n");
	ksft_test_result(signatures(), "the table of each real CPU\n");
	ksft_test_result(ranges(), "the table of every family and model\n");
	ksft_test_result(generic_codes(), "every generic event\n");
	ksft_test_result(cache_codes(), "every cache event\n");
	ksft_test_result(shared(), "events shared between cores\n");
	ksft_test_result(precise(), "bits that only some counters have\n");
	ksft_test_result(shared_by_offer(),
			 "events that Xen says are shared, whatever the table\n");
	ksft_test_result(host_and_guest_only(),
			 "host only and guest only in raw codes\n");
	ksft_test_result(no_speculation(), "indices are clamped\n");
	ksft_test_result(large_increments(),
			 "events that need a second counter\n");
	ksft_test_result(f15h_constraints(), "family 15h: each event's slots\n");
	ksft_test_result(groups(), "family 15h: groups\n");
	ksft_finished();
}
