// SPDX-License-Identifier: GPL-2.0-only
/*
 * batch.c - batches that Xen must refuse, each for its own reason.
 *
 * Each test makes one field of a good batch bad.  Xen must refuse the whole batch:
 * the good slots change no counter, state.applied stays, and state.refused, error and
 * error_slot have the values that pmu_page.h promises.
 */
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/string.h>
#include <asm/barrier.h>

#include "hostile.h"

#define INSTRUCTIONS	0xc0ULL		/* AMD PMCx0C0; Intel: nearly so */
#define GOOD_CTL	(INSTRUCTIONS | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS)
#define NO_SLOT		(~0u)
#define FIRST_ABSENT	(~0u - 1)

void batch_begin(struct victim *v)
{
	struct xen_pmu_request *req = &v->page->request;

	preempt_disable();
	WRITE_ONCE(req->seq, v->seq | 1);
	/* Xen ignores the request while seq is odd, so the odd seq comes before the edits. */
	smp_wmb();
	memset((void *)req + sizeof(req->seq), 0, sizeof(*req) - sizeof(req->seq));
}

int batch_end(struct victim *v)
{
	int ret;

	v->seq += 2;
	/* publishes the edits, by the seq protocol of pmu_page.h */
	smp_store_release(&v->page->request.seq, v->seq);
	ret = page_sync();
	preempt_enable();
	return ret;
}

u64 counter_mask(const struct victim *v)
{
	return (1ULL << v->page->constant.gp_width) - 1;
}

u64 read_counter(const struct victim *v, int slot)
{
	u32 lo, hi;

	asm volatile("rdpmc" : "=a" (lo), "=d" (hi)
		     : "c" (v->page->constant.rdpmc[slot]));
	return ((u64)hi << 32 | lo) & counter_mask(v);
}

static void good_slot(struct xen_pmu_request *req, int slot, u64 start, u32 gen)
{
	req->changed |= 1ULL << slot;
	req->run |= 1ULL << slot;
	req->slot[slot].ctl = GOOD_CTL;
	req->slot[slot].start = start;
	req->slot[slot].gen = gen;
}

/* Each of these makes a batch bad; slots 0 and 1 are good before. */
struct bad {
	const char *what;
	u32 error, slot;
	void (*spoil)(struct xen_pmu_request *req);
};

static void absent_changed(struct xen_pmu_request *req)
{
	req->changed |= 1ULL << 15;
}

static void absent_high(struct xen_pmu_request *req)
{
	req->changed |= 1ULL << 63;
}

static void absent_run(struct xen_pmu_request *req)
{
	req->run |= 1ULL << 15;
}

static void all_bits(struct xen_pmu_request *req)
{
	req->changed = req->run = ~0ULL;
}

static void enable_bit(struct xen_pmu_request *req)
{
	req->slot[1].ctl |= XEN_PMU_CTL_EN;
}

static void pin_bit(struct xen_pmu_request *req)
{
	req->slot[1].ctl |= 1ULL << 19;
}

static void any_bit(struct xen_pmu_request *req)
{
	req->slot[1].ctl |= 1ULL << 21;
}

static void guest_bit(struct xen_pmu_request *req)
{
	req->slot[1].ctl |= 1ULL << 40;
}

static void host_bit(struct xen_pmu_request *req)
{
	req->slot[1].ctl |= 1ULL << 41;
}

static void top_bit(struct xen_pmu_request *req)
{
	req->slot[1].ctl |= 1ULL << 63;
}

static void no_mode(struct xen_pmu_request *req)
{
	req->slot[1].ctl = INSTRUCTIONS;
}

static void wide_start(struct xen_pmu_request *req)
{
	req->slot[1].start = 1ULL << 63;
}

static void wide_by_one(struct xen_pmu_request *req)
{
	req->slot[1].start = 1ULL << 48;
}

static void reserved_flag(struct xen_pmu_request *req)
{
	req->flags = XEN_PMU_FLAGS + 1;
}

static void reserved_tail(struct xen_pmu_request *req)
{
	req->rsvd[ARRAY_SIZE(req->rsvd) - 1] = 1ULL << 63;
}

static const struct bad bads[] = {
	{ "an absent slot changed", XEN_PMU_ERR_SLOT, 15, absent_changed },
	{ "slot 63 changed", XEN_PMU_ERR_SLOT, 63, absent_high },
	{ "an absent slot runs", XEN_PMU_ERR_SLOT, 15, absent_run },
	{ "every bit of changed and run", XEN_PMU_ERR_SLOT, FIRST_ABSENT,
	  all_bits },
	{ "the enable bit", XEN_PMU_ERR_CTL, 1, enable_bit },
	{ "the pin control bit", XEN_PMU_ERR_CTL, 1, pin_bit },
	{ "bit 21 (any thread)", XEN_PMU_ERR_CTL, 1, any_bit },
	{ "the guest-only bit", XEN_PMU_ERR_CTL, 1, guest_bit },
	{ "the host-only bit", XEN_PMU_ERR_CTL, 1, host_bit },
	{ "bit 63 of ctl", XEN_PMU_ERR_CTL, 1, top_bit },
	{ "no mode", XEN_PMU_ERR_MODE, 1, no_mode },
	{ "bit 63 of start", XEN_PMU_ERR_START, 1, wide_start },
	{ "a start one bit too wide", XEN_PMU_ERR_START, 1, wide_by_one },
	{ "an invalid flag", XEN_PMU_ERR_RSVD, NO_SLOT, reserved_flag },
	{ "the last reserved word", XEN_PMU_ERR_RSVD, NO_SLOT, reserved_tail },
};

static u32 expected_slot(const struct victim *v, u32 slot)
{
	if (slot == FIRST_ABSENT)
		return v->page->constant.nr_gp + v->page->constant.nr_fixed;
	return slot;
}

static bool as_promised(const struct victim *v, const struct bad *bad, int ret,
			u32 applied, u64 nr_refused)
{
	const struct xen_pmu_state *s = &v->page->state;

	if (ret == -EINVAL && s->applied == applied && s->refused == v->seq &&
	    s->error == bad->error && s->error_slot == expected_slot(v, bad->slot) &&
	    s->nr_refused == nr_refused + 1)
		return true;
	remark("sync %d, seq %u, applied %u, refused %u, error %u, slot %d, nr_refused %llu",
	       ret, v->seq, s->applied, s->refused, s->error,
	       (int)s->error_slot, s->nr_refused);
	return false;
}

/* Slot 0 of the bad batch is good and would start from 0x5555.  It must not start. */
static void test_bad(struct victim *v, const struct bad *bad)
{
	u64 nr_refused = v->page->state.nr_refused;
	u32 applied = v->page->state.applied;
	u64 before = read_counter(v, 0), after;
	bool good;
	int ret;

	batch_begin(v);
	good_slot(&v->page->request, 0, 0x5555, v->seq + 100);
	good_slot(&v->page->request, 1, 0, v->seq + 100);
	bad->spoil(&v->page->request);
	ret = batch_end(v);
	after = read_counter(v, 0);
	good = as_promised(v, bad, ret, applied, nr_refused);
	if (before != after)
		remark("counter 0 went from %#llx to %#llx", before, after);
	result(good && before == after, "refused whole: %s", bad->what);
}

/* Loads 0x1234 into slot 0 and leaves it stopped. */
static void test_good(struct victim *v)
{
	u32 error;
	int ret;

	batch_begin(v);
	good_slot(&v->page->request, 0, 0x1234, v->seq + 1);
	v->page->request.run = 0;
	ret = batch_end(v);
	error = v->page->state.error;
	if (ret || read_counter(v, 0) != 0x1234)
		remark("sync %d, error %u, counter %#llx", ret, error,
		       read_counter(v, 0));
	result(!ret && v->page->state.applied == v->seq &&
	       read_counter(v, 0) == 0x1234, "a good batch is applied");
}

static void test_odd(struct victim *v)
{
	u32 applied = v->page->state.applied, refused = v->page->state.refused;
	int ret;

	batch_begin(v);
	all_bits(&v->page->request);
	ret = page_sync();
	preempt_enable();
	result(!ret && v->page->state.applied == applied &&
	       v->page->state.refused == refused &&
	       read_counter(v, 0) == 0x1234,
	       "a batch that is being edited is left alone");
}

void test_batches(struct victim *v)
{
	test_good(v);
	for (int i = 0; i < ARRAY_SIZE(bads); i++)
		test_bad(v, &bads[i]);
	test_good(v);
	test_odd(v);
	test_good(v);
}
