// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver-xen.c - a Xen of the simplest kind, see driver-xen.h.
 *
 * It checks what the driver publishes, as the real one does, but ends the test
 * instead of refusing, if the test has not asked for that.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver-xen.h"

struct fake_xen xen;

/* xorshift64*: the same sequence everywhere */
uint64_t xen_random(void)
{
	xen.random ^= xen.random >> 12;
	xen.random ^= xen.random << 25;
	xen.random ^= xen.random >> 27;
	return xen.random * 0x2545f4914f6cdd1dULL >> 8;
}

static void die(const char *what, unsigned int slot)
{
	printf("Bail out! the driver published %s (slot %u)\n", what, slot);
	exit(1);
}

/* A fresh page; Xen has wiped what other domains had in the counters (R9). */
void xen_reset(unsigned int nr_slots)
{
	struct xen_pmu_const *c = &xen.page.constant;
	unsigned int i;

	memset(&xen.page, 0, sizeof(xen.page));
	memset(xen.slot, 0, sizeof(xen.slot));
	xen.run = 0;
	xen.seen = 0;
	xen.virq = false;
	c->magic = XEN_PMU_PAGE_MAGIC;
	c->major = XEN_PMU_PAGE_MAJOR;
	c->nr_gp = nr_slots;
	c->gp_width = XEN_WIDTH;
	c->ctl_mask = XEN_PMU_CTL_EVENT | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS | XEN_PMU_CTL_INT;
	c->features = XEN_PMU_FEAT_RDPMC | XEN_PMU_FEAT_USER |
		      XEN_PMU_FEAT_SELDOM | XEN_PMU_FEAT_NMI |
		      XEN_PMU_FEAT_TELL;
	xen.page.state.rdpmc = 1;
	for (i = 0; i < nr_slots; i++) {
		c->rdpmc[i] = i ^ 0x20;		/* ECX is not the slot */
		xen.counter[i] = 0;
	}
}

/* The counter has just passed zero. */
static void renew(unsigned int slot)
{
	xen.counter[slot] = (xen.counter[slot] - xen.slot[slot].period) & XEN_MASK;
	xen.page.state.renewed[slot] += xen.slot[slot].period;
}

static void tell(void)
{
	if (xen.page.request.flags & XEN_PMU_FLAG_TELL_RDPMC)
		xen.page.state.rdpmc = 1;
	if (xen.nmi)
		xen.nmi();
	else
		xen.virq = true;
}

/* Of a full ring the guest learns by nr_lost, and the counters go on from zero. */
static void record(uint64_t counters)
{
	struct xen_pmu_ring *ring = &xen.page.ring;
	uint32_t used = ring->prod - xen.page.consumer.cons;
	struct xen_pmu_record *rec;

	if (used >= XEN_PMU_RECORDS) {
		xen.page.state.nr_lost++;
		tell();
		return;
	}
	rec = &ring->record[ring->prod % XEN_PMU_RECORDS];
	memset(rec, 0, sizeof(*rec));
	rec->seq = xen.page.state.applied;
	rec->counters = counters;
	ring->prod++;
	for (; counters; counters &= counters - 1)
		renew(__ffs64(counters));
	if (!used)
		tell();
}

static void check(const struct xen_pmu_request *req)
{
	uint64_t absent = ~((1ULL << xen.page.constant.nr_gp) - 1);
	unsigned int i;

	if ((req->changed | req->run) & absent)
		die("an absent slot", 0);
	for (i = 0; i < XEN_PMU_SLOTS; i++) {
		const struct xen_pmu_slot *s = &req->slot[i];

		if (req->changed & 1ULL << i &&
		    (s->ctl & XEN_PMU_CTL_EN || s->start & ~XEN_MASK ||
		     s->period & ~(XEN_MASK >> 1)))
			die("reserved bits", i);
		if (req->run & 1ULL << i &&
		    !((req->changed & 1ULL << i ? s : &xen.slot[i])->ctl &
		      XEN_PMU_CTL_MODES))
			die("a running slot without a mode", i);
	}
}

/* The slot for which the test wants the batch to be refused, or -1. */
static int refuses(const struct xen_pmu_request *req)
{
	unsigned int i;

	for (i = 0; xen.refuse_event && i < XEN_PMU_SLOTS; i++)
		if (req->changed & req->run & 1ULL << i &&
		    (req->slot[i].ctl & XEN_PMU_CTL_EVENT) == xen.refuse_event)
			return (int)i;
	return -1;
}

static void refuse(uint32_t seq, uint32_t slot)
{
	xen.page.state.error = XEN_PMU_ERR_EVENT;
	xen.page.state.error_slot = xen.nonsense ? xen.nonsense - 1 : slot;
	xen.page.state.nr_refused++;
	xen.page.state.refused = seq;
}

/* Any entry into the VCPU. */
void xen_entry(void)
{
	const struct xen_pmu_request *req = &xen.page.request;
	unsigned int i;

	if (req->flags & XEN_PMU_FLAG_USER_RDPMC ||
	    !(req->flags & XEN_PMU_FLAG_SELDOM_RDPMC))
		xen.page.state.rdpmc = 1;
	if (req->seq & 1 || req->seq == xen.seen)
		return;
	xen.seen = req->seq;
	if (xen.refuse || refuses(req) >= 0) {
		refuse(req->seq, xen.refuse ? ~0U : (uint32_t)refuses(req));
		return;
	}
	check(req);
	for (i = 0; i < xen.page.constant.nr_gp; i++) {
		if (!(req->changed & 1ULL << i))
			continue;
		if (xen.slot[i].gen != req->slot[i].gen) {
			xen.counter[i] = req->slot[i].start;
			xen.page.state.renewed[i] = 0;
			xen.writes++;
		}
		if (xen.slot[i].ctl != req->slot[i].ctl)
			xen.writes++;
		xen.slot[i] = req->slot[i];
	}
	xen.writes += hweight64(xen.run ^ req->run);
	xen.run = req->run;
	xen.page.state.applied = req->seq;
	xen.applied++;
}

void xen_to_user(void)
{
	xen_entry();
	xen.page.state.rdpmc = xen.page.request.flags & XEN_PMU_FLAG_USER_RDPMC ||
			       !(xen.page.request.flags & XEN_PMU_FLAG_SELDOM_RDPMC);
}

static bool counts(unsigned int slot, bool user)
{
	return xen.run & 1ULL << slot &&
	       xen.slot[slot].ctl & (user ? XEN_PMU_CTL_USR : XEN_PMU_CTL_OS);
}

uint64_t xen_execute(uint64_t nr, bool user)
{
	uint64_t over = 0;
	unsigned int i;

	for (i = 0; i < xen.page.constant.nr_gp; i++)
		if (counts(i, user) && (1ULL << XEN_WIDTH) - xen.counter[i] < nr)
			nr = (1ULL << XEN_WIDTH) - xen.counter[i];
	for (i = 0; i < xen.page.constant.nr_gp; i++) {
		if (!counts(i, user))
			continue;
		xen.counter[i] = (xen.counter[i] + nr) & XEN_MASK;
		if (!xen.counter[i] && xen.slot[i].ctl & XEN_PMU_CTL_INT)
			over |= 1ULL << i;
	}
	if (over)
		record(over);
	return nr;
}

/* What the driver's own instructions do to counters of kernel code. */
static void make_noise(void)
{
	uint64_t todo = xen.noise;

	xen.noise_sum += todo;
	while (todo)
		todo -= xen_execute(todo, false);
}

void xen_pmu_test_access(void)
{
	make_noise();
	if (xen.entries && xen_random() % xen.entries == 0)
		xen_entry();
}

u64 xen_pmu_rdpmc(u32 ecx)
{
	u64 value;

	xen_pmu_test_access();
	if (xen.revoked)
		return ~0ULL << 32;
	if (xen.flickers)
		xen.page.state.renewed[ecx ^ 0x20]++;
	if (!xen.page.state.rdpmc) {
		printf("Bail out! RDPMC faults in the kernel (ECX %#x)\n", ecx);
		exit(1);
	}
	value = xen.counter[ecx ^ 0x20];
	xen_pmu_test_access();
	return value;
}

void xen_pmu_sync(void)
{
	xen.syncs++;
	xen.page.state.rdpmc = 1;
	xen_entry();
}

unsigned long xen_pmu_ticks(void)
{
	return xen.ticks;
}
