// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying and judging a guest's request (R2, R10).
 *
 * Three things could be wrong.  A field is read twice, so a guest can change it between
 * the check and the use.  A bit passes that must not, or a bit is refused that the
 * page's constant block promises.  Garbage makes the code read outside its arrays; the
 * sanitizers see that.  The test compares each judgement with a second one, written
 * here from pmu_page.h alone, over hand-picked and random requests.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "kselftest.h"

#include "hypervisor-model.h"
#include "hypervisor-prng.h"
#include "policy.h"
#include "request.h"

#define RANDOM_REQUESTS 200000

static struct xen_pmu_page page;
static unsigned int reads[sizeof(page)];
static bool scribble;

/* port.h calls this after each load of a guest-written field, with its address. */
void pmu_test_read(const volatile void *field, size_t size)
{
	size_t at = (const volatile char *)field - (const volatile char *)&page;

	if (at + size > sizeof(page)) {
		printf("Bail out! read outside the page\n");
		exit(1);
	}
	reads[at]++;
	/* Another VCPU of the guest changes the field just after it was read. */
	if (scribble)
		for (size_t i = 0; i < size; i++)
			((char *)&page)[at + i] ^= 1 + prng_below(255);
}

static enum model_kind kind;
static const struct pmu_cpu *family; /* another CPU's CPUID, or NULL */

static struct pmu_limits limits(unsigned int policy)
{
	struct pmu_limits lim;

	model_reset(kind);
	if (family)
		model_cpuid(family);
	model_backend(&lim);
	pmu_policy_apply(&lim, policy);
	return lim;
}

/* The back end that Xen would find for this CPU. */
static const struct pmu_backend *found(const struct pmu_cpu *cpu,
				       struct pmu_limits *lim)
{
	for (unsigned int i = 0; i < pmu_nr_backends; i++) {
		memset(lim, 0, sizeof(*lim));
		if (pmu_backends[i]->probe(cpu, lim))
			return pmu_backends[i];
	}
	return NULL;
}

#define CORE	(1u << 23)	/* CPUID 0x80000001 ECX, PerfCtrExtCore */

static void test_probe(void)
{
	static const struct {
		struct pmu_cpu cpu;
		const struct pmu_backend *be;
		int counters, version;
	} row[] = {
		{ { XEN_PMU_VENDOR_AMD, 0x17, 0, CORE, 0, 0, 0 },
		  &pmu_amd_core, 6, 1 },
		{ { XEN_PMU_VENDOR_AMD, 0x15, 0, CORE, 0, 0, 0 },
		  &pmu_amd_core, 6, 1 },
		{ { XEN_PMU_VENDOR_AMD, 0x19, 0, CORE, 1, 6, 0 },
		  &pmu_amd_v2, 6, 2 },
		/* A hypervisor below Xen may hide any part of this. */
		{ { XEN_PMU_VENDOR_AMD, 0x19, 0, CORE, 1, 4, 0 },
		  &pmu_amd_v2, 4, 2 },
		{ { XEN_PMU_VENDOR_AMD, 0x19, 0, CORE, 0, 6, 0 },
		  &pmu_amd_core, 6, 1 },
		{ { XEN_PMU_VENDOR_AMD, 0x19, 0, CORE, ~1u, 6, 0 },
		  &pmu_amd_core, 6, 1 },
		{ { XEN_PMU_VENDOR_AMD, 0x19, 0, CORE, 1, 0, 0 },
		  &pmu_amd_core, 6, 1 },
		{ { XEN_PMU_VENDOR_AMD, 0x19, 0, ~CORE, 1, 6, 0 },
		  &pmu_amd_legacy, 4, 1 },
		/* More counters than RDPMC has; garbage in EBX's other fields */
		{ { XEN_PMU_VENDOR_AMD, 0x1a, 0, CORE, 1, 15, 0 },
		  &pmu_amd_v2, 6, 2 },
		{ { XEN_PMU_VENDOR_AMD, 0x1a, 0, CORE, 7, ~0xfu | 6, 0 },
		  &pmu_amd_v2, 6, 2 },
		{ { XEN_PMU_VENDOR_AMD, 0x10, 0, 0, 0, 0, 0 }, &pmu_amd_legacy, 4, 1 },
		{ { XEN_PMU_VENDOR_AMD, 0x0f, 0, 0, 0, 0, 0 }, &pmu_amd_legacy, 4, 1 },
		{ { XEN_PMU_VENDOR_AMD, 0x06, 0, 0, 0, 0, 0 }, NULL, 0, 0 },
		{ { XEN_PMU_VENDOR_INTEL, 0x17, 0, CORE, 1, 6, 0 }, NULL, 0, 0 },
		{ { XEN_PMU_VENDOR_INTEL, 0x06, 0, 0, 0, 0, 0 }, NULL, 0, 0 },
		{ { 0, 0x17, 0, CORE, 1, 6, 0 }, NULL, 0, 0 },
	};
	bool ok = true;

	for (int i = 0; i < ARRAY_SIZE(row); i++) {
		struct pmu_limits lim;
		const struct pmu_backend *be = found(&row[i].cpu, &lim);
		bool good = be == row[i].be;

		if (good && be)
			good = lim.nr_gp == row[i].counters &&
			       lim.version == row[i].version &&
			       lim.gp_width == 48 && !lim.nr_fixed &&
			       lim.rdpmc[lim.nr_gp - 1] == lim.nr_gp - 1 &&
			       !lim.rdpmc[lim.nr_gp] &&
			       lim.features == (lim.version == 2 ?
						XEN_PMU_FEAT_GLOBAL : 0) &&
			       strlen(be->name) < sizeof(lim.name);
		if (!good)
			ksft_print_msg("row %d: %s, %u counters\n", i,
				       be ? be->name : "none", lim.nr_gp);
		ok &= good;
	}
	/* Family 0Fh has eight bits of event select, family 10h has twelve. */
	for (int family = 0x0f; family <= 0x10; family++) {
		struct pmu_cpu cpu = {
			.vendor = XEN_PMU_VENDOR_AMD, .family = family,
		};
		struct pmu_limits lim;
		uint64_t bits = family == 0x0f ? 0xffff : 0xf0000ffff;

		ok &= found(&cpu, &lim) && lim.event_mask == bits &&
		      (lim.ctl_mask & 0xfffffff000000000) == 0 &&
		      (lim.ctl_mask & 0xf0000ffff) == bits;
	}
	ksft_test_result(ok, "each CPU gets the back end that fits its CPUID\n");
}

static void test_policy_names(void)
{
	static const char *const good[] = { "off", "ipc", "arch", "all" };
	static const char *const bad[] = { "", "al", "all ", "alle", "1", "OFF" };
	bool ok = true;

	for (int i = 0; i < ARRAY_SIZE(good); i++)
		ok &= pmu_policy_parse(good[i], good[i] + strlen(good[i])) == i &&
		      !strcmp(pmu_policy_name(i), good[i]);
	for (int i = 0; i < ARRAY_SIZE(bad); i++)
		ok &= pmu_policy_parse(bad[i], bad[i] + strlen(bad[i])) == -1;
	ok &= pmu_policy_name(99) != NULL;
	ksft_test_result(ok, "the four policy names are known, and no other text is\n");
}

static void publish(uint32_t seq)
{
	memset(reads, 0, sizeof(reads));
	page.request.seq = seq;
}

/* Reads the request as an entry does. */
static bool read_batch(uint32_t seen, struct pmu_batch *batch)
{
	return pmu_batch_read(&page.request, pmu_request_word(&page.request),
			      seen, batch);
}

static void test_news(void)
{
	struct pmu_batch batch;
	unsigned int others = 0;
	bool ok;

	publish(6);
	ok = !read_batch(6, &batch);
	publish(7);
	ok &= !read_batch(6, &batch);
	for (size_t i = 0; i < sizeof(page); i++)
		if (i != offsetof(struct xen_pmu_page, request.seq))
			others += reads[i];
	publish(0);
	ok &= read_batch(0xfffffffe, &batch);
	ksft_test_result(ok && !others,
			 "an old seq and an odd seq cost one load; seq may wrap\n");
}

/*
 * Reads a random request while every field changes after its first load.  Does the copy
 * have the old content, and is no field read twice?
 */
static bool copies_once(void)
{
	struct xen_pmu_request want;
	struct pmu_batch batch;
	uint64_t changed = prng();

	for (size_t i = 0; i < sizeof(page); i++)
		((char *)&page)[i] = prng();
	page.request.changed = changed;
	publish(prng() & ~1u);
	want = page.request;
	scribble = true;
	if (!read_batch(want.seq + 2, &batch))
		return false;
	scribble = false;
	for (size_t i = 0; i < sizeof(page); i++)
		if (reads[i] > 1)
			return false;
	if (batch.seq != want.seq || batch.changed != changed ||
	    batch.run != want.run || !batch.reserved)
		return false;
	for (int i = 0; i < XEN_PMU_SLOTS; i++)
		if ((changed >> i & 1) &&
		    memcmp(&batch.slot[i], &want.slot[i], sizeof(want.slot[i])))
			return false;
	return true;
}

static void test_copy(void)
{
	bool ok = true;

	for (int i = 0; i < 1000; i++)
		ok &= copies_once();
	memset(&page, 0, sizeof(page));
	ksft_test_result(ok,
			 "every field is read at most once, even if the guest changes it meanwhile\n");
}

/* May a guest set this bit of PERF_CTL?  One line per field (APM volume 2, 13.2.1). */
static bool ctl_bit_ok(int bit)
{
	return (bit >= 0 && bit <= 15) ||	/* EventSelect[7:0], UnitMask */
	       bit == 16 || bit == 17 ||	/* User, OS */
	       bit == 18 || bit == 20 ||	/* Edge, Int */
	       bit == 23 ||			/* Inv */
	       (bit >= 24 && bit <= 31) ||	/* CntMask */
	       (bit >= 32 && bit <= 35);	/* EventSelect[11:8] */
}

static unsigned int check_one(uint64_t ctl, unsigned int policy, bool run)
{
	struct pmu_limits lim = limits(policy);
	uint64_t current[XEN_PMU_SLOTS] = { 0 };
	struct pmu_batch batch = {
		.changed = 1 << 2, .run = run ? 1 << 2 : 0,
		.slot[2] = { .ctl = ctl, .gen = 1 },
	};
	uint32_t bad;
	unsigned int err = pmu_batch_check(&batch, &lim, current, 0, &bad);

	if (err && bad != 2)
		return ~0u;
	return err;
}

static unsigned int check_period(uint32_t period)
{
	struct pmu_limits lim = limits(XEN_PMU_POLICY_ALL);
	uint64_t current[XEN_PMU_SLOTS] = { 0 };
	struct pmu_batch batch = {
		.changed = 1 << 2, .run = 1 << 2,
		.slot[2] = { .ctl = XEN_PMU_CTL_USR, .period = period },
	};
	uint32_t bad;

	lim.gp_width = 32;
	return pmu_batch_check(&batch, &lim, current, 0, &bad);
}

static void test_ctl_bits(void)
{
	bool ok = true;

	for (int bit = 0; bit < 64; bit++)
		ok &= check_one(XEN_PMU_CTL_USR | 1ULL << bit,
				XEN_PMU_POLICY_ALL, true) ==
		      (ctl_bit_ok(bit) ? XEN_PMU_ERR_NONE : XEN_PMU_ERR_CTL);
	ksft_test_result(ok,
			 "%s: each of the 64 bits of ctl passes or is refused as the manual says\n",
			 model_name());
}

struct event {
	uint64_t ctl;
	bool ipc, arch, all;
};

static const struct event legacy_events[] = {
	{ 0xc0, 1, 1, 1 }, { 0x76, 1, 1, 1 },
	{ 0xc2, 0, 1, 1 }, { 0xc3, 0, 1, 1 }, { 0x77d, 0, 1, 1 },
	{ 0x77e, 0, 1, 1 },
	{ 0x100000120, 0, 0, 1 }, { 0xff60, 0, 0, 1 }, { 0x1c0, 0, 0, 1 },
	{ 0x20, 0, 0, 1 }, { 0, 0, 0, 1 },
	/* The north bridge, with any unit mask and any upper bits (R9) */
	{ 0xe0, 0, 0, 0 }, { 0xb8e9, 0, 0, 0 }, { 0xff, 0, 0, 0 },
	{ 0x4000007e0, 0, 0, 0 }, { 0xf000000ff, 0, 0, 0 },
	{ 0xdf, 0, 0, 1 }, { 0xe0df, 0, 0, 1 }, { 0x60, 0, 0, 1 },
};

static const struct event core_events[] = {
	{ 0xc0, 1, 1, 1 }, { 0x76, 1, 1, 1 }, { 0x100000120, 1, 1, 1 },
	{ 0xc2, 0, 1, 1 }, { 0xc3, 0, 1, 1 }, { 0xff60, 0, 1, 1 },
	{ 0x964, 0, 1, 1 },
	{ 0x1c0, 0, 0, 1 }, { 0x1000000c0, 0, 0, 1 }, { 0x77d, 0, 0, 1 },
	{ 0x20, 0, 0, 1 }, { 0, 0, 0, 1 }, { 0xe0, 0, 0, 1 },
	/* Merge is no event, whatever its unit mask is.  The events beside it are. */
	{ 0xf000000ff, 0, 0, 0 }, { 0xf0000c0ff, 0, 0, 0 },
	{ 0xff, 0, 0, 1 }, { 0xf000000fe, 0, 0, 1 }, { 0x7000000ff, 0, 0, 1 },
};

/* Families 15h and 16h have the core events of before, and no north bridge events. */
static const struct event f15h_events[] = {
	{ 0xc0, 1, 1, 1 }, { 0x76, 1, 1, 1 },
	{ 0xc2, 0, 1, 1 }, { 0xc3, 0, 1, 1 }, { 0x77d, 0, 1, 1 },
	{ 0x77e, 0, 1, 1 },
	{ 0x100000120, 0, 0, 1 }, { 0xff60, 0, 0, 1 }, { 0x964, 0, 0, 1 },
	{ 0xe0, 0, 0, 1 }, { 0xf000000ff, 0, 0, 1 },
};

static bool events_good(const struct event *event, int nr)
{
	bool ok = true;

	for (int i = 0; i < nr; i++) {
		uint64_t ctl = event[i].ctl | XEN_PMU_CTL_USR | XEN_PMU_CTL_INT;

		ok &= check_one(ctl, XEN_PMU_POLICY_IPC, true) ==
			(event[i].ipc ? 0 : XEN_PMU_ERR_EVENT);
		ok &= check_one(ctl, XEN_PMU_POLICY_ARCH, true) ==
			(event[i].arch ? 0 : XEN_PMU_ERR_EVENT);
		ok &= check_one(ctl, XEN_PMU_POLICY_ALL, true) ==
			(event[i].all ? 0 : XEN_PMU_ERR_EVENT);
	}
	return ok;
}

static void test_events(void)
{
	bool ok = kind == MODEL_LEGACY ?
		  events_good(legacy_events, ARRAY_SIZE(legacy_events)) :
		  events_good(core_events, ARRAY_SIZE(core_events));

	/* With a threshold, an allowed event becomes another event. */
	ok &= check_one(0xc0 | XEN_PMU_CTL_USR | 1 << 24, XEN_PMU_POLICY_IPC,
			true) == XEN_PMU_ERR_CTL;
	/* The longest period is half a counter's range, here of 32 bits. */
	ok &= check_period(INT32_MAX) == 0 &&
	      check_period(1U + INT32_MAX) == XEN_PMU_ERR_PERIOD;
	/* A slot that does not run needs no event and no mode. */
	ok &= !check_one(0, XEN_PMU_POLICY_IPC, false);
	ok &= check_one(0xc0, XEN_PMU_POLICY_ALL, true) == XEN_PMU_ERR_MODE;
	ksft_test_result(ok, "%s: each policy allows its events and no others\n",
			 model_name());
}

/* The family decides the events, whichever counters CPUID announces. */
static void test_families(void)
{
	static const struct {
		struct pmu_cpu cpu;
		const struct event *events;
		int nr;
	} row[] = {
		{ { XEN_PMU_VENDOR_AMD, 0x15, 0, CORE, 0, 0, 0 },
		  f15h_events, ARRAY_SIZE(f15h_events) },
		{ { XEN_PMU_VENDOR_AMD, 0x16, 0, 0, 0, 0, 0 },
		  f15h_events, ARRAY_SIZE(f15h_events) },
		{ { XEN_PMU_VENDOR_AMD, 0x17, 0, CORE, 0, 0, 0 },
		  core_events, ARRAY_SIZE(core_events) },
		{ { XEN_PMU_VENDOR_AMD, 0x17, 0, 0, 0, 0, 0 },
		  core_events, ARRAY_SIZE(core_events) },
		{ { XEN_PMU_VENDOR_AMD, 0x1a, 0, CORE, 1, 6, 0 },
		  core_events, ARRAY_SIZE(core_events) },
	};
	bool ok = true;

	for (int i = 0; i < ARRAY_SIZE(row); i++) {
		family = &row[i].cpu;
		ok &= events_good(row[i].events, row[i].nr);
	}
	family = NULL;
	ksft_test_result(ok, "each family has its own events\n");
}

/*
 * The second judgement: does pmu_page.h allow this batch?  For counters of 48 bits and
 * policy "all".
 */
static bool acceptable(const struct pmu_batch *b, const uint64_t *current)
{
	if (b->reserved || (b->changed | b->run) >> model_slots)
		return false;
	for (int i = 0; i < model_slots; i++) {
		const struct xen_pmu_slot *s = &b->slot[i];
		bool changed = b->changed >> i & 1;
		uint64_t ctl = changed ? s->ctl : current[i];

		if ((b->run >> i & 1) && !(ctl >> 16 & 3))
			return false;
		if (kind == MODEL_LEGACY && (b->run >> i & 1) &&
		    (ctl & 0xe0) == 0xe0)
			return false;
		if (kind != MODEL_LEGACY && (b->run >> i & 1) &&
		    (ctl & 0xf000000ff) == 0xf000000ff)
			return false;
		if (!changed)
			continue;
		for (int bit = 0; bit < 64; bit++)
			if ((ctl >> bit & 1) && !ctl_bit_ok(bit))
				return false;
		if (s->start >= 1ULL << 48)
			return false;
	}
	return true;
}

/* A ctl that is mostly allowed, so that the later rules get their turn, too. */
static uint64_t some_ctl(void)
{
	uint64_t ctl = (prng() & 0xff97ffffULL) | (prng() & 3) << 32;

	if (prng_below(8) == 0)
		ctl ^= 1ULL << prng_below(64);
	return ctl;
}

static uint64_t some_start(void)
{
	static const uint64_t edge[] = {
		0, 1, 1ULL << 47, (1ULL << 47) - 1, (1ULL << 48) - 1,
		1ULL << 48, -1ULL, -(1ULL << 47), -(1ULL << 47) - 1, 1ULL << 63,
	};

	if (prng_below(4) == 0)
		return edge[prng_below(ARRAY_SIZE(edge))];
	return prng_below(2) ? prng() >> 17 : -(prng() >> 18);
}

static void some_batch(struct pmu_batch *b, uint64_t *current)
{
	memset(b, 0, sizeof(*b));
	b->changed = prng() & prng() & ((1 << model_slots) - 1);
	b->run = prng() & ((1 << model_slots) - 1);
	if (prng_below(32) == 0)
		b->run |= 1ULL << prng_below(64);
	if (prng_below(32) == 0)
		b->changed |= 1ULL << prng_below(64);
	b->reserved = prng_below(32) == 0;
	for (int i = 0; i < XEN_PMU_SLOTS; i++) {
		current[i] = prng_below(16) ? XEN_PMU_CTL_USR : 0;
		b->slot[i].ctl = some_ctl();
		b->slot[i].start = some_start();
		b->slot[i].gen = prng();
		b->slot[i].period = prng();
	}
}

static void test_random(uint64_t seed, const char *how)
{
	struct pmu_limits lim = limits(XEN_PMU_POLICY_ALL);
	unsigned long accepted = 0, refused = 0, wrong = 0;

	prng_seed(seed);
	for (long i = 0; i < RANDOM_REQUESTS; i++) {
		uint64_t current[XEN_PMU_SLOTS], running = 0;
		struct pmu_batch b;
		uint32_t bad;
		bool ok;

		some_batch(&b, current);
		/* A running slot was judged before, so it counts at least one mode. */
		for (int s = 0; s < model_slots; s++)
			if (current[s] && prng_below(2))
				running |= 1 << s;
		ok = !pmu_batch_check(&b, &lim, current, running, &bad);
		if (ok)
			accepted++;
		else
			refused++;
		if (ok != acceptable(&b, current) ||
		    (bad != ~0u && bad >= 64) || (ok && bad != ~0u))
			wrong++;
	}
	ksft_print_msg("%s, seed %#" PRIx64 ": %lu accepted, %lu refused\n",
		       model_name(), seed, accepted, refused);
	/* Both results must be frequent, or the comparison proves nothing. */
	ksft_test_result(!wrong && accepted > 1000 && refused > 1000,
			 "%s: %s requests are judged as pmu_page.h says\n",
			 model_name(), how);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(5 + 4 * MODEL_KINDS);
	prng_seed(1);
	test_probe();
	test_policy_names();
	test_news();
	test_copy();
	test_families();
	for (kind = 0; kind < MODEL_KINDS; kind++) {
		test_ctl_bits();
		test_events();
		test_random(1, "repeatable random");
		test_random(prng_fresh_seed(), "fresh random");
	}
	ksft_finished();
}
