// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying and judging a guest's request (R2, R10).
 *
 * What could be wrong: a field is read twice, so that a guest can change it
 * between the check and the use; a bit gets through that must not, or one is
 * refused that the page's constant block promises; garbage makes the code read
 * outside its arrays (the sanitizers see that).  The judgement is compared
 * with a second one, written here from pmu_page.h alone, over hand-picked and
 * random requests.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "kselftest.h"

#include "hypervisor-prng.h"
#include "policy.h"
#include "request.h"

#define RANDOM_REQUESTS 200000

static struct xen_pmu_page page;
static unsigned int reads[sizeof(page)];
static bool scribble;

/* Called after each load of a guest-written field, with its address. */
void pmu_test_read(const volatile void *field, size_t size)
{
	size_t at = (const volatile char *)field - (const volatile char *)&page;

	if (at + size > sizeof(page)) {
		printf("Bail out! read outside the page\n");
		exit(1);
	}
	reads[at]++;
	/* The guest's other VCPU, at the worst possible moment. */
	if (scribble)
		for (size_t i = 0; i < size; i++)
			((char *)&page)[at + i] ^= 1 + prng_below(255);
}

static const struct pmu_cpu zen2 = {
	.vendor = XEN_PMU_VENDOR_AMD,
	.family = 0x17,
	.signature = 0x00830f10,
	.ext_ecx = 1u << 23,
};

static struct pmu_limits limits(unsigned int policy)
{
	struct pmu_limits lim = { 0 };

	if (!pmu_amd_core.probe(&zen2, &lim))
		ksft_exit_fail_msg("probe refuses family 17h\n");
	pmu_policy_apply(&lim, &pmu_amd_core, policy);
	return lim;
}

static void test_probe(void)
{
	struct pmu_limits lim = { 0 };
	struct pmu_cpu cpu = zen2;
	bool ok = pmu_amd_core.probe(&cpu, &lim) && lim.nr_gp == 6 &&
		  lim.gp_width == 48 && lim.nr_fixed == 0 && lim.rdpmc[5] == 5;

	cpu.ext_ecx = ~(1u << 23);
	ok &= !pmu_amd_core.probe(&cpu, &lim);
	cpu = zen2;
	cpu.vendor = XEN_PMU_VENDOR_INTEL;
	ok &= !pmu_amd_core.probe(&cpu, &lim);
	cpu = zen2;
	cpu.family = 0x10;
	ok &= !pmu_amd_core.probe(&cpu, &lim);
	ksft_test_result(ok, "AMD core counters are found where CPUID has them\n");
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
	ksft_test_result(ok, "policy names, and nothing but them\n");
}

static void publish(uint32_t seq)
{
	memset(reads, 0, sizeof(reads));
	page.request.seq = seq;
}

/* As an entry does it. */
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
			 "no news and an odd seq cost one load; seq may wrap\n");
}

/* Fills the request, reads it under scribbling: the copy has the old content. */
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
	ksft_test_result(ok, "every field is read at most once, whatever the guest does meanwhile\n");
}

/* Bits of PERF_CTL that a guest may set (APM volume 2, 13.2.1), spelled out. */
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
	unsigned int err = pmu_batch_check(&batch, &lim, current, &bad);

	if (err && bad != 2)
		return ~0u;
	return err;
}

static void test_ctl_bits(void)
{
	bool ok = true;

	for (int bit = 0; bit < 64; bit++)
		ok &= check_one(XEN_PMU_CTL_USR | 1ULL << bit,
				XEN_PMU_POLICY_ALL, true) ==
		      (ctl_bit_ok(bit) ? XEN_PMU_ERR_NONE : XEN_PMU_ERR_CTL);
	ksft_test_result(ok, "each of the 64 bits of ctl is let through or refused as documented\n");
}

static void test_events(void)
{
	static const struct { uint64_t ctl; int ipc, arch; } event[] = {
		{ 0xc0, 1, 1 }, { 0x76, 1, 1 }, { 0x100000120, 1, 1 },
		{ 0xc2, 0, 1 }, { 0xc3, 0, 1 }, { 0xff60, 0, 1 },
		{ 0x964, 0, 1 }, { 0x1c0, 0, 0 }, { 0x1000000c0, 0, 0 },
		{ 0x20, 0, 0 }, { 0, 0, 0 },
	};
	bool ok = true;

	for (int i = 0; i < ARRAY_SIZE(event); i++) {
		uint64_t ctl = event[i].ctl | XEN_PMU_CTL_USR | XEN_PMU_CTL_INT;

		ok &= check_one(ctl, XEN_PMU_POLICY_IPC, true) ==
			(event[i].ipc ? 0 : XEN_PMU_ERR_EVENT);
		ok &= check_one(ctl, XEN_PMU_POLICY_ARCH, true) ==
			(event[i].arch ? 0 : XEN_PMU_ERR_EVENT);
		ok &= !check_one(ctl, XEN_PMU_POLICY_ALL, true);
	}
	/* A threshold makes another event of an allowed one. */
	ok &= check_one(0xc0 | XEN_PMU_CTL_USR | 1 << 24, XEN_PMU_POLICY_IPC,
			true) == XEN_PMU_ERR_CTL;
	/* A stopped slot may hold anything harmless. */
	ok &= !check_one(0, XEN_PMU_POLICY_IPC, false);
	ok &= check_one(0xc0, XEN_PMU_POLICY_ALL, true) == XEN_PMU_ERR_MODE;
	ksft_test_result(ok, "policies allow their events and no others\n");
}

/*
 * The second judgement: would a reader of pmu_page.h accept this?  For the six
 * counters of the AMD core back end, 48 bits, policy "all".
 */
static bool acceptable(const struct pmu_batch *b, const uint64_t *current)
{
	if (b->reserved || (b->changed | b->run) >> 6)
		return false;
	for (int i = 0; i < 6; i++) {
		const struct xen_pmu_slot *s = &b->slot[i];
		bool changed = b->changed >> i & 1;
		uint64_t ctl = changed ? s->ctl : current[i];
		int64_t start = s->start;

		if ((b->run >> i & 1) && !(ctl >> 16 & 3))
			return false;
		if (!changed)
			continue;
		for (int bit = 0; bit < 64; bit++)
			if ((ctl >> bit & 1) && !ctl_bit_ok(bit))
				return false;
		if (s->flags > 1)
			return false;
		if (s->flags ? start < -(1LL << 47) || start >= 1LL << 47
			     : s->start >= 1ULL << 48)
			return false;
	}
	return true;
}

/* Mostly right, so that all rules get their turn. */
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
	b->changed = prng() & prng() & 0x3f;
	b->run = prng() & 0x3f;
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
		b->slot[i].flags = prng_below(32) ? prng_below(2) : prng();
	}
}

static void test_random(uint64_t seed, const char *kind)
{
	struct pmu_limits lim = limits(XEN_PMU_POLICY_ALL);
	unsigned long accepted = 0, refused = 0, wrong = 0;

	prng_seed(seed);
	for (long i = 0; i < RANDOM_REQUESTS; i++) {
		uint64_t current[XEN_PMU_SLOTS];
		struct pmu_batch b;
		uint32_t bad;
		bool ok;

		some_batch(&b, current);
		ok = !pmu_batch_check(&b, &lim, current, &bad);
		if (ok)
			accepted++;
		else
			refused++;
		if (ok != acceptable(&b, current) ||
		    (bad != ~0u && bad >= 64) || (ok && bad != ~0u))
			wrong++;
	}
	ksft_print_msg("seed %#" PRIx64 ": %lu accepted, %lu refused\n", seed,
		       accepted, refused);
	/* Both must happen often, or nothing was compared. */
	ksft_test_result(!wrong && accepted > 1000 && refused > 1000,
			 "%s requests are judged as pmu_page.h says\n", kind);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(8);
	prng_seed(1);
	test_probe();
	test_policy_names();
	test_news();
	test_copy();
	test_ctl_bits();
	test_events();
	test_random(1, "repeatable random");
	test_random(prng_fresh_seed(), "fresh random");
	ksft_finished();
}
