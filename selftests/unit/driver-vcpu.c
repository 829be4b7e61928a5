// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver-vcpu.c - what the events of a VCPU cost and keep, step by step:
 * rules R2, R6, R7 and R8 as perf's context switches meet them.
 */
#include <stdio.h>
#include <kselftest.h>

#include "arch-x86-xen-pmu/core/event.h"
#include "arch-x86-xen-pmu/core/freeze.h"
#include "arch-x86-xen-pmu/core/overflow.h"
#include "arch-x86-xen-pmu/core/period.h"
#include "arch-x86-xen-pmu/core/place.h"
#include "arch-x86-xen-pmu/core/vcpu.h"
#include "driver-xen.h"

#define USER	(XEN_PMU_CTL_USR | XEN_PMU_CTL_INT)
#define KERNEL	(XEN_PMU_CTL_OS | XEN_PMU_CTL_INT)
#define ANY	0x3fULL

static struct xen_pmu_vcpu v;
static u64 sync_modes = XEN_PMU_CTL_OS;
static unsigned int xen_entries;	/* 1 in so many accesses to the page */
static struct perf_event *const someone = (struct perf_event *)&v;

static void fresh(void)
{
	memset(&v, 0, sizeof(v));
	memset(&xen, 0, sizeof(xen));
	xen.random = 1;
	xen.entries = xen_entries;
	xen_reset(6);
	xen_pmu_vcpu_attach(&v, &xen.page, &xen.page.constant,
			    sync_modes, false);
}

static struct xen_pmu_event *add(u64 ctl, u64 allowed, s64 left)
{
	struct xen_pmu_wants wants = {
		.code = ctl & XEN_PMU_CTL_EVENT, .modes = ctl & XEN_PMU_CTL_MODES,
	};
	struct xen_pmu_event *e;

	xen_pmu_freeze(&v);
	e = xen_pmu_event_add(&v, &wants, allowed,
			      left ? XEN_PMU_PERIOD_FIXED : XEN_PMU_PERIOD_NONE);
	if (e) {
		e->perf = someone;
		if (left) {
			e->period.weight = left;
			xen_pmu_period_begin(&e->period, left, left, ctl);
		}
		xen_pmu_event_start(&v, e);
	}
	xen_pmu_thaw(&v);
	return e;
}

static void del(struct xen_pmu_event *e)
{
	xen_pmu_freeze(&v);
	xen_pmu_event_del(&v, e);
	xen_pmu_thaw(&v);
}

static void run_user(uint64_t nr)
{
	if (sync_modes == XEN_PMU_CTL_OS)
		xen_to_user();
	while (nr)
		nr -= xen_execute(nr, true);
}

static uint64_t read_count(struct xen_pmu_event *e)
{
	xen_pmu_event_update(&v, e);
	return e->count;
}

static uint32_t batches;	/* that Xen applied in the switches, when warm */

/* Two tasks in turn on the VCPU, each with events @a and @b. */
static bool switches(const u64 *a, const u64 *b, unsigned int nr,
		     uint64_t *writes)
{
	struct xen_pmu_event *e[XEN_PMU_SLOTS];
	uint64_t sum = 0;
	unsigned int i, turn;

	fresh();
	for (turn = 0; turn < 1000; turn++) {
		const u64 *ctl = turn & 1 ? b : a;

		if (turn == 4)
			*writes = xen.writes, batches = xen.applied; /* warm */
		xen_pmu_freeze(&v);		/* perf_ctx_disable() */
		for (i = 0; i < nr; i++)
			e[i] = add(ctl[i], ANY, 0);
		xen_pmu_thaw(&v);
		run_user(7 + turn);
		xen_pmu_freeze(&v);
		for (i = 0; i < nr; i++) {
			del(e[i]);
			sum += e[i]->count;
			if (e[i]->count != 7 + turn)
				return false;
		}
		xen_pmu_thaw(&v);
	}
	*writes = xen.writes - *writes;
	batches = xen.applied - batches;
	return sum == nr * (1000ULL * 7 + 999 * 500);
}

static bool equal_switches(void)
{
	static const u64 a[] = { USER | 0xc0, USER | 0x76, USER | 0xc2,
				 USER | 0xc3 };
	static const u64 b[] = { USER | 0xc3, USER | 0xc0, USER | 0x76,
				 USER | 0xc2 };
	uint64_t writes;

	return switches(a, a, 4, &writes) && writes == 0 && xen.syncs == 0 &&
	       batches == 0 &&
	       switches(a, b, 4, &writes) && writes == 0 && xen.syncs == 0 &&
	       batches == 0;
}

/*
 * Four and four different events on six slots: two stay on each side, the
 * other two change: a load and a programming each, and the run bits of the
 * two slots that the other task does not use.
 */
static bool different_switches(void)
{
	static const u64 a[] = { USER | 1, USER | 2, USER | 3, USER | 4 };
	static const u64 b[] = { USER | 5, USER | 6, USER | 7, USER | 8 };
	uint64_t writes;

	return switches(a, b, 4, &writes) && writes == 996 * (2 * 2 + 4) &&
	       xen.syncs == 0;
}

/*
 * The same in an HVM guest, where what starts cannot wait for an entry: nothing at
 * all for equal events, although Xen looks at the page between any two steps, and
 * one sync a switch for different ones.
 */
static bool hvm_switches(void)
{
	static const u64 a[] = { USER | 1, USER | 2, USER | 3, USER | 4 };
	static const u64 b[] = { USER | 5, USER | 6, USER | 7, USER | 8 };
	uint64_t writes;
	bool ok;

	sync_modes = XEN_PMU_CTL_MODES;
	xen_entries = 3;
	ok = switches(a, a, 4, &writes) && writes == 0 && xen.syncs == 1;
	ok &= switches(a, b, 4, &writes) && xen.syncs == 1000;
	sync_modes = XEN_PMU_CTL_OS;
	xen_entries = 0;
	return ok;
}

/* R8: what is not applied counts nothing, whatever the counter holds. */
static bool pending(void)
{
	struct xen_pmu_event *a, *b;
	bool ok;

	fresh();
	a = add(USER | 0xc0, 1, 0);
	xen.counter[0] = 12345;			/* of whoever was there */
	ok = read_count(a) == 0;
	run_user(100);
	ok = ok && read_count(a) == 100;
	del(a);
	ok = ok && a->count == 100;
	b = add(USER | 0x76, 1, 0);		/* the same slot */
	ok = ok && b && read_count(b) == 0;
	run_user(50);
	return ok && read_count(b) == 50 && xen.syncs == 0;
}

/* A batch that Xen has not seen is taken back: nothing is loaded again. */
static bool taken_back(void)
{
	struct xen_pmu_event *a, *b;
	uint64_t writes;

	fresh();
	a = add(USER | 0xc0, 1, 0);
	run_user(10);
	writes = xen.writes;
	del(a);
	b = add(USER | 0x76, 1, 0);		/* replaces it.. */
	del(b);
	a = add(USER | 0xc0, 1, 0);		/* ..and is replaced */
	run_user(10);
	return b->count == 0 && read_count(a) == 10 && xen.writes == writes;
}

/* Kernel code counts from the thaw to the freeze, at once. */
static bool kernel(void)
{
	struct xen_pmu_event *a;
	bool ok;

	fresh();
	a = add(KERNEL | 0xc0, ANY, 0);
	ok = xen.syncs == 1;
	xen_execute(100, false);
	ok = ok && read_count(a) == 100;
	xen_pmu_freeze(&v);
	xen_execute(1000, false);
	ok = ok && read_count(a) == 100;
	xen_pmu_thaw(&v);
	ok = ok && read_count(a) == 100;
	xen_execute(11, false);
	return ok && read_count(a) == 111 && xen.syncs == 1;
}

/* A period that the frozen time has shortened is not over: no sample. */
static bool early(void)
{
	struct xen_pmu_event *a;
	bool ok;

	fresh();
	a = add(KERNEL | 0xc0, ANY, 1000);
	xen_execute(400, false);
	xen_pmu_freeze(&v);
	xen_execute(500, false);
	xen_pmu_thaw(&v);
	ok = xen_execute(1000, false) == 100;	/* overflows here: 400 + 100 */
	xen_pmu_freeze(&v);
	ok = ok && xen_pmu_overflow(&v, a->slot, xen.page.state.applied) ==
			XEN_PMU_OVERFLOW_COUNTED;
	xen_pmu_thaw(&v);
	ok = ok && xen_execute(1000, false) == 500;
	xen_pmu_freeze(&v);
	ok = ok && xen_pmu_overflow(&v, a->slot, xen.page.state.applied) ==
			XEN_PMU_OVERFLOW_SAMPLE;
	xen_pmu_thaw(&v);
	return ok && a->count == 1000;
}

/*
 * A period that the frozen time has shortened a little ends early, and the next is longer
 * by as much.
 */
static bool nearly_over(void)
{
	struct xen_pmu_event *a;
	bool ok;

	fresh();
	a = add(KERNEL | 0xc0, ANY, 40000);
	xen_execute(400, false);
	xen_pmu_freeze(&v);
	xen_execute(500, false);
	xen_pmu_thaw(&v);
	ok = xen_execute(100000, false) == 39100;
	xen_pmu_freeze(&v);
	ok = ok && xen_pmu_overflow(&v, a->slot, xen.page.state.applied) ==
			XEN_PMU_OVERFLOW_SAMPLE;
	ok = ok && xen_pmu_event_advance(&v, a, 40000) == 40000;
	xen_pmu_thaw(&v);
	return ok && a->period.weight == 40000 && read_count(a) == 39500 &&
	       xen_execute(100000, false) == 40500;
}

/* A sample stands for nothing that its event has not counted, over however many periods. */
static bool weighs(void)
{
	struct xen_pmu_event *a;

	fresh();
	a = add(KERNEL | 0xc0, ANY, 100);
	a->period.kind = XEN_PMU_PERIOD_RATE;
	xen_pmu_freeze(&v);
	xen_execute(100, false);
	xen_execute(900, false);
	xen_pmu_thaw(&v);		/* nothing of the 1000 is counted: skip() */
	xen_pmu_freeze(&v);
	if (xen_pmu_overflow(&v, a->slot, xen.page.state.applied) == XEN_PMU_OVERFLOW_SAMPLE)
		xen_pmu_event_advance(&v, a, 100);
	xen_pmu_thaw(&v);
	return !a->count && !a->period.weight;
}

/*
 * A counter of kernel code goes on in the thaw that has loaded it.  The next load makes
 * up for that, so that its overflow is not early.
 */
static bool leading(void)
{
	struct xen_pmu_event *a;
	bool ok;

	fresh();
	xen.noise = 7;
	a = add(KERNEL | 0xc0, ANY, 1000);
	ok = a->period.lead >= 7;
	xen_pmu_freeze(&v);
	xen_pmu_event_stop(&v, a);
	xen_pmu_event_start(&v, a);
	xen_pmu_thaw(&v);
	xen.noise = 0;
	read_count(a);
	return ok && a->period.left < 1000 && xen_execute(100000, false) == (u64)a->period.left;
}

/* What came into one thaw, such as an NMI, makes the next period little longer. */
static bool leads_little(void)
{
	struct xen_pmu_event *a;
	u32 usual;
	int i;

	fresh();
	xen.noise = 7;
	a = add(KERNEL | 0xc0, ANY, 10000);
	usual = a->period.lead;
	for (i = 0; i < 2; i++) {
		xen.noise = i ? 7 : 600;
		xen_pmu_freeze(&v);
		xen_pmu_event_stop(&v, a);
		xen_pmu_event_start(&v, a);
		xen_pmu_thaw(&v);
		if (a->period.lead > 2 * usual)
			return false;
	}
	return a->period.lead == usual;
}

/* R7: a record of the slot's former event is nobody's. */
static bool old_record(void)
{
	struct xen_pmu_event *a;
	u32 seq;
	bool ok;

	fresh();
	a = add(USER | 0xc0, 1, 100);
	run_user(100);
	seq = xen.page.state.applied;
	del(a);
	a = add(USER | 0x76, 1, 100);
	xen_pmu_freeze(&v);
	ok = xen_pmu_overflow(&v, 0, seq) == XEN_PMU_OVERFLOW_STALE;
	xen_pmu_thaw(&v);
	run_user(1);
	xen_pmu_freeze(&v);
	ok = ok && xen_pmu_overflow(&v, 0, seq) == XEN_PMU_OVERFLOW_STALE;
	xen_pmu_thaw(&v);
	return ok && v.stats.dropped == 2;
}

/* What is left of a period, in the hardware. */
static uint64_t distance(const struct xen_pmu_event *e)
{
	return -xen.counter[e->slot] & XEN_MASK;
}

/*
 * A counter of kernel code goes on in the handlers of the others' overflows; their
 * batches put it right, or it would overflow early once for each of its periods.
 */
static bool put_right(void)
{
	struct xen_pmu_event *a, *b;
	bool ok;

	fresh();
	a = add(KERNEL | 0xc0, ANY, 1000);
	b = add(KERNEL | 0xc0, ANY, 5000);
	xen_execute(100, false);
	xen_pmu_freeze(&v);
	xen_execute(300, false);
	xen_pmu_thaw(&v);
	ok = distance(b) == 4600;		/* 4900 are left */
	xen_pmu_freeze(&v);
	a->period.left = 777;
	xen_pmu_event_start(&v, a);
	xen_execute(50, false);
	xen_pmu_thaw(&v);
	ok = ok && distance(a) == 677 && distance(b) == 4900 &&
	     read_count(b) == 100;
	return ok && xen_execute(4900, false) == 677;
}

/* The overflow of @e that was @nr user instructions away; the record is handled. */
static bool sampled(struct xen_pmu_event *e, uint64_t nr, u64 period)
{
	bool ok = xen_execute(nr, true) == nr;

	xen_pmu_interrupted(&v);
	ok = ok && xen_pmu_overflow(&v, e->slot, xen.page.state.applied) ==
			XEN_PMU_OVERFLOW_REPEATED;
	xen_pmu_event_tune(&v, e, period);
	xen_pmu_thaw(&v);
	return ok;
}

/*
 * What perf does at a tick with events whose period aims at a rate: nothing is loaded,
 * no batch is made, and nothing is counted meanwhile.
 */
static bool ticks(void)
{
	struct xen_pmu_event *a, *b;
	uint32_t applied;
	bool ok = true;

	fresh();
	a = add(USER | KERNEL | 0xc0, ANY, 6400);
	b = add(USER | 0x76, ANY, 7000);
	a->period.kind = b->period.kind = XEN_PMU_PERIOD_RATE;
	xen_entry();
	applied = xen.applied;
	for (unsigned int i = 0; i < 5; i++) {
		xen_execute(100, true);
		xen_pmu_freeze(&v);
		xen_pmu_event_stop(&v, a);
		xen_execute(10, false);
		if (i == 3)
			a->period.repeat = 6500;
		xen_pmu_event_start(&v, a);
		xen_pmu_event_stop(&v, b);
		xen_pmu_event_start(&v, b);
		xen_execute(10, false);
		ok = ok && !v.in[XEN_PMU_EVENT_WAITING];
		xen_pmu_thaw(&v);
		ok = ok && xen.page.request.seq == v.batch.applied_seq + 2 * (i == 3);
		xen_entry();
	}
	ok = ok && xen.applied == applied + 1 && read_count(a) == 500 &&
	     read_count(b) == 500 && a->period.uncounted == 100 &&
	     xen.slot[a->slot].period == 6500 && xen.slot[b->slot].period == 7000;
	/* but a period that begins anew is, and a stop that lasts */
	xen_pmu_freeze(&v);
	xen_pmu_event_stop(&v, a);
	a->period.left = 6000;
	xen_pmu_event_start(&v, a);
	xen_pmu_event_stop(&v, b);
	xen_pmu_thaw(&v);
	xen_entry();
	ok = ok && distance(a) == 6000 && !(xen.run & 1ULL << b->slot);
	xen_pmu_freeze(&v);
	xen_pmu_event_start(&v, b);
	xen_pmu_thaw(&v);
	xen_entry();
	xen_execute(100, true);
	return ok && v.stats.loaded == 3 && xen.run & 1ULL << b->slot &&
	       read_count(a) == 600 && read_count(b) == 600 && distance(b) == 6400;
}

/*
 * What was stopped before a handler has gone on counting since, or has not: if it is
 * started there, from there on.
 */
static bool started_in_handler(u64 modes)
{
	struct xen_pmu_event *a;
	bool ok;

	sync_modes = modes;
	fresh();
	a = add(USER | 0x76, ANY, 0);
	xen_entry();
	run_user(100);
	xen_pmu_freeze(&v);
	xen_pmu_event_stop(&v, a);
	xen_pmu_thaw(&v);
	xen_execute(30, true);
	xen_entry();
	xen_execute(40, true);
	xen_pmu_interrupted(&v);
	xen_pmu_event_start(&v, a);
	xen_pmu_thaw(&v);
	xen_entry();
	run_user(7);
	ok = read_count(a) == 107;
	sync_modes = XEN_PMU_CTL_OS;
	return ok;
}

/* Where a counter no longer stands for its event alone, a tick loads it anew. */
static bool ticks_anew(void)
{
	struct xen_pmu_event *exact, *rate;
	uint64_t loaded;
	bool ok;

	fresh();
	exact = add(KERNEL | 0xc0, ANY, 6400);
	rate = add(USER | 0x76, ANY, 6400);
	rate->period.kind = XEN_PMU_PERIOD_RATE;
	xen_entry();
	xen_execute(100, false);
	xen_pmu_freeze(&v);
	xen_execute(10, false);			/* the counter is ahead from here on */
	xen_pmu_thaw(&v);
	xen_pmu_freeze(&v);
	xen_pmu_event_stop(&v, exact);
	xen_pmu_event_start(&v, exact);
	xen_pmu_thaw(&v);
	xen_entry();
	ok = distance(exact) == 6300 && v.stats.loaded == 3;
	/* another process may read counters, and then come ticks */
	run_user(50);
	ok = ok && xen_pmu_vcpu_reader(&v);
	for (unsigned int i = 0; i < 3; i++) {
		loaded = v.stats.loaded;
		xen_pmu_freeze(&v);
		xen_pmu_event_stop(&v, rate);
		xen_pmu_event_start(&v, rate);
		xen_pmu_thaw(&v);
		xen_entry();
		ok = ok && v.stats.loaded == loaded + !i;
	}
	return ok && distance(rate) == 6350 && read_count(rate) == 50;
}

/*
 * Period after period costs no batch: Xen goes on by itself.  So does a period that
 * changes a little; one that changes more is in the next batch, and in force for the
 * overflow after the next.
 */
static bool periods(void)
{
	struct xen_pmu_event *a;
	uint32_t applied;
	unsigned int i;
	bool ok = true;

	fresh();
	a = add(USER | 0xc0, ANY, 6400);
	xen_entry();
	applied = xen.applied;
	for (i = 0; i < 5; i++)
		ok = ok && sampled(a, 6400, i == 3 ? 6500 : 6400);
	xen_entry();
	ok = ok && xen.applied == applied && a->count == 32000;
	ok = ok && sampled(a, 6400, 7000);
	xen_entry();
	ok = ok && xen.applied == applied + 1 && distance(a) == 6400;
	ok = ok && xen_execute(6400, true) == 6400 && distance(a) == 7000;
	return ok && read_count(a) == 44800 && !xen.syncs && v.stats.loaded == 1;
}

/* Xen was late for an overflow, and took three periods at once for one record. */
static bool periods_at_once(void)
{
	struct xen_pmu_event *a;
	u64 next;
	bool ok;

	fresh();
	a = add(USER | 0xc0, ANY, 100);
	xen_entry();
	ok = xen_execute(100, true) == 100;
	/* 250 more had followed when it looked */
	xen.counter[a->slot] = -50ULL & XEN_MASK;
	xen.page.state.renewed[a->slot] = 300;
	xen_pmu_interrupted(&v);
	ok = ok && xen_pmu_overflow(&v, a->slot, xen.page.state.applied) ==
			XEN_PMU_OVERFLOW_SAMPLE;
	next = xen_pmu_event_advance(&v, a, 100);
	ok = ok && v.behind && a->period.weight == 100;
	a->period.weight = next;
	xen_pmu_event_take_rest(&v, a);
	xen_pmu_thaw(&v);
	return ok && read_count(a) == 350 && a->period.left == 50 &&
	       a->period.weight == 300 && distance(a) == 50 && v.stats.loaded == 1;
}

/* A batch with a new period that Xen has not seen is not taken back with a stop. */
static bool tuned_stays(void)
{
	struct xen_pmu_event *a, *b;

	fresh();
	a = add(USER | 0xc0, ANY, 6400);
	b = add(USER | 0x76, ANY, 0);
	xen_entry();
	xen_pmu_freeze(&v);
	xen_pmu_event_tune(&v, a, 7000);
	xen_pmu_thaw(&v);
	xen_pmu_freeze(&v);
	xen_pmu_event_stop(&v, b);
	xen_pmu_thaw(&v);
	xen_pmu_freeze(&v);
	xen_pmu_event_start(&v, b);
	xen_pmu_thaw(&v);
	xen_entry();
	return xen.slot[a->slot].period == 7000 && distance(a) == 6400;
}

/* A refused batch changes nothing for who was there before. */
static bool refused(void)
{
	struct xen_pmu_event *a, *b;
	bool ok;

	fresh();
	a = add(USER | 0xc0, ANY, 0);
	run_user(10);
	xen.refuse = true;
	b = add(USER | 0x76, ANY, 0);
	run_user(10);
	ok = read_count(a) == 20 && read_count(b) == 0;
	xen.refuse = false;
	xen_pmu_freeze(&v);
	xen_pmu_event_stop(&v, b);
	xen_pmu_event_start(&v, b);
	xen_pmu_thaw(&v);
	ok = ok && v.in[XEN_PMU_EVENT_REFUSED] == b->bit && b->error;
	del(add(USER | 0xc2, ANY, 0));
	run_user(10);
	return ok && read_count(a) == 30 && read_count(b) == 0;
}

/*
 * One event that Xen refuses does not keep the others of its batch, and those of later
 * batches, from counting; @modes: of the events.  Whatever slot a Xen names that has
 * gone mad, the driver comes to an end, and what runs by then goes on.
 */
static bool refused_alone(u64 modes, uint32_t nonsense)
{
	struct xen_pmu_event *a, *bad, *b, *c;
	bool ok;

	fresh();
	a = add(USER | 0xc0, ANY, 0);
	run_user(10);
	xen.refuse_event = 0x76;
	xen.nonsense = nonsense;
	xen_pmu_freeze(&v);
	b = add(modes | 0xc2, ANY, 0);
	bad = add(modes | 0x76, ANY, 0);
	c = add(modes | 0xc3, ANY, 0);
	xen_pmu_thaw(&v);
	run_user(1);		/* Xen looks, and refuses.. */
	xen_pmu_freeze(&v);	/* ..and tells, which ends here */
	xen_pmu_thaw(&v);
	run_user(10);
	ok = bad->error == XEN_PMU_ERR_EVENT && bad->state == XEN_PMU_EVENT_REFUSED &&
	     !read_count(bad) && read_count(a) == 21;
	if (nonsense)
		return ok;
	del(bad);
	run_user(10);
	return ok && !b->error && !c->error && read_count(a) == 31 &&
	       (modes & XEN_PMU_CTL_USR ?
		read_count(b) == 20 && read_count(c) == 20 :
		!read_count(b) && !read_count(c));
}

/* An event that was refused and goes takes that with it: its place is another's then. */
static bool refused_and_gone(void)
{
	struct xen_pmu_event *bad, *b;
	u64 place;

	fresh();
	xen.refuse_event = 0x76;
	bad = add(USER | 0x76, ANY, 0);
	run_user(1);
	xen_pmu_freeze(&v);
	place = v.in[XEN_PMU_EVENT_REFUSED];
	xen_pmu_event_del(&v, bad);
	b = add(USER | 0xc0, ANY, 0);
	xen_pmu_thaw(&v);
	run_user(10);
	return place && b == bad && !v.in[XEN_PMU_EVENT_REFUSED] && !b->error &&
	       read_count(b) == 10;
}

/*
 * Numbers of batches wrap.  A batch that Xen has not looked at is not refused because
 * one of the same number was, 2^31 batches ago; and equal switches go on to be taken
 * back, and records to be taken for those of their slot, whatever the number.
 */
static bool numbers_wrap(void)
{
	struct xen_pmu_event *a, *b;
	bool ok;

	fresh();
	a = add(USER | 0xc0, ANY, 100);
	run_user(10);
	xen.refuse_event = 0x76;
	del(add(USER | 0x76, ANY, 0));
	run_user(1);
	del(add(USER | 0xc2, ANY, 0));
	run_user(1);
	/* as if 2^31 batches had been published since */
	v.batch.seq = v.batch.applied_seq = xen.page.state.refused - 2;
	xen.page.request.seq = xen.seen = xen.page.state.applied = v.batch.seq;
	xen_pmu_freeze(&v);
	xen_pmu_thaw(&v);
	b = add(USER | 0xc2, ANY, 0);
	if (v.batch.seq != xen.page.state.refused)
		return false;
	xen_pmu_freeze(&v);
	xen_pmu_thaw(&v);
	ok = !v.in[XEN_PMU_EVENT_REFUSED] && !b->error;
	run_user(10);
	return ok && read_count(b) == 10 && a->state == XEN_PMU_EVENT_RUNNING;
}

/*
 * A record of a slot that was loaded more than 2^30 batches ago is still that slot's.  A
 * batch is two numbers, so the difference of the two is negative by then.
 */
static bool old_load(void)
{
	struct xen_pmu_event *s;
	unsigned int i;

	fresh();
	s = add(USER | 0xc0, ANY, 100);
	run_user(10);
	for (i = 1; i <= 10; i++) {
		v.batch.seq = v.batch.applied_seq = i * BIT_ULL(28) - 2;
		xen.page.request.seq = v.batch.seq;
		xen.seen = xen.page.state.applied = v.batch.seq;
		del(add(USER | 0xc2, ANY, 0));
		run_user(1);
	}
	while (!xen.virq)
		run_user(1);
	return xen_pmu_overflow(&v, (unsigned int)s->slot,
				xen.page.ring.record[0].seq) !=
	       XEN_PMU_OVERFLOW_STALE;
}

/* After a resume there may be fewer slots than events that were counted before. */
static bool fewer_slots(void)
{
	struct xen_pmu_event *e[6];
	unsigned int i, counted = 0, refused = 0;

	fresh();
	for (i = 0; i < 6; i++)
		e[i] = add(USER | (0xc0 + i), ANY, 0);
	run_user(10);
	xen_pmu_freeze(&v);
	xen_pmu_vcpu_detach(&v);
	xen_pmu_thaw(&v);
	xen_reset(4);
	for (i = 0; i < 6; i++)
		xen_pmu_event_want(&v, e[i], &e[i]->wants, 0xf);
	xen_pmu_vcpu_attach(&v, &xen.page, &xen.page.constant, sync_modes, false);
	xen_pmu_freeze(&v);
	xen_pmu_thaw(&v);
	run_user(10);
	for (i = 0; i < 6; i++) {
		counted += !e[i]->error && read_count(e[i]) == 20;
		refused += e[i]->error == XEN_PMU_ERR_SLOT &&
			   e[i]->state == XEN_PMU_EVENT_REFUSED && read_count(e[i]) == 10;
	}
	return counted == 4 && refused == 2;
}

/*
 * Xen takes the permission for RDPMC away.  Nothing is made up: counts stand still,
 * and go on when it is back.
 */
static bool revoked(void)
{
	struct xen_pmu_event *a, *k, *s;
	bool ok;

	fresh();
	a = add(USER | 0xc0, ANY, 0);
	k = add(KERNEL | 0xc0, ANY, 0);
	s = add(USER | 0xc2, ANY, 1000);
	run_user(10);
	ok = read_count(a) == 10;
	xen.revoked = true;
	run_user(10);
	ok = ok && read_count(a) == 10 && !read_count(k) &&
	     s->period.left == 1000 && !xen_pmu_event_missed(&v, s);
	xen_pmu_freeze(&v);
	xen_pmu_thaw(&v);
	xen.revoked = false;
	return ok && read_count(a) == 20 && !read_count(k);
}

/* A Xen that changes state.renewed all the time keeps the driver no longer than it must. */
static bool flickers(void)
{
	struct xen_pmu_event *s;

	fresh();
	s = add(USER | 0xc2, ANY, 1000);
	run_user(10);
	xen.flickers = true;
	xen_pmu_event_update(&v, s);
	return true;
}

/* Constraints: others move, and lose nothing. */
static bool moves(void)
{
	struct xen_pmu_event *a, *b;
	bool ok;

	fresh();
	a = add(USER | 0xc0, 3, 0);
	run_user(10);
	ok = a->slot == 0;
	b = add(USER | 0x76, 1, 0);
	run_user(10);
	return ok && b && b->slot == 0 && a->slot == 1 && v.stats.moved == 1 &&
	       read_count(a) == 20 && read_count(b) == 10 &&
	       !add(USER | 0xc2, 3, 0);
}

/* Nothing to do: seq goes back to what it was, no batch. */
static bool idle(void)
{
	struct xen_pmu_event *a;
	uint64_t published;

	fresh();
	a = add(USER | 0xc0, ANY, 0);
	published = v.stats.published;
	xen_pmu_freeze(&v);
	xen_pmu_thaw(&v);
	run_user(5);				/* still to be applied */
	xen_pmu_freeze(&v);
	xen_pmu_event_stop(&v, a);
	xen_pmu_event_start(&v, a);
	xen_pmu_thaw(&v);
	return published == 1 && v.stats.published == 1 && read_count(a) == 5;
}

/*
 * A batch that is taken back leaves its seq for the next one, which Xen must not
 * take for seen: so it is not taken back if Xen has looked at it, be it that it
 * refused it.
 */
static bool seq_again(bool refuse)
{
	struct xen_pmu_event *a, *b;
	uint32_t seq;

	fresh();
	a = add(USER | 0xc0, ANY, 0);
	run_user(10);
	seq = xen.page.request.seq;
	xen_pmu_freeze(&v);
	xen_pmu_event_stop(&v, a);
	xen_pmu_thaw(&v);
	xen.refuse = refuse;
	if (refuse)
		xen_entry();
	xen.refuse = false;
	xen_pmu_freeze(&v);
	xen_pmu_event_start(&v, a);
	xen_pmu_thaw(&v);
	if ((xen.page.request.seq == seq) == refuse)
		return false;
	b = add(USER | 0x76, ANY, 0);
	run_user(10);
	return read_count(a) == 20 && read_count(b) == 10;
}

static u32 user(void)
{
	return xen.page.request.flags & XEN_PMU_FLAG_USER_RDPMC;
}

/*
 * Who has not mapped an event may not read counters that hold something; once
 * the events are gone and forgotten there is nothing to hide, and then nothing
 * need be switched.
 */
static bool hidden(void)
{
	struct xen_pmu_event *a;
	bool ok;

	fresh();
	xen_pmu_freeze(&v);
	xen_pmu_thaw(&v);
	ok = user();				/* nothing was ever loaded */
	a = add(USER | 0xc0, ANY, 0);
	ok = ok && !user();
	run_user(100);
	del(a);
	ok = ok && !user();			/* the count is still there */
	run_user(100);
	xen_pmu_vcpu_forget(&v);
	ok = ok && user();
	run_user(100);
	for (unsigned int i = 0; i < 6; i++)
		ok = ok && !xen.counter[i];
	a = add(USER | 0xc0, ANY, 0);
	ok = ok && !user();
	run_user(9);
	return ok && read_count(a) == 9;
}

/* Who may read sees its own, and of others nothing. */
static bool exposed(void)
{
	struct xen_pmu_event *a, *b;
	uint64_t writes;
	bool ok;

	fresh();
	a = add(USER | 0xc0, 1, 0);
	b = add(USER | 0x76, 2, 0);
	run_user(100);
	del(a);					/* of another process */
	xen_pmu_vcpu_expose(&v, true);
	ok = user();
	run_user(10);
	ok = ok && !xen.counter[0] && xen.counter[1] && read_count(b) == 110;
	writes = xen.writes;
	for (unsigned int i = 0; i < 10; i++) {
		del(b);				/* a thread of the same.. */
		b = add(USER | 0x76, 2, 0);	/* ..costs nothing (R6) */
		run_user(10);
		ok = ok && read_count(b) == 10 && user();
	}
	ok = ok && xen.writes == writes;
	xen_pmu_vcpu_expose(&v, false);
	return ok && !user();
}

/* What a counter has counted since it was loaded, and 0 for one that is empty. */
static uint64_t since_load(unsigned int slot)
{
	return xen.counter[slot] ? xen.counter[slot] - (XEN_MASK - (XEN_MASK >> 1)) -
				   1 : 0;
}

/*
 * Another process, which may read: its own event starts from a fresh value although
 * the slot runs just that, but after a switch within it goes on; what others have
 * left behind is gone before it is in user mode.  With nothing of Xen on that way
 * it is one sync, the one that the start needs.
 */
static bool another_reader(u64 modes, bool idle_between, bool hvm)
{
	struct xen_pmu_event *a, *b, *e;
	uint64_t syncs;
	bool ok;

	sync_modes = modes;
	fresh();
	sync_modes = XEN_PMU_CTL_OS;
	if (!hvm)
		xen_pmu_vcpu_expose(&v, true);
	a = add(USER | 0xc0, 1, 0);
	b = add(USER | 0x76, 2, 0);
	run_user(100);
	if (idle_between) {
		del(a);
		del(b);
	}
	ok = xen_pmu_vcpu_reader(&v);
	v.reader = hvm ? XEN_PMU_READER_COMES : v.reader;
	if (!idle_between) {
		del(a);
		del(b);
	}
	syncs = xen.syncs;
	e = add(USER | 0xc0, 1, 0);
	if (hvm)
		xen_pmu_vcpu_conceal(&v);
	else
		xen_entry();
	xen_execute(10, true);
	ok = ok && since_load(0) == 10 && !xen.counter[1] &&
	     read_count(e) == 10;
	del(e);					/* to a thread of the same */
	e = add(USER | 0xc0, 1, 0);
	if (!hvm)
		xen_entry();
	xen_execute(5, true);
	ok = ok && since_load(0) == 15 && read_count(e) == 5;
	return ok && xen.syncs - syncs == (hvm ? 1 : 0);
}

/* It only has to forget: a sync, unless there is nothing. */
static bool concealed(void)
{
	struct xen_pmu_event *a;
	bool ok;

	sync_modes = XEN_PMU_CTL_MODES;
	fresh();
	sync_modes = XEN_PMU_CTL_OS;
	a = add(USER | 0xc0, ANY, 0);
	xen_execute(100, true);
	xen_pmu_vcpu_conceal(&v);		/* it has its slot */
	ok = xen.syncs == 1;
	del(a);
	xen_execute(100, true);			/* the stop has not been told */
	xen_pmu_vcpu_conceal(&v);
	ok = ok && xen.syncs == 2;
	xen_execute(100, true);
	for (unsigned int i = 0; i < 6; i++)
		ok = ok && !xen.counter[i];
	xen_pmu_vcpu_conceal(&v);
	return ok && xen.syncs == 2;
}

/* Whose event runs already when it begins to be one who may read. */
static bool restarted(void)
{
	struct xen_pmu_event *a;
	bool ok;

	fresh();
	a = add(USER | 0xc0, ANY, 0);
	run_user(100);
	del(a);
	a = add(USER | 0xc0, ANY, 0);
	run_user(10);
	ok = since_load(0) == 110;
	xen_pmu_vcpu_restart(&v);
	run_user(7);
	return ok && since_load(0) == 7 && read_count(a) == 17;
}

/* The protocol of the user page: offset + the counter, as a signed number. */
static uint64_t user_view(const struct xen_pmu_event *e, uint64_t value)
{
	u64 offset = xen_pmu_user_offset(e->count - e->prev, e->prev,
					 XEN_WIDTH);
	int64_t pmc = (int64_t)(value << (64 - XEN_WIDTH)) >> (64 - XEN_WIDTH);

	return offset + (u64)pmc;
}

/*
 * A counting event is read right all the way from where it is started, past
 * zero, and on from where that makes it start again.
 */
static bool user_pages(void)
{
	struct xen_pmu_event *a;
	uint64_t half = 1ULL << (XEN_WIDTH - 1), truth = 0;
	bool ok = true;

	fresh();
	a = add(USER | 0xc0, 1, 0);
	xen_entry();
	for (unsigned int i = 0; i < 40; i++) {
		/* as far as it can go, and a few more or less */
		truth += xen_execute(half - 20 + i, true);
		ok = ok && user_view(a, xen.counter[0]) == truth;
		if (!xen.virq)
			continue;
		xen.virq = false;
		xen.page.consumer.cons = xen.page.ring.prod;
		xen_pmu_freeze(&v);
		xen_pmu_overflow(&v, 0, xen.page.state.applied);
		xen_pmu_thaw(&v);
		xen_entry();
		ok = ok && user_view(a, xen.counter[0]) == truth &&
		     xen.counter[0] >= half;
	}
	return ok && truth > 10 * half;
}

static bool seldom(void)
{
	return xen.page.request.flags & XEN_PMU_FLAG_SELDOM_RDPMC;
}

/*
 * Who reads counters a few times a tick asks for that, and who reads them more often
 * does not, from that moment on.  An overflow's handler does not have to ask.
 */
static bool reads_seldom(void)
{
	struct xen_pmu_event *a, *b;
	uint64_t syncs;
	bool ok;

	fresh();
	a = add(USER | 0xc0, 1, 1000);
	b = add(USER | 0x76, 2, 0);
	run_user(10);
	ok = !seldom() && read_count(b) == 10 && !xen.syncs;
	xen.ticks++;
	xen_pmu_vcpu_expose(&v, false);		/* a switch of processes */
	ok = ok && seldom();
	for (unsigned int i = 0; i < 20; i++) {
		syncs = xen.syncs;
		xen.ticks++;
		run_user(10);
		ok = ok && read_count(b) == 20 + 10 * i &&
		     xen.syncs == syncs + 1;
		ok = ok && read_count(b) == 20 + 10 * i &&
		     xen.syncs == syncs + 1;	/* not in user mode since */
	}
	syncs = xen.syncs;
	run_user(1);
	xen_execute(1000 - 211, true);
	for (unsigned int i = 0; i < 20; i++) {
		xen_pmu_interrupted(&v);
		xen_pmu_thaw(&v);
		run_user(1);
		xen.page.consumer.cons = xen.page.ring.prod;
		xen_execute(1000 - 1, true);
	}
	ok = ok && xen.syncs == syncs && seldom() && v.stats.asked == syncs;
	/* as a thread whose events come and go */
	xen.page.state.rdpmc = 0;
	for (unsigned int i = 0; i < 100; i++) {
		del(b);
		b = add(USER | 0x76, 2, 0);
		run_user(1);
	}
	ok = ok && !seldom() && xen.syncs - syncs < 8;
	xen.ticks++;
	del(b);
	ok = ok && !seldom();			/* of late, often */
	xen.ticks++;
	xen_pmu_vcpu_expose(&v, false);
	ok = ok && seldom();
	del(a);
	return ok;
}

static bool tells(void)
{
	return xen.page.request.flags & XEN_PMU_FLAG_TELL_RDPMC;
}

/* The overflow of @e, which has just come: what the handler finds. */
static bool handled(struct xen_pmu_event *e, u64 count)
{
	enum xen_pmu_overflow how;
	bool ok;

	xen_pmu_interrupted(&v);
	how = xen_pmu_overflow(&v, e->slot, xen.page.state.applied);
	ok = e->count == count;
	if (how == XEN_PMU_OVERFLOW_SAMPLE)
		ok = ok && e->shows && xen_pmu_event_advance(&v, e, 1000) == 1000 &&
		     e->period.weight == 1000;
	else
		ok = ok && how == XEN_PMU_OVERFLOW_REPEATED && !e->shows;
	xen.page.consumer.cons = xen.page.ring.prod;
	xen_pmu_thaw(&v);
	return ok;
}

/*
 * Where Xen has gone on to the next period, the handler need not read the counter, and
 * RDPMC is not asked for: unless the sample shows the count.
 */
static bool seldom_looked_at(void)
{
	struct xen_pmu_event *a;
	uint64_t syncs;
	bool ok;

	fresh();
	a = add(USER | 0xc0, 1, 1000);
	xen.ticks++;
	xen_pmu_vcpu_expose(&v, false);
	ok = seldom() && !tells();
	run_user(1020);
	ok = ok && !xen.page.state.rdpmc && handled(a, 1000) && !xen.syncs &&
	     v.stats.loaded == 1;
	run_user(300);
	ok = ok && read_count(a) == 1320 && xen.syncs == 1;
	/* a value from before an overflow is not for after it */
	xen_pmu_freeze(&v);
	xen_pmu_event_update(&v, a);
	xen_execute(680, true);
	ok = ok && xen_pmu_overflow(&v, 0, xen.page.state.applied) ==
			XEN_PMU_OVERFLOW_COUNTED && a->count == 1320;
	xen.page.consumer.cons = xen.page.ring.prod;
	xen_pmu_thaw(&v);

	a->shows = true;
	xen_pmu_freeze(&v);
	a->period.left = 1000;
	xen_pmu_event_start(&v, a);
	xen_pmu_thaw(&v);
	a->count = 0;
	ok = ok && seldom() && tells();
	syncs = xen.syncs;
	run_user(1020);
	ok = ok && handled(a, 1020) && xen.syncs == syncs;
	del(a);
	ok = ok && !tells();
	a = add(USER | 0xc0, 1, 1L << 40);	/* Xen cannot go on with that */
	ok = ok && tells();
	/* nor could it before, and a handler that learns of another period says so */
	for (unsigned int i = 0; i < 2; i++) {
		xen_pmu_interrupted(&v);
		xen_pmu_event_tune(&v, a, i ? 1UL << 40 : 1000);
		xen_pmu_thaw(&v);
		ok = ok && tells() == i;
	}
	del(a);
	a = add(KERNEL | 0xc0, 1, 1000);
	ok = ok && tells();
	del(a);
	v.flags &= ~XEN_PMU_FLAG_TELL_RDPMC;			/* an older Xen would refuse it */
	add(KERNEL | 0xc0, 1, 1000);
	return ok && !tells();
}

/*
 * What slots are written with: a general slot with the event and its modes, a fixed slot with
 * the modes only, a precise bit only in the slots that have it.
 */
static bool programmings(void)
{
	const struct xen_pmu_const offer = {
		.nr_gp = 2, .nr_fixed = 1, .gp_width = 48, .fixed_width = 40,
		.ctl_mask = XEN_PMU_CTL_EVENT | XEN_PMU_CTL_MODES | XEN_PMU_CTL_INT,
		.fixed_mask = XEN_PMU_CTL_MODES | XEN_PMU_CTL_INT,
		.precise_mask = 1ULL << 43, .precise_slots = 2,
		.rdpmc = { 5, 6, 1U << 30 },
	};
	const struct xen_pmu_wants plain = { .code = 0x1c0, .modes = XEN_PMU_CTL_USR };
	const struct xen_pmu_wants precise = { 1ULL << 43 | 0xc0, XEN_PMU_CTL_OS };
	const struct xen_pmu_wants reserved = { 1ULL << 20 << 20 | 0xc0, XEN_PMU_CTL_OS };
	struct xen_pmu_counter c[3];

	for (unsigned int slot = 0; slot < 3; slot++)
		c[slot] = xen_pmu_counter(&offer, slot);
	return xen_pmu_slot_ctl(&c[0], &plain) == (USER | 0x1c0) &&
	       xen_pmu_slot_ctl(&c[2], &plain) == USER &&
	       xen_pmu_slot_ctl(&c[1], &precise) == (KERNEL | 1ULL << 43 | 0xc0) &&
	       !xen_pmu_slot_can(&c[0], &precise) && xen_pmu_slot_can(&c[1], &precise) &&
	       !xen_pmu_slot_can(&c[1], &reserved) && xen_pmu_slot_can(&c[2], &plain) &&
	       c[0].width == 48 && c[2].width == 40 && c[2].rdpmc == 1U << 30;
}

/* An event that its slot could not count is refused, and never gets as far as Xen. */
static bool cannot_be_programmed(void)
{
	struct xen_pmu_event *e;

	fresh();
	e = add(USER | 0xc0, ANY, 0);
	xen_pmu_freeze(&v);
	e->wants.code |= 1ULL << 43;
	xen_pmu_event_start(&v, e);
	xen_pmu_thaw(&v);
	xen_entry();
	return e->state == XEN_PMU_EVENT_REFUSED && e->error == XEN_PMU_ERR_CTL &&
	       !xen.page.state.nr_refused && !xen.run;
}

/*
 * The freeze that learns of a refusal counts a tuned slot up to that freeze.  The values of the
 * freeze before are older than what the event has counted by then.
 */
static bool refused_tune(void)
{
	struct xen_pmu_event *e;

	fresh();
	xen.noise = 3;
	e = add(KERNEL | 0xc0, ANY, 100000);
	e->period.kind = XEN_PMU_PERIOD_RATE;
	xen_pmu_freeze(&v);	/* a tick: perf stops the event, and starts it with another length */
	xen_pmu_event_stop(&v, e);
	xen_pmu_period_begin(&e->period, e->period.left, 200000, KERNEL);
	xen_pmu_event_start(&v, e);
	xen_pmu_thaw(&v);
	xen.refuse = true;
	xen_execute(500, false);
	xen_entry();
	xen.refuse = false;
	xen_pmu_freeze(&v);
	xen_pmu_thaw(&v);
	return e->error && e->count >= 500 && e->count <= 500 + xen.noise_sum;
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(44);
	ksft_test_result(equal_switches(),
			 "switches between equal events write nothing, and are no batch\n");
	ksft_test_result(different_switches(),
			 "switches between different events: what differs\n");
	ksft_test_result(hvm_switches(),
			 "HVM: no sync for equal events, one for different ones\n");
	ksft_test_result(programmings(), "a slot is written with what it can count\n");
	ksft_test_result(cannot_be_programmed(), "an event that its slot cannot count is refused\n");
	ksft_test_result(pending(), "a pending slot has counted nothing\n");
	ksft_test_result(taken_back(), "a batch nobody saw is taken back\n");
	ksft_test_result(kernel(), "kernel code: not between freeze and thaw\n");
	ksft_test_result(early(), "an early overflow is no sample\n");
	ksft_test_result(weighs(), "a sample stands for nothing that was not counted\n");
	ksft_test_result(nearly_over(), "a period that ends a little early is over\n");
	ksft_test_result(leading(), "a load makes up for the rest of its thaw\n");
	ksft_test_result(leads_little(), "one long thaw does not lead to a long period\n");
	ksft_test_result(put_right(),
			 "kernel code's counters do not run ahead of their periods\n");
	ksft_test_result(ticks(), "a tick of perf's costs no batch\n");
	ksft_test_result(ticks_anew(), "but for what the counter would tell of others\n");
	ksft_test_result(started_in_handler(XEN_PMU_CTL_OS) &&
			 started_in_handler(XEN_PMU_CTL_MODES),
			 "what a handler starts counts from there on\n");
	ksft_test_result(periods(), "periods that Xen repeats cost no batch\n");
	ksft_test_result(periods_at_once(), "several periods for one record\n");
	ksft_test_result(tuned_stays(), "a new period is not taken back\n");
	ksft_test_result(old_record(), "a record of before is dropped\n");
	ksft_test_result(refused(), "a refused batch harms nobody else\n");
	ksft_test_result(refused_alone(USER, 0), "a refused event costs no other its count\n");
	ksft_test_result(refused_alone(KERNEL, 0),
			 "a refused event costs no other its count, with a sync\n");
	ksft_test_result(refused_alone(USER, ~0U) && refused_alone(KERNEL, ~0U) &&
			 refused_alone(USER, 6) && refused_alone(KERNEL, 6),
			 "a refusal that names the wrong slot comes to an end\n");
	ksft_test_result(refused_tune(), "a refused tune leaves the count right\n");
	ksft_test_result(refused_and_gone(),
			 "a refusal does not outlive its event\n");
	ksft_test_result(numbers_wrap() && old_load(), "numbers of batches wrap\n");
	ksft_test_result(fewer_slots(),
			 "fewer slots after a resume: who has none is refused\n");
	ksft_test_result(revoked(), "RDPMC that faults makes nothing up\n");
	ksft_test_result(flickers(), "state.renewed that never stands still\n");
	ksft_test_result(seq_again(false) && seq_again(true),
			 "a batch is taken back only if Xen has not looked\n");
	ksft_test_result(moves(), "constrained events make others move\n");
	ksft_test_result(idle(), "nothing new, no batch\n");
	ksft_test_result(hidden(), "counts are hidden, and forgotten\n");
	ksft_test_result(exposed(), "who may read sees its own only\n");
	ksft_test_result(another_reader(XEN_PMU_CTL_OS, false, false) &&
			 another_reader(XEN_PMU_CTL_OS, true, false),
			 "another one who may read starts anew\n");
	ksft_test_result(another_reader(XEN_PMU_CTL_MODES, false, true) &&
			 another_reader(XEN_PMU_CTL_MODES, true, true),
			 "HVM: so it does there, with one sync\n");
	ksft_test_result(concealed(), "HVM: what is left behind is forgotten\n");
	ksft_test_result(restarted(), "who begins to read starts anew\n");
	ksft_test_result(user_pages(), "a user page is right for 2^50 events\n");
	ksft_test_result(reads_seldom(), "who reads seldom asks, and only who does\n");
	ksft_test_result(seldom_looked_at(), "overflows need no look at the counter\n");
	fresh();
	ksft_test_result(!add(USER, 1ULL << 6, 0) && v.nr_events == 0,
			 "an event for absent slots does not fit\n");
	ksft_finished();
}
