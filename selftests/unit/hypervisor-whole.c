// SPDX-License-Identifier: GPL-2.0-only
/*
 * A property test of the whole state machine (R2, R3, R5, R6, R7, R9, R10).
 *
 * The machine has three physical CPUs with counters in software.  They run ten VCPUs,
 * PV and HVM, with and without pages, and idle VCPUs.  A random schedule makes the
 * VCPUs execute in user and kernel mode, change modes, publish right and wrong batches,
 * sync, migrate, idle, detach and attach.  CPUs lose their registers and come back.
 * PMIs come at once, or late, or in the middle of something that Xen does.
 *
 * After every step the test compares what RDPMC would show with an oracle, which only
 * adds up what the VCPU has executed.  It also compares CR4.PCE with what the guest
 * asked for.  At the end every overflow must have made exactly one record, and the
 * page's statistics must add up to the MSR writes that the model saw.
 *
 * In the second kind of run a hostile guest changes its request while Xen reads it.
 * Its own counts may then be wrong.  But the model ends the test if a forbidden bit or
 * a fault reaches an MSR, and the counts of all other guests must still be exact.
 *
 * In the third kind of run one CPU can do less than the others.  All writes there must
 * be with an access that may fault, and counts stand still while a VCPU is on that CPU.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"

#include "hypervisor-machine.h"
#include "hypervisor-prng.h"

#define STEPS	300000

static bool late_pmis;
static unsigned long losses;	/* how often a CPU lost its registers */

static void step(void)
{
	struct guest *g;

	model_this = prng_below(MODEL_CPUS);
	g = guest_of(current);
	if (!late_pmis || prng_below(2))
		deliver_pmi();
	switch (prng_below(7)) {
	case 0:
		schedule();
		if (!guest_of(current) && prng_below(8) == 0) {
			lose_cpu();
			losses++;
		}
		break;
	case 1:
	case 2:
		toggle();
		break;
	case 3:
		if (g && g->page)
			guest_step(g);
		else if (g && g->v.vcpu_id < NR_ATTACH && prng_below(20) == 0)
			attach(g);
		break;
	case 4:
		if (prng_below(2))
			peek(late_pmis);
		else
			change_cr4(late_pmis);
		break;
	default:
		execute();
		if (!late_pmis)
			deliver_pmi();
	}
	g = guest_of(current);
	check_pce();
	if (g && g->page)
		drain(g);
	compare();
}

/* CPU 2 can do less: it loses an event bit, and GuestOnly is a #GP. */
static const struct model_faults lesser = {
	.lost_bits = 1ULL << 33, .gp_bits = 1ULL << 40,
};

static void play(enum model_kind kind, uint64_t seed, bool late, bool bad_guest,
		 int lesser_cpu, const char *what)
{
	late_pmis = late;
	hostile = false;
	power_on_with(kind, seed, lesser_cpu, &lesser);
	losses = 0;
	attach(&guest[HOSTILE]);
	hostile = bad_guest;
	for (long i = 0; i < STEPS; i++)
		step();
	power_off();
	ksft_print_msg("seed %#" PRIx64 ": %" PRIu64 " MSR writes for guests, %"
		       PRIu64 " for others\n", seed, attributed, unattributed);
	/*
	 * The controls of a CPU are written once without knowing what they hold.  So at
	 * most these writes may have written a value that was there already.
	 */
	ksft_test_result(attributed + unattributed == model_writes &&
			 attributed > 1000 && losses > 100 &&
			 model_equal_ctl <=
			 (MODEL_CPUS + losses) * (model_slots + 1) &&
			 (lesser_cpu < 0 || !model[lesser_cpu].writes),
			 "%s, %s: counts, records and the statistics of MSR writes are exact\n",
			 model_name(), what);
}

/* A batch that makes slot 0 overflow at the next instruction. */
static void publish_storm(struct guest *g)
{
	struct xen_pmu_request *r = &g->page->request;

	r->changed = r->run = 1;
	r->slot[0].ctl = 0xc0 | XEN_PMU_CTL_USR | XEN_PMU_CTL_INT;
	r->slot[0].start = MODEL_MASK;
	r->slot[0].gen++;
	r->seq += 2;
}

static void storm(struct guest *g, int overflows)
{
	for (int i = 0; i < overflows; i++) {
		publish_storm(g);
		pmu_entry(&g->v);
		model_run(1);
		deliver_pmi();
	}
}

/*
 * R10: a storm gets PMU_RATE_RECORDS records in a window and no more.  Those that find
 * the ring full are lost.  Counting goes on.  When the window is over, the guest is
 * told at the next entry, even if its counters never overflow again.
 */
static void test_storm(enum model_kind kind)
{
	struct guest *g = &guest[0];
	const struct xen_pmu_page *page;
	unsigned int virqs;
	bool ok;

	hostile = late_pmis = false;
	power_on(kind, 1);
	attach(g);
	page = g->page;
	now = 10 * PMU_RATE_WINDOW;
	tick = 0;
	model_this = 0;
	switch_to(&g->v);
	storm(g, PMU_RATE_RECORDS + 100);
	ok = page->state.nr_record == XEN_PMU_RECORDS &&
	     page->state.nr_lost == PMU_RATE_RECORDS - XEN_PMU_RECORDS &&
	     page->state.nr_throttled == 100 && page->ring.throttled == 1 &&
	     page->state.nr_pmi == PMU_RATE_RECORDS + 100;
	ok &= model[0].ctr[0] == model_weight(0xc0) - 1;
	/* Without a record there is no next period: the guest has to look first. */
	g->page->request.slot[0].period = 100;
	storm(g, 1);
	ok &= !page->state.renewed[0] &&
	      model[0].ctr[0] == model_weight(0xc0) - 1;
	drain(g);
	virqs = g->v.virqs;
	now += PMU_RATE_WINDOW - 1;
	pmu_entry(&g->v);
	ok &= page->ring.throttled == 1 && g->v.virqs == virqs;
	now++;
	pmu_entry(&g->v);
	ok &= page->ring.throttled == 0 && g->v.virqs == virqs + 1;
	pmu_entry(&g->v);
	ok &= g->v.virqs == virqs + 1;
	/* One VIRQ for all records that the guest has not drained. */
	storm(g, 3);
	ok &= page->state.renewed[0] == 100;
	ok &= g->v.virqs == virqs + 2 &&
	      page->state.nr_record == XEN_PMU_RECORDS + 3;
	/* The withheld overflow may be the last one. */
	now += PMU_RATE_WINDOW;
	storm(g, PMU_RATE_RECORDS + 1);
	drain(g);
	virqs = g->v.virqs;
	now += PMU_RATE_WINDOW;
	pmu_entry(&g->v);
	ok &= page->ring.throttled == 0 && g->v.virqs == virqs + 1;
	tick = 100000;
	discard(g);
	ksft_test_result(ok,
			 "%s: a storm is throttled, and the guest is told when that ends (R10)\n",
			 model_name());
}

static void overflow_in_kernel(struct guest *g)
{
	publish_storm(g);
	g->page->request.slot[0].ctl |= XEN_PMU_CTL_OS;
	pmu_entry(&g->v);
	model_run(1);
	deliver_pmi();
}

/*
 * R10: a guest that claims to have spent more than half of a window on overflows gets
 * no more records of kernel mode in that window, and is told when the window is over.
 * Records of user mode still come, and do not end the limit.
 */
static void test_spent(enum model_kind kind)
{
	struct guest *g = &guest[0];
	const struct xen_pmu_page *page;
	unsigned int virqs;
	bool ok;

	hostile = late_pmis = false;
	power_on(kind, 1);
	attach(g);
	page = g->page;
	ok = pmu_limits.features & XEN_PMU_FEAT_SPENT;
	g->page->consumer.spent = -10ULL;
	now = 10 * PMU_RATE_WINDOW;
	tick = 0;
	model_this = 0;
	switch_to(&g->v);
	overflow_in_kernel(g);
	drain(g);
	g->page->consumer.spent += PMU_RATE_WINDOW / 2;
	overflow_in_kernel(g);
	drain(g);
	ok &= page->state.nr_record == 2 && !page->ring.throttled;
	g->page->consumer.spent++;
	overflow_in_kernel(g);
	ok &= page->state.nr_record == 2 && page->ring.throttled == 1 &&
	      page->state.nr_throttled == 1;
	storm(g, 3);
	drain(g);
	ok &= page->state.nr_record == 5 && page->ring.throttled == 1;
	virqs = g->v.virqs;
	now += PMU_RATE_WINDOW - 1;
	pmu_entry(&g->v);
	ok &= page->ring.throttled == 1 && g->v.virqs == virqs;
	/* The window goes on, because more than half of it was the guest's handler. */
	now += 1;
	pmu_entry(&g->v);
	ok &= page->ring.throttled == 1 && g->v.virqs == virqs;
	now += 2;
	pmu_entry(&g->v);
	ok &= page->ring.throttled == 0 && g->v.virqs == virqs + 1;
	overflow_in_kernel(g);
	ok &= page->state.nr_record == 6;
	tick = 100000;
	discard(g);
	ksft_test_result(ok,
			 "%s: overflows of kernel mode leave the guest half of its time (R10)\n",
			 model_name());
}

/*
 * The same for guests whose TSC is slower or faster than the host's: they count what
 * they have spent in their own ticks.
 */
static void test_spent_scaled(enum model_kind kind)
{
	static const struct {
		uint32_t khz;		/* of the guest; the host has cpu_khz */
		bool hvm, vtsc, scales;
		bool differs;		/* does the guest see another rate? */
	} row[] = {
		{ cpu_khz / 5, false, true, false, true },
		{ cpu_khz / 5, true, false, true, true },
		{ cpu_khz * 4, true, false, true, true },
		{ cpu_khz * 4, true, true, false, true },
		{ cpu_khz / 5, true, false, false, false },
		{ cpu_khz / 5, false, false, true, false },
	};
	bool ok = true;

	hostile = late_pmis = false;
	for (int i = 0; i < ARRAY_SIZE(row); i++) {
		struct guest *g = &guest[row[i].hvm ? NR_PV : 0];
		uint32_t khz = row[i].differs ? row[i].khz : cpu_khz;
		struct domain d = { .hvm = row[i].hvm, .arch.vtsc = row[i].vtsc,
				    .arch.tsc_khz = row[i].khz };
		const struct pmu_rate *rate;
		struct domain *was;

		power_on(kind, 1);
		hvm_tsc_scaling_supported = row[i].scales;
		was = g->v.domain;
		g->v.domain = &d;
		attach(g);
		rate = &pmu_of(&g->v)->rate;
		now = 10 * PMU_RATE_WINDOW;
		tick = 0;
		model_this = 0;
		switch_to(&g->v);
		pmu_of(&g->v)->core.ctl[0] = XEN_PMU_CTL_OS;
		fake_irqs_on = false;
		ok &= pmu_record(&g->v, pmu_of(&g->v), 1, false);
		g->page->consumer.spent = rate->spent + khz / 2;
		ok &= pmu_record(&g->v, pmu_of(&g->v), 1, false);
		g->page->consumer.spent++;
		ok &= !pmu_record(&g->v, pmu_of(&g->v), 1, false);
		/* The window is over when half of it was the guest's own time. */
		now = rate->start + PMU_RATE_WINDOW;
		pmu_unthrottle(&g->v, pmu_of(&g->v));
		ok &= g->page->ring.throttled;
		now += 20 * (cpu_khz / khz + 1);
		pmu_unthrottle(&g->v, pmu_of(&g->v));
		ok &= !g->page->ring.throttled;
		fake_irqs_on = true;
		g->v.domain = was;
		hvm_tsc_scaling_supported = false;
		discard(g);
	}
	tick = 100000;
	ksft_test_result(ok, "%s: consumer.spent is in ticks of the guest's own TSC (R10)\n",
			 model_name());
}

/*
 * R7: an overflow that a batch finds has happened under the old batch.  The old batch's
 * period is subtracted, and the old event's modes decide whether the record is
 * withheld, whatever the new batch says: another event, another period, a stop.
 */
static void test_batch_before(enum model_kind kind)
{
	static const struct {
		uint64_t before, after;	/* modes */
		uint64_t event, run;	/* of the new batch */
	} row[] = {
		{ XEN_PMU_CTL_USR, XEN_PMU_CTL_USR, 0xc0, 1 },	/* only the period
								   changes */
		{ XEN_PMU_CTL_USR, XEN_PMU_CTL_OS, 0xc0, 1 },
		{ XEN_PMU_CTL_USR, XEN_PMU_CTL_USR, 0xc2, 1 },
		{ XEN_PMU_CTL_USR, XEN_PMU_CTL_USR, 0xc0, 0 },
		{ XEN_PMU_CTL_OS, XEN_PMU_CTL_USR, 0xc0, 1 },
	};
	struct guest *g = &guest[0];
	bool ok = true;

	hostile = late_pmis = false;
	for (int i = 0; i < ARRAY_SIZE(row); i++) {
		bool kernel = row[i].before & XEN_PMU_CTL_OS;
		struct xen_pmu_request *r;

		power_on(kind, 1);
		attach(g);
		now = 10 * PMU_RATE_WINDOW;
		tick = 0;
		model_this = 0;
		switch_to(&g->v);
		if (kernel != !!(g->v.arch.flags & TF_kernel_mode))
			toggle();
		r = &g->page->request;
		overflow_in_kernel(g);	/* this begins a window */
		drain(g);
		g->page->consumer.spent = PMU_RATE_WINDOW;
		r->slot[0].ctl = 0xc0 | XEN_PMU_CTL_INT | row[i].before;
		r->slot[0].period = 100;
		r->slot[0].start = MODEL_MASK;
		r->slot[0].gen++;
		r->seq += 2;
		pmu_entry(&g->v);
		model_run(1);		/* its PMI comes late */
		r->slot[0].ctl = row[i].event | XEN_PMU_CTL_INT | row[i].after;
		r->slot[0].period = 777;
		r->run = row[i].run;
		r->seq += 2;
		pmu_entry(&g->v);
		ok &= g->page->state.applied == r->seq &&
		      g->page->state.nr_throttled == kernel &&
		      g->page->state.nr_record == 2 - kernel &&
		      g->page->state.renewed[0] == (kernel ? 0 : 100) &&
		      model[0].ctr[0] == ((model_weight(0xc0) - 1 -
					   (kernel ? 0 : 100ULL)) & MODEL_MASK);
		deliver_pmi();
		ok &= g->page->state.nr_record == 2 - kernel;
		drain(g);
		discard(g);
	}
	tick = 100000;
	ksft_test_result(ok, "%s: an overflow belongs to the batch in which it happened (R7)\n",
			 model_name());
}

/*
 * Xen may use the kernel's page tables of a VCPU that is in user mode.  The VCPU is
 * then still in user mode: for its records, and for RDPMC.
 */
static void test_peek(enum model_kind kind)
{
	struct guest *g = &guest[0];
	bool ok;

	hostile = late_pmis = false;
	power_on(kind, 1);
	model_this = 0;
	attach(g);
	switch_to(&g->v);
	if (g->v.arch.flags & TF_kernel_mode)
		toggle();
	g->page->request.flags = XEN_PMU_FLAG_SELDOM_RDPMC |
				 XEN_PMU_FLAG_TELL_RDPMC;
	publish_storm(g);
	enter_guest(g);
	toggle();
	toggle();
	model_run(1);
	peek(true);
	ok = g->page->state.nr_record == 1 &&
	     g->page->ring.record[0].flags & XEN_PMU_REC_USER &&
	     !(read_cr4() & X86_CR4_PCE);
	drain(g);
	toggle();
	ok &= (read_cr4() & X86_CR4_PCE) && g->page->state.rdpmc;
	toggle();
	ok &= !(read_cr4() & X86_CR4_PCE);
	discard(g);
	ksft_test_result(ok,
			 "%s: a VCPU stays in user mode while Xen uses its kernel's page tables (R9)\n",
			 model_name());
}

/* Xen computes CR4, a PMI gives RDPMC to the kernel, and Xen writes CR4. */
static void test_cr4(enum model_kind kind)
{
	struct guest *g = &guest[0];
	bool ok;

	hostile = late_pmis = false;
	power_on(kind, 1);
	model_this = 0;
	attach(g);
	switch_to(&g->v);
	g->page->request.flags = XEN_PMU_FLAG_SELDOM_RDPMC |
				 XEN_PMU_FLAG_TELL_RDPMC;
	publish_storm(g);
	g->page->request.slot[0].ctl |= XEN_PMU_CTL_OS;
	if (g->v.arch.flags & TF_kernel_mode)
		toggle();
	enter_guest(g);
	toggle();
	toggle();	/* the kernel loses RDPMC */
	toggle();
	ok = !g->page->state.rdpmc && !(read_cr4() & X86_CR4_PCE);
	model_run(1);
	change_cr4(true);
	ok &= g->page->state.rdpmc && read_cr4() & X86_CR4_PCE;
	drain(g);
	discard(g);
	ksft_test_result(ok, "%s: an overflow while Xen writes CR4 leaves RDPMC right (R9)\n",
			 model_name());
}

/* A VCPU that is switched in is moved only by itself: it uses its CPU's counters. */
static void test_current(void)
{
	struct guest *g = &guest[0];
	bool seen_it;

	hostile = late_pmis = false;
	power_on(MODEL_CORE, 1);
	model_this = 0;
	attach(g);
	switch_to(&g->v);
	model_this = 1;
	fake_irqs_on = false;
	fake_failed = 0;
	fake_expected = "from == PMU_OUT || v == current";
	pmu_vcpu_move(&g->v, pmu_of(&g->v), PMU_GONE);
	fake_expected = NULL;
	seen_it = fake_failed == 1;
	fake_irqs_on = true;
	model_this = 0;
	discard(g);
	ksft_test_result(seen_it, "a VCPU that is switched in is moved only by itself\n");
}

/*
 * R7: a guest that asks for NMIs gets one if it goes on at once and has a handler.
 * Every other guest gets the VIRQ.
 */
static void test_nmi(enum model_kind kind)
{
	struct guest *g = &guest[0], *without = &guest[NO_NMI];
	bool ok;

	hostile = late_pmis = false;
	power_on(kind, 1);
	model_this = 0;
	attach(g);
	switch_to(&g->v);
	storm(g, 1);
	ok = g->v.virqs == 1 && !g->v.arch.nmi_pending;
	drain(g);
	g->page->request.flags = XEN_PMU_FLAG_NMI;
	storm(g, 3);		/* one NMI until the ring is drained */
	ok &= g->v.virqs == 1 && g->v.arch.nmi_pending &&
	      g->page->state.nmis == 1;
	drain(g);
	g->v.pause_flags = 1;	/* about to sleep */
	storm(g, 1);
	ok &= g->v.virqs == 2 && !g->v.arch.nmi_pending;
	drain(g);
	g->v.pause_flags = 0;
	publish_storm(g);	/* found when it is switched out */
	pmu_entry(&g->v);
	model_run(1);
	attach(without);
	switch_to(&without->v);
	ok &= g->v.virqs == 3 && !g->v.arch.nmi_pending;
	without->page->request.flags = XEN_PMU_FLAG_NMI;
	deliver_pmi();
	storm(without, 1);
	ok &= without->v.virqs == 1 && !without->v.arch.nmi_pending &&
	      !without->page->state.nmis && g->page->state.nmis == 1;
	discard(without);
	discard(g);
	ksft_test_result(ok,
			 "%s: a guest that asks for NMIs and can take one gets it, others the VIRQ (R7)\n",
			 model_name());
}

/*
 * R9: the guest is not told of an overflow if it has not drained the ring since the one
 * before.  Such an overflow must not give RDPMC to its kernel, or user mode would keep
 * it.
 */
static void test_untold(enum model_kind kind)
{
	struct guest *g = &guest[0];
	bool ok = true;

	hostile = late_pmis = false;
	power_on(kind, 1);
	model_this = 0;
	attach(g);
	switch_to(&g->v);
	if (!(g->v.arch.flags & TF_kernel_mode))
		toggle();
	g->page->request.flags = XEN_PMU_FLAG_SELDOM_RDPMC |
				 XEN_PMU_FLAG_TELL_RDPMC;
	pmu_entry(&g->v);
	for (int told = 1; told >= 0; told--) {
		toggle();
		ok &= !(read_cr4() & X86_CR4_PCE);
		toggle();
		overflow_in_kernel(g);
		ok &= g->page->state.rdpmc == told &&
		      !(read_cr4() & X86_CR4_PCE) == !told;
	}
	toggle();
	ok &= !(read_cr4() & X86_CR4_PCE);
	drain(g);
	discard(g);
	ksft_test_result(ok, "%s: an overflow that is not told gives no RDPMC to the kernel (R9)\n",
			 model_name());
}

int main(void)
{
	uint64_t fresh = prng_fresh_seed();

	ksft_print_header();
	ksft_set_plan(14 * MODEL_KINDS + 1);
	for (enum model_kind kind = 0; kind < MODEL_KINDS; kind++) {
		test_storm(kind);
		test_nmi(kind);
		test_untold(kind);
		test_spent(kind);
		test_spent_scaled(kind);
		test_batch_before(kind);
		test_peek(kind);
		test_cr4(kind);
		play(kind, 1, false, false, -1, "PMIs at once");
		play(kind, 2, true, false, -1, "late PMIs");
		play(kind, 3, true, true, -1, "a hostile guest beside it");
		play(kind, 4, true, false, 2, "one CPU is barred");
		play(kind, fresh, true, false, -1, "fresh seed");
		play(kind, fresh + 1, true, true, fresh % 2 ? 2 : -1,
		     "fresh seed, a hostile guest beside it");
	}
	test_current();
	ksft_finished();
}
