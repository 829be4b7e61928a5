// SPDX-License-Identifier: GPL-2.0-only
/*
 * sample.c - from Xen's overflow records to perf's samples (R7).
 *
 * Between enter and leave, interrupts off, perhaps in an NMI.
 */
#include <linux/math64.h>
#include <linux/static_call.h>
#include <asm/msr.h>
#include <asm/tsc.h>

#include "../core/freeze.h"
#include "../core/overflow.h"
#include "../core/ring.h"
#include "../kernel/symbol.h"
#include "../xen/hypercall.h"
#include "../xen/offer.h"
#include "collect.h"
#include "give.h"
#include "sample.h"

/*
 * From this call perf learns what a sample costs, and lowers perf_event_max_sample_rate if
 * that is too much.  Without it nothing bounds a storm in a guest whose samples cost more than
 * a tick's share of them.
 */
DEFINE_STATIC_CALL_NULL(xen_pmu_sample_took, perf_sample_event_took);

static bool can_sample;

/* xen_pmu_sample_init - find perf's functions; an error: there are no samples */
int xen_pmu_sample_init(void)
{
	int err = xen_pmu_give_init();

	if (err)
		return err;
	xen_pmu_find(xen_pmu_sample_took, perf_sample_event_took);
	can_sample = true;
	return 0;
}

bool xen_pmu_can_sample(void)
{
	return can_sample;
}

/*
 * Tell perf what it looks at when it gets a sample: the period, and the count only if the sample
 * shows it.  A later reader asks for the count, and the user page is filled in when somebody may
 * look.
 */
static void show(struct xen_pmu_cpu *c, struct xen_pmu_event *e)
{
	if (e->shows)
		xen_pmu_collect(c, e);
	else
		xen_pmu_tell_period(e);
}

/*
 * A period of a sampling event is over, and period.weight is what its sample stands for.  Perf
 * learns the weight as hw.last_period, by which it adapts the length to a rate.  The sample after
 * this one will weigh @next.  That is noted before perf gets this sample, because perf may then
 * read, stop or restart the event, and each of these may change period.weight.
 */
static void sample(struct xen_pmu_cpu *c, struct xen_pmu_event *e,
		   const struct xen_pmu_record *rec, u64 next)
{
	struct xen_pmu_period *p = &e->period;
	u64 weight;

	show(c, e);
	weight = p->weight;
	c->vcpu.outdated |= e->bit;
	if (!weight) {
		/* Nothing of the period was counted: no sample stands for it. */
		p->weight = next;
		return;
	}
	if (xen_pmu_is_nobodys(c, e, rec)) {
		c->vcpu.stats.strange++;
		p->weight += next;
		return;
	}
	p->weight = next;
	if (xen_pmu_give(c, e, rec, weight))
		e->perf->pmu->stop(e->perf, 0);
	else if (xen_pmu_event_active(e))
		xen_pmu_event_tune(&c->vcpu, e, e->perf->hw.sample_period);
}

/* Go on to the next period.  Returns what its sample will stand for. */
static noinline u64 advance(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	return xen_pmu_event_advance(v, e, e->perf->hw.sample_period);
}

static void handle_record(struct xen_pmu_cpu *c, const struct xen_pmu_record *rec)
{
	struct xen_pmu_vcpu *v = &c->vcpu;
	unsigned int slot;

	v->stats.drained++;
	xen_pmu_for_each(slot, rec->counters) {
		enum xen_pmu_overflow what = xen_pmu_overflow(v, slot, rec->seq);
		struct xen_pmu_event *e;

		if (what == XEN_PMU_OVERFLOW_STALE)
			continue;
		e = v->owner[slot];
		if (what == XEN_PMU_OVERFLOW_REPEATED)
			sample(c, e, rec, e->period.repeat);
		else if (what == XEN_PMU_OVERFLOW_SAMPLE)
			sample(c, e, rec, advance(v, e));
		else
			xen_pmu_collect(c, e);
	}
}

/* Does the event sample, and should it count? */
static bool is_sampling_now(const struct xen_pmu_event *e)
{
	return xen_pmu_event_active(e) && xen_pmu_event_samples(e);
}

/* Note the periods that Xen has taken and that no record was for. */
static void take_rest(struct xen_pmu_vcpu *v)
{
	struct xen_pmu_event *e;

	v->behind = false;
	for (e = v->event; e < v->event + XEN_PMU_SLOTS; e++)
		if (is_sampling_now(e))
			xen_pmu_event_take_rest(v, e);
}

/* How many records Xen has not made. */
static u64 withheld(const struct xen_pmu_page *page)
{
	return READ_ONCE(page->state.nr_lost) + READ_ONCE(page->state.nr_throttled);
}

/*
 * Periods have ended without a record, because the ring was full or the rate limit withheld
 * it: without a new period the counter would not overflow again for years.  The next sample
 * weighs as much more.
 */
static noinline void make_up(struct xen_pmu_cpu *c)
{
	struct xen_pmu_vcpu *v = &c->vcpu;
	struct xen_pmu_event *e;
	u64 next;

	c->withheld = withheld(c->page);
	for (e = v->event; e < v->event + XEN_PMU_SLOTS; e++) {
		if (!is_sampling_now(e) || !xen_pmu_event_missed(v, e))
			continue;
		v->stats.unrecorded++;
		next = advance(v, e);
		e->period.weight += next;
		xen_pmu_collect(c, e);
	}
}

/*
 * More records than this at a time are not handled: then the guest would do nothing else, or
 * Xen's index is nonsense.  The rest counts as lost.
 */
#define MOST_RECORDS (4 * XEN_PMU_RECORDS)

static noinline void drain(struct xen_pmu_cpu *c)
{
	const struct xen_pmu_record *rec;
	unsigned int nr = 0;

	c->draining = true;
	while ((rec = xen_pmu_ring_peek(c->page)) && nr++ < MOST_RECORDS) {
		handle_record(c, rec);
		xen_pmu_ring_advance(c->page);
	}
	if (c->vcpu.behind)
		take_rest(&c->vcpu);
	/* No interrupt comes for a record that is made during the skip: skip again. */
	for (nr = 0; nr < XEN_PMU_RECORDS && xen_pmu_ring_peek(c->page); nr++)
		xen_pmu_ring_skip(c->page);
	if (rec || withheld(c->page) != c->withheld)
		make_up(c);
	c->draining = false;
}

/*
 * xen_pmu_drain - handle all records that are in the ring
 *
 * Between freeze and thaw.  Perf may stop and start events from within a sample, and a stop
 * drains: then the ring is being drained already.
 */
void xen_pmu_drain(struct xen_pmu_cpu *c)
{
	if (c->draining || !c->page)
		return;
	if (xen_pmu_ring_peek(c->page) || c->vcpu.behind || withheld(c->page) != c->withheld)
		drain(c);
}

/* An interrupt that takes so many times longer than the last has perhaps not run all the time. */
#define SUSPICIOUS	4

/*
 * What it has cost to handle records, Xen's part included, in ticks of the TSC.
 * @overflow: the TSC of the first record, or 0; @begin: the TSC when handling began.
 *
 * The overflow may have had to wait until the guest enabled interrupts, which is not part of
 * the cost.  Xen's part is not more than three times the guest's: on the rig, 2.4 times in a
 * PVH guest, less in the others (selftests/bench/RESULTS.md).
 *
 * Xen may have let another guest run meanwhile, which is no cost of a sample either.  Only a
 * hypercall tells, so Xen is asked when the cost looks like that.  Then the cost of the last
 * interrupt stands for this one.
 */
static u64 cost_of(struct xen_pmu_cpu *c, u64 overflow, u64 begin)
{
	u64 now = rdtsc_ordered();
	u64 cost = (now - begin) * 4, stolen;

	if (overflow && now - overflow < cost)
		cost = now - overflow;
	if (cost / SUSPICIOUS > c->cost) {
		stolen = xen_pmu_stolen();
		if (stolen != c->stolen) {
			c->stolen = stolen;
			return c->cost;
		}
	}
	c->cost = cost;
	return cost;
}

/*
 * Xen uses the cost to bound the time that all of a guest's overflows take (R10).  Perf uses it to
 * lower its sampling rate, and then writes a line to the log by an irq_work; @perf: may it do that?
 */
static void tell_cost(struct xen_pmu_cpu *c, u64 cost, bool perf)
{
	if (c->page && xen_pmu_offer.features & XEN_PMU_FEAT_SPENT) {
		c->spent += cost;
		WRITE_ONCE(c->page->consumer.spent, c->spent);
	}
	if (perf && tsc_khz)
		static_call_cond(xen_pmu_sample_took)(mul_u64_u32_div(cost, USEC_PER_SEC, tsc_khz));
}

/* Handle what is in the ring.  Between enter and leave, not between freeze and thaw. */
static void handle(struct xen_pmu_cpu *c, bool tell_perf)
{
	const struct xen_pmu_record *rec = NULL;
	u64 begin = rdtsc_ordered(), overflow = 0;

	xen_pmu_interrupted(&c->vcpu);
	if (c->page)
		rec = xen_pmu_ring_peek(c->page);
	if (rec)
		overflow = READ_ONCE(rec->tsc);
	xen_pmu_drain(c);
	xen_pmu_thaw_and_show(c);
	if (rec)
		tell_cost(c, cost_of(c, overflow, begin), tell_perf);
}

/*
 * xen_pmu_handle - handle an interrupt, or an NMI
 *
 * Between enter and leave, not between freeze and thaw.
 */
void xen_pmu_handle(struct xen_pmu_cpu *c)
{
	handle(c, true);
}

/*
 * xen_pmu_handle_missed - handle the NMIs that came between enter and leave
 *
 * xen_pmu_guard_leave() has entered again for them.
 */
void xen_pmu_handle_missed(struct xen_pmu_cpu *c)
{
	do {
		xen_pmu_handle(c);
		if (unlikely(c->vcpu.in[XEN_PMU_EVENT_REFUSED]))
			xen_pmu_report_refusal(c);
	} while (xen_pmu_guard_leave(&c->guard));
}

/*
 * xen_pmu_catch_up - handle records of the current task before it is switched out
 *
 * Their interrupt would come with the next task.  Not between enter and leave.
 */
void xen_pmu_catch_up(struct xen_pmu_cpu *c)
{
	if (!c->page || !xen_pmu_ring_peek(c->page))
		return;
	xen_pmu_enter(c);
	handle(c, false);
	xen_pmu_leave(c);
}
