// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver-model.c - the driver's events against an oracle.
 *
 * Random sequences of add, del, start, stop and read, of freezes that hold
 * several of them, of user and kernel code, of detach and attach; Xen is
 * entered at random at any access to the page or a counter.  The oracle adds up
 * for each event what was executed in its modes while it was started.  Counts
 * must be equal, not close, after every step, and each period must have ended
 * in a sample at its end.  A process that may read counters itself must see
 * the same counts, and none that are not its own.
 *
 * A second run lets the driver's own instructions count too.  Events of user
 * code must still be exact; those of kernel code may have counted what the
 * driver executed outside of freeze and thaw and no more.
 *
 * Overflows are told by an interrupt, which waits while interrupts are off, or by an
 * NMI, which comes at any time, also between any two accesses of the driver.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <kselftest.h>

#include "arch-x86-xen-pmu/core/event.h"
#include "arch-x86-xen-pmu/core/freeze.h"
#include "arch-x86-xen-pmu/core/guard.h"
#include "arch-x86-xen-pmu/core/period.h"
#include "arch-x86-xen-pmu/core/overflow.h"
#include "arch-x86-xen-pmu/core/place.h"
#include "arch-x86-xen-pmu/core/ring.h"
#include "arch-x86-xen-pmu/core/vcpu.h"
#include "driver-xen.h"

#define NR_SLOTS	6
#define NR_PERF		10		/* more events than slots */

/* What perf and the oracle know of an event. */
struct perf {
	struct xen_pmu_event *e;	/* NULL: not added */
	u64 ctl, allowed, period;
	s64 left;
	enum xen_pmu_period_kind kind;
	bool started;
	uint64_t count;			/* what the driver has told */
	uint64_t truth;
	uint64_t slack;			/* the driver's own instructions */
	uint64_t next;			/* what the next sample stands for */
	uint64_t sampled;		/* what the samples stood for */
	uint64_t uncounted;		/* when last looked at */
	uint64_t forgotten;		/* what they stood for too much, when deleted */
};

static struct xen_pmu_vcpu v;
/* sync_modes of the two kinds of guests */
#define PV	XEN_PMU_CTL_OS
#define HVM	XEN_PMU_CTL_MODES

static struct perf perf[NR_PERF];
static u64 sync_modes;
static bool by_nmi;
static bool attached;
static const char *wrong;
static bool masked;
static u64 lost;			/* nr_lost when last looked at */

static void collect(struct perf *p)
{
	p->count += p->e->count;
	p->e->count = 0;
	if (!p->period)
		return;
	xen_pmu_period_weigh(&p->e->period);
	p->left = p->e->period.left;
	p->next = p->e->period.weight;
	p->uncounted = p->e->period.uncounted;
}

static void handle_overflow(unsigned int slot, u32 seq)
{
	enum xen_pmu_overflow how = xen_pmu_overflow(&v, slot, seq);
	struct xen_pmu_event *e = v.owner[slot];
	struct perf *p;
	u64 next;

	if (how == XEN_PMU_OVERFLOW_STALE)
		return;
	p = (struct perf *)e->perf;
	if (how != XEN_PMU_OVERFLOW_COUNTED) {
		next = how == XEN_PMU_OVERFLOW_REPEATED ? e->period.repeat :
		       xen_pmu_event_advance(&v, e, p->period);
		p->sampled += e->period.weight;
		e->period.weight = next;
		if (xen_random() % 4 == 0) {	/* perf reads it meanwhile */
			xen_pmu_event_update(&v, e);
			collect(p);
		}
	}
	collect(p);
}

/* Periods that ended without a record (make_up() in perf/sample.c). */
static void make_up(void)
{
	unsigned int i;
	u64 next;

	for (i = 0; i < NR_PERF; i++) {
		struct perf *p = &perf[i];

		if (!p->started || !p->period)
			continue;
		if (xen_pmu_event_missed(&v, p->e)) {
			next = xen_pmu_event_advance(&v, p->e, p->period);
			p->e->period.weight += next;
		}
		collect(p);
	}
}

static void drain(void)
{
	const struct xen_pmu_record *rec;
	unsigned int i;
	u64 todo;

	while ((rec = xen_pmu_ring_peek(&xen.page))) {
		for (todo = rec->counters; todo; todo &= todo - 1)
			handle_overflow(__ffs64(todo), rec->seq);
		xen_pmu_ring_advance(&xen.page);
	}
	for (i = 0; v.behind && i < NR_PERF; i++)
		if (perf[i].started && perf[i].period)
			xen_pmu_event_take_rest(&v, perf[i].e);
	v.behind = false;
	if (xen.page.state.nr_lost != lost) {
		lost = xen.page.state.nr_lost;
		make_up();
	}
}

static void interrupt(void)
{
	xen.virq = false;
	xen_pmu_interrupted(&v);
	drain();
	xen_pmu_thaw(&v);
}

static struct xen_pmu_guard guard;

static void enter(void)
{
	xen_pmu_guard_enter(&guard);
}

static void leave(void)
{
	unsigned int storm = 0;

	while (xen_pmu_guard_leave(&guard)) {
		if (attached)
			interrupt();
		if (++storm > 100) {
			wrong = "a storm of NMIs";
			return;
		}
	}
}

static void nmi(void)
{
	if (!xen_pmu_guard_try(&guard))
		return;
	interrupt();
	leave();
}

static void freeze(void)
{
	enter();
	xen_pmu_freeze(&v);
}

static void thaw(void)
{
	xen_pmu_thaw(&v);
	leave();
}

static void maybe_interrupt(void)
{
	unsigned int storm = 0;

	while (attached && !masked && v.phase == XEN_PMU_THAWED && xen.virq) {
		interrupt();
		if (++storm > 100) {
			wrong = "an interrupt storm";
			return;
		}
	}
}

/* Run guest code; the oracle counts it. */
static void execute(uint64_t nr, bool user)
{
	u64 mode = user ? XEN_PMU_CTL_USR : XEN_PMU_CTL_OS;
	unsigned int i;

	while (nr && !wrong) {
		uint64_t did = xen_execute(nr, user);

		for (i = 0; i < NR_PERF; i++)
			if (perf[i].started && attached && v.phase == XEN_PMU_THAWED &&
			    perf[i].ctl & mode)
				perf[i].truth += did;
		nr -= did;
		maybe_interrupt();
		if (user)
			xen_to_user();	/* the way back */
	}
}

/*
 * What a process sees of counters: where it may look, nothing of slots that no
 * event has; its events' user pages are right.
 */
static void look(void)
{
	unsigned int i;

	for (i = 0; i < NR_SLOTS && !wrong; i++)
		if (xen.page.request.flags & XEN_PMU_FLAG_USER_RDPMC && !v.owner[i] && xen.counter[i])
			wrong = "a count that is not hidden";
	for (i = 0; i < NR_PERF && !wrong; i++) {
		struct xen_pmu_event *e = perf[i].e;
		u64 offset, counter, prev;

		if (!perf[i].started || xen_pmu_batch_stale(&v.batch, e->slot))
			continue;
		prev = xen_pmu_event_counter(&v, e);
		offset = xen_pmu_user_offset(perf[i].count + e->count - prev,
					     prev, XEN_WIDTH);
		counter = xen.counter[e->slot];
		if (counter >> (XEN_WIDTH - 1))
			counter |= ~XEN_MASK;
		if (offset + counter != perf[i].truth)
			wrong = "a user page";
	}
}

/* HVM: on the way to user mode of another process, which may read. */
static void conceal(void)
{
	unsigned int i;

	xen_pmu_vcpu_reader(&v);
	if (xen_random() % 2)
		v.reader = XEN_PMU_READER_COMES;
	xen_pmu_vcpu_conceal(&v);
	for (i = 0; i < NR_SLOTS && !wrong; i++)
		if (attached && !v.owner[i] && xen.counter[i])
			wrong = "a count that is not concealed";
}

static void run_user(void)
{
	masked = false;
	maybe_interrupt();
	enter();
	if (sync_modes == PV && xen_random() % 4 == 0)
		xen_pmu_vcpu_expose(&v, xen_random() % 2);
	if (sync_modes == PV && xen_random() % 16 == 0)
		xen_pmu_vcpu_forget(&v);
	leave();
	if (sync_modes == PV)
		xen_to_user();	/* HVM: no entry on the way to user mode */
	if (sync_modes != PV && xen_random() % 4 == 0)
		conceal();
	execute(xen_random() % 3000, true);
	if (attached && !xen.noise && sync_modes == PV)
		look();
}

static void run_kernel(void)
{
	masked = xen_random() % 4 == 0;
	execute(xen_random() % 1000, false);
	if (xen_random() % 4 == 0)
		xen_entry();
	execute(xen_random() % 1000, false);
	masked = false;
	maybe_interrupt();
}

static u64 random_period(const struct perf *p)
{
	if (xen.noise && p->ctl & XEN_PMU_CTL_OS)
		return 5000;
	return 1 + xen_random() % 5000;
}

static void start(struct perf *p)
{
	s64 begun;

	if (p->started)
		return;
	freeze();
	if (p->period) {
		if (xen_random() % 8 == 0)	/* PERF_EVENT_IOC_PERIOD */
			p->period = random_period(p);
		/* over, but stopped before the record could be handled */
		begun = p->left;
		xen_pmu_period_begin(&p->e->period, begun, p->period, p->ctl);
		if (begun <= 0) {
			p->sampled += p->next;
			p->e->period.weight = p->e->period.left - begun;
		}
	}
	xen_pmu_event_start(&v, p->e);
	p->started = true;
	thaw();
}

static void stop(struct perf *p)
{
	if (!p->started)
		return;
	freeze();
	if (p->period && attached)
		drain();
	xen_pmu_event_stop(&v, p->e);
	collect(p);
	p->started = false;
	thaw();
}

static u64 random_ctl(void)
{
	static const u64 modes[] = {
		XEN_PMU_CTL_USR, XEN_PMU_CTL_USR, XEN_PMU_CTL_OS,
		XEN_PMU_CTL_USR | XEN_PMU_CTL_OS,
	};

	return (1 + xen_random() % 3) | XEN_PMU_CTL_INT |
	       modes[xen_random() % 4];
}

static void add(struct perf *p)
{
	struct xen_pmu_wants wants;

	freeze();
	if (!p->ctl || xen_random() % 4 == 0) {
		/* another event altogether */
		memset(p, 0, sizeof(*p));
		p->ctl = random_ctl();
		p->allowed = xen_random() % 4 ? (1 << NR_SLOTS) - 1 :
			     xen_random() % (1 << NR_SLOTS);
		if (xen_random() % 2)
			p->period = p->left = p->next = random_period(p);
		if (p->period)
			p->kind = xen_random() % 2 ? XEN_PMU_PERIOD_RATE : XEN_PMU_PERIOD_FIXED;
	}
	wants.code = p->ctl & XEN_PMU_CTL_EVENT;
	wants.modes = p->ctl & XEN_PMU_CTL_MODES;
	p->e = xen_pmu_event_add(&v, &wants, p->allowed, p->kind);
	if (p->e) {
		p->e->perf = (struct perf_event *)p;
		if (p->period) {
			p->e->period.left = p->left;
			p->e->period.weight = p->next;
		}
		if (xen_random() % 4)
			start(p);
	}
	thaw();
}

static void del(struct perf *p)
{
	freeze();
	stop(p);
	xen_pmu_event_del(&v, p->e);
	collect(p);
	p->forgotten += p->e->period.uncounted;
	p->e = NULL;
	thaw();
}

static void edit(void)
{
	struct perf *p = &perf[xen_random() % NR_PERF];

	if (!p->e)
		add(p);
	else if (xen_random() % 2)
		del(p);
	else if (p->started)
		stop(p);
	else
		start(p);
}

/* perf_ctx_disable(), several edits and kernel code between them, enable */
static void bracket(void)
{
	unsigned int nr = xen_random() % 6;

	masked = true;
	freeze();
	while (nr--) {
		edit();
		if (xen_random() % 2)
			execute(xen_random() % 200, false);
		if (xen_random() % 8 == 0)
			xen_entry();
	}
	thaw();
	masked = false;
	maybe_interrupt();
}

static void replug(void)
{
	unsigned int i;

	freeze();
	drain();
	xen_pmu_vcpu_detach(&v);
	thaw();
	attached = false;
	lost = 0;
	for (i = 0; i < NR_PERF; i++)		/* as perf may, at any time */
		if (perf[i].e && xen_pmu_event_seated(perf[i].e))
			xen_pmu_event_counter(&v, perf[i].e);
	execute(xen_random() % 500, false);	/* counts for nobody */
	xen_reset(NR_SLOTS);
	if (sync_modes == HVM)	/* user mode has a CR4.PCE of the guest's */
		xen.page.constant.features = XEN_PMU_FEAT_RDPMC;
	xen_pmu_vcpu_attach(&v, &xen.page, &xen.page.constant,
			    sync_modes, by_nmi);
	attached = true;
	freeze();
	thaw();
}

/*
 * What Xen lets count is what is started, no more and no less; in an HVM guest, a
 * counter that has stopped may go on, unless its overflow would interrupt.
 */
static bool runs_right(void)
{
	u64 slots = 0, told = 0;
	unsigned int i;

	for (i = 0; i < NR_PERF; i++) {
		if (perf[i].started)
			slots |= BIT_ULL(perf[i].e->slot);
		else if (perf[i].e && perf[i].period && perf[i].e->slot >= 0)
			told |= BIT_ULL(perf[i].e->slot);
	}
	if (sync_modes == HVM)
		return !(slots & ~xen.run) && !(xen.run & told);
	return xen.run == slots;
}

static void verify(void)
{
	unsigned int i;

	if (xen.page.state.applied == xen.page.request.seq && !runs_right())
		wrong = "what runs";
	if (by_nmi && attached &&
	    xen.page.ring.prod != xen.page.consumer.cons)
		wrong = "a record that no NMI was handled for";
	for (i = 0; i < NR_PERF && !wrong; i++) {
		struct perf *p = &perf[i];
		bool user = !(p->ctl & XEN_PMU_CTL_OS);

		if (p->e) {
			enter();
			xen_pmu_event_update(&v, p->e);
			collect(p);
			leave();
		}
		if (p->count != p->truth && (user || !xen.noise))
			wrong = "a count";
		if (p->count < p->truth || p->count > p->truth + xen.noise_sum)
			wrong = "a count, even with the driver's own code";
		if (p->started && p->period && p->left <= 0 && attached &&
		    !(xen.counter[p->e->slot] >> (XEN_WIDTH - 1)) &&
		    !xen.virq && !xen_pmu_ring_peek(&xen.page))
			wrong = "a period that is over and that nobody is told of";
		/* over at this very moment: perf will hear of it at start */
		if (p->period && !(p->left <= 0) &&
		    p->sampled + p->next - p->left !=
		    p->count + p->forgotten + (p->e ? p->uncounted : 0))
			wrong = "what the samples stand for";
		if (wrong)
			ksft_print_msg("event %u ctl %#" PRIx64 " count %" PRIu64
				       " truth %" PRIu64 " period %" PRIu64
				       " samples %" PRIu64 " next %" PRIu64
				       " left %" PRId64 "\n",
				       i, p->ctl, p->count, p->truth, p->period,
				       p->sampled, p->next, p->left);
	}
}

static bool run(uint64_t seed, unsigned int entries, unsigned int noise)
{
	unsigned int step;

	memset(&v, 0, sizeof(v));
	memset(perf, 0, sizeof(perf));
	memset(&xen, 0, sizeof(xen));
	wrong = NULL;
	lost = 0;
	xen.random = seed;
	xen.entries = entries;
	xen.noise = noise;
	xen.nmi = by_nmi ? nmi : NULL;
	memset(&guard, 0, sizeof(guard));
	xen_reset(NR_SLOTS);
	if (sync_modes == HVM)	/* user mode has a CR4.PCE of the guest's */
		xen.page.constant.features = XEN_PMU_FEAT_RDPMC;
	xen_pmu_vcpu_attach(&v, &xen.page, &xen.page.constant,
			    sync_modes, by_nmi);
	attached = true;
	for (step = 0; step < 400 && !wrong; step++) {
		xen.ticks += xen_random() % 4 == 0;
		switch (xen_random() % 8) {
		case 0 ... 2:
			bracket();
			break;
		case 3:
			edit();
			maybe_interrupt();
			break;
		case 4:
			run_kernel();
			break;
		case 5:
			if (xen_random() % 16 == 0)
				replug();
			break;
		default:
			run_user();
			break;
		}
		verify();
	}
	if (wrong)
		ksft_print_msg("seed %" PRIu64 " step %u: %s is wrong\n", seed,
			       step, wrong);
	return !wrong;
}

static bool runs(unsigned int nr, u64 modes, unsigned int entries,
		 unsigned int noise)
{
	uint64_t seed;

	sync_modes = modes;
	for (seed = 1; seed <= nr; seed++)
		if (!run(seed, entries, noise))
			return false;
	return true;
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(10);
	ksft_test_result(runs(2000, PV, 0, 0), "exact, entries where they must be\n");
	ksft_test_result(runs(2000, PV, 4, 0), "exact, entries anywhere\n");
	ksft_test_result(runs(1000, PV, 50, 0), "exact, entries sometimes\n");
	ksft_test_result(runs(1000, PV, 10, 1), "with the driver's own code\n");
	ksft_test_result(runs(2000, HVM, 0, 0), "HVM: exact, entries by sync only\n");
	ksft_test_result(runs(2000, HVM, 10, 0), "HVM: exact, entries anywhere\n");
	ksft_test_result(runs(1000, HVM, 10, 1), "HVM: with the driver's own code\n");
	by_nmi = true;
	ksft_test_result(runs(2000, PV, 0, 0), "NMIs: exact, entries where they must be\n");
	ksft_test_result(runs(2000, PV, 4, 0), "NMIs: exact, entries anywhere\n");
	ksft_test_result(runs(1000, PV, 10, 1), "NMIs: with the driver's own code\n");
	ksft_finished();
}
