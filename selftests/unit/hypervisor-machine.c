// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whole-machine property test of the hypervisor's state machine (R2, R3, R5,
 * R6, R7, R9, R10).
 *
 * Three physical CPUs, with counters in software, run nine VCPUs: attached PV
 * ones, PV ones without a page, HVM ones, idle ones.  A random schedule makes
 * them execute in user and kernel mode, change modes, publish right and wrong
 * batches, sync, migrate, idle, detach and attach; PMIs come at once or late.
 * After every step each running VCPU's counters, as RDPMC would show them, are
 * compared with an oracle that adds up what the VCPU executed and knows
 * nothing of the rest.  At the end every overflow must have made exactly one
 * record, and the page's statistics must add up to the MSR writes that the
 * model saw.
 *
 * In a second run a hostile guest scribbles over its requests while Xen reads
 * them: counts are then its own problem, but the model ends the test if a
 * forbidden bit or a fault reaches an MSR, and the neighbours must still be
 * exact.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"

#include "hypervisor-oracle.h"
#include "hypervisor-prng.h"
#include "policy.h"
#include "vcpu.h"

#define STEPS		300000
#define NR_PV		5	/* guests' VCPUs that may attach */
#define NR_VCPUS	8	/* and two PV without a page, one HVM */
#define HOSTILE		0	/* this one, in the second run */

struct guest {
	struct vcpu v;
	struct xen_pmu_page *page;
	struct oracle oracle;
	struct xen_pmu_request next;	/* published, not yet seen */
	bool has_next, next_valid;
	uint32_t seq, applied, gen;
	uint64_t records[MODEL_SLOTS];
	uint64_t refused, lost, throttled;
	int cpu;			/* -1: not running */
};

/* Xen's globals of start.c. */
unsigned int pmu_policy;
const struct pmu_backend *pmu_backend;
struct pmu_limits pmu_limits;

static struct domain dom;
static struct guest guest[NR_VCPUS];
static struct vcpu idle[MODEL_CPUS];
static struct vcpu *curr[MODEL_CPUS];
static uint32_t lvtpc[MODEL_CPUS];
static uint64_t now, tick = 100000;	/* ns: of time, and per look at it */
static uint64_t attributed, unattributed;
static bool hostile, late_pmis;
bool fake_irqs_on = true;

struct vcpu *fake_current(void)
{
	return curr[model_this];
}

void fake_assert(bool ok, const char *what)
{
	if (!ok)
		ksft_exit_fail_msg("ASSERT(%s)\n", what);
}

uint32_t apic_read(unsigned int reg)
{
	return lvtpc[model_this];
}

void apic_write(unsigned int reg, uint32_t val)
{
	lvtpc[model_this] = val;
}

uint64_t fake_now(void)
{
	return now += tick;
}

void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq)
{
	v->virqs++;
}

void pmu_test_read(const volatile void *field, size_t size)
{
	size_t at = (const volatile char *)field - (char *)guest[HOSTILE].page;

	if (!hostile || at >= offsetof(struct xen_pmu_page, state))
		return;
	/* Another VCPU of the same guest writes there right now. */
	((char *)guest[HOSTILE].page)[at + prng_below(size)] ^=
		1 << prng_below(8);
}

static struct guest *guest_of(struct vcpu *v)
{
	return v->idle ? NULL : (struct guest *)v;
}

static bool trusted(const struct guest *g)
{
	return !hostile || g != &guest[HOSTILE];
}

/* The guest's handler: takes all records out of the ring. */
static void drain(struct guest *g)
{
	struct xen_pmu_ring *ring = &g->page->ring;

	if (!trusted(g)) {
		/* cons may be anything now: start over. */
		g->page->consumer.cons = ring->prod;
		return;
	}
	while (g->page->consumer.cons != ring->prod) {
		uint32_t i = g->page->consumer.cons++ % XEN_PMU_RECORDS;
		const struct xen_pmu_record *r = &ring->record[i];

		for (int s = 0; s < MODEL_SLOTS; s++)
			g->records[s] += r->counters >> s & 1;
		if (r->counters >> MODEL_SLOTS || !r->counters ||
		    r->ip != g->v.regs.rip)
			ksft_exit_fail_msg("a record is wrong\n");
	}
}

/* An entry has looked at the request: what was published is now in force. */
static void seen(struct guest *g)
{
	if (!g->has_next)
		return;
	g->has_next = false;
	if (g->next_valid) {
		oracle_apply(&g->oracle, &g->next);
		g->applied = g->next.seq;
	} else {
		g->refused++;
	}
	if (!trusted(g))
		return;
	if (g->page->state.applied != g->applied ||
	    (!g->next_valid && g->page->state.refused != g->next.seq))
		ksft_exit_fail_msg("batch %u (%s) was not seen at entry\n",
				   g->next.seq,
				   g->next_valid ? "right" : "wrong");
}

static void deliver_pmi(void)
{
	if (!model[model_this].pmi)
		return;
	model[model_this].pmi = false;
	if (lvtpc[model_this] != PMU_APIC_VECTOR)
		ksft_exit_fail_msg("an overflow interrupt is not routed\n");
	fake_irqs_on = false;
	pmu_interrupt();
	fake_irqs_on = true;
}

/* RDPMC of every counter, on a CPU that runs a VCPU. */
static void compare(void)
{
	struct guest *g = guest_of(current);

	if (!g || (!g->page && !g->v.hvm))
		return; /* no RDPMC: CR4.PCE is clear, see pmu_cr4() below */
	for (int i = 0; i < MODEL_SLOTS; i++) {
		uint64_t must = g->page ? g->oracle.count[i] : 0;
		uint64_t is = model[model_this].ctr[i];

		/* What the firmware left is nobody's secret. */
		if (!g->page && is == MODEL_POWER_ON)
			continue;
		if (is != must && trusted(g))
			ksft_exit_fail_msg("VCPU %u slot %d on CPU %u: %#" PRIx64
					   ", must be %#" PRIx64 "\n",
					   g->v.vcpu_id, i, model_this, is, must);
	}
}

static bool in_user(struct guest *g)
{
	return !(g->v.arch.flags & TF_kernel_mode);
}

static void execute(void)
{
	struct guest *g = guest_of(current);
	unsigned int units = prng_below(50);

	if (!g)
		return; /* the idle VCPU is in ring 0 */
	model_run(units);
	if (g->page)
		oracle_run(&g->oracle, in_user(g), units);
}

static void toggle(void)
{
	struct guest *g = guest_of(current);

	if (!g || g->v.hvm)
		return;
	g->v.arch.flags ^= TF_kernel_mode;
	pmu_toggled(&g->v);
	seen(g);
}

static void switch_to(struct vcpu *next)
{
	struct vcpu *prev = current;
	unsigned long before;

	if (prev == next)
		return;
	pmu_save(prev);
	curr[model_this] = next;
	if (guest_of(prev))
		guest_of(prev)->cpu = -1;
	/* load_segments() may toggle a VCPU that is not loaded yet. */
	if (guest_of(next) && !next->hvm && prng_below(8) == 0) {
		next->arch.flags ^= TF_kernel_mode;
		pmu_toggled(next);
	}
	before = model_writes;
	pmu_load(next);
	if (!guest_of(next) || !guest_of(next)->page)
		unattributed += model_writes - before;
	if (guest_of(next)) {
		guest_of(next)->cpu = model_this;
		seen(guest_of(next));
	}
}

/* Some CPU runs something else. */
static void schedule(void)
{
	struct guest *g = &guest[prng_below(NR_VCPUS)];

	if (prng_below(3) == 0)
		switch_to(&idle[model_this]);
	else if (g->cpu == -1)
		switch_to(&g->v);
}

static uint64_t some_ctl(void)
{
	static const uint64_t modes[] = {
		XEN_PMU_CTL_USR, XEN_PMU_CTL_OS, XEN_PMU_CTL_USR | XEN_PMU_CTL_OS
	};

	return (0xc0 + prng_below(4)) | modes[prng_below(3)] |
	       (prng_below(4) ? XEN_PMU_CTL_INT : 0);
}

/* Often near an overflow; sometimes just above zero or half way. */
static uint64_t some_start(bool add)
{
	int64_t start = prng_below(4) ? -(int64_t)prng_below(400)
				      : (int64_t)prng_below(400);

	if (prng_below(16) == 0)
		start ^= 1ULL << 46;
	return add ? (uint64_t)start : start & MODEL_MASK;
}

static void make_wrong(struct xen_pmu_request *r)
{
	switch (prng_below(4)) {
	case 0:
		r->run |= 1ULL << (6 + prng_below(58));
		break;
	case 1:
		r->changed |= 1ULL << (6 + prng_below(58));
		break;
	case 2:
		r->rsvd[prng_below(5)] = 1;
		break;
	default:
		r->changed |= 1;
		r->slot[0].ctl |= XEN_PMU_CTL_EN;
	}
}

/*
 * Publishes a batch the way pmu_page.h says.  A slot stays in "changed" until
 * its batch was applied: here, all of them always are.
 */
static void publish(struct guest *g)
{
	struct xen_pmu_request r = g->page->request;

	if (!g->next_valid && !g->has_next)
		memset(&r, 0, sizeof(r)); /* after a refused one */
	r.rsvd0 = 0;
	memset(r.rsvd, 0, sizeof(r.rsvd));
	r.changed = 0x3f;
	r.run = 0;
	for (int i = 0; i < MODEL_SLOTS; i++) {
		struct xen_pmu_slot *s = &r.slot[i];

		s->flags &= XEN_PMU_SLOT_ADD;
		if (!(s->ctl & 3 << 16) || prng_below(4) == 0)
			s->ctl = some_ctl();
		s->ctl &= ~XEN_PMU_CTL_EN;
		if (prng_below(3) == 0 || s->start > MODEL_MASK) {
			s->flags = prng_below(2);
			s->start = some_start(s->flags);
			s->gen = ++g->gen;
		}
		if (prng_below(4))
			r.run |= 1 << i;
	}
	g->seq += 2;
	r.seq = g->seq;
	g->next_valid = prng_below(8) != 0;
	if (!g->next_valid)
		make_wrong(&r);
	g->next = r;
	g->has_next = true;
	g->page->request = r;
}

/* While the guest edits, seq is odd and nothing may happen. */
static void edit(struct guest *g)
{
	uint32_t seq = g->page->request.seq;

	g->page->request.seq = seq | 1;
	pmu_entry(&g->v);
	g->page->request.seq = seq;
}

static void do_sync(struct guest *g)
{
	struct pmu_vcpu *p = pmu_of(&g->v);
	int rc;

	fake_irqs_on = false;
	rc = pmu_vcpu_sync(&g->v, p);
	fake_irqs_on = true;
	seen(g);
	if (trusted(g) && (rc == 0) != (g->page->state.applied == g->seq))
		ksft_exit_fail_msg("sync lies\n");
}

static void republish(struct guest *g)
{
	unsigned long before = model_writes;

	if (g->has_next || !g->next_valid || !trusted(g))
		return;
	g->page->request.seq = g->next.seq = g->seq += 2;
	g->has_next = true;
	pmu_entry(&g->v);
	seen(g);
	if (model_writes != before)
		ksft_exit_fail_msg("an equal batch wrote %lu MSRs (R6)\n",
				   model_writes - before);
}

static void attach(struct guest *g)
{
	struct pmu_vcpu *p = calloc(1, sizeof(*p));

	g->page = calloc(1, XEN_PMU_PAGE_SIZE);
	memset(&g->oracle, 0, sizeof(g->oracle));
	memset(&g->next, 0, sizeof(g->next));
	memset(g->records, 0, sizeof(g->records));
	g->seq = g->applied = g->gen = g->refused = 0;
	g->has_next = false;
	g->next_valid = true;
	p->magic = PMU_VCPU_MAGIC;
	p->version = PMU_VCPU_VERSION;
	p->state = PMU_OUT;
	p->page = g->page;
	pmu_core_init(&p->core, pmu_backend, &pmu_limits);
	g->v.arch.vpmu.xenpmu_data = g->page;
	g->v.arch.vpmu.priv_context = p;
	if (g->cpu != -1) {
		fake_irqs_on = false;
		pmu_vcpu_move(&g->v, p, PMU_LOADED);
		fake_irqs_on = true;
	}
}

static void discard(struct guest *g)
{
	free(g->v.arch.vpmu.priv_context);
	free(g->page);
	g->v.arch.vpmu.xenpmu_data = g->v.arch.vpmu.priv_context = NULL;
	g->page = NULL;
	g->has_next = false;
}

/* Detach of the current VCPU, or destruction of one that does not run. */
static void release(struct guest *g)
{
	struct pmu_vcpu *p = pmu_of(&g->v);
	const struct xen_pmu_state *s = &g->page->state;
	unsigned long before = model_writes;

	/* A detach forgets overflows whose PMI is still to come. */
	if (g->cpu != -1)
		deliver_pmi();
	fake_irqs_on = false;
	pmu_vcpu_move(&g->v, p, PMU_GONE);
	fake_irqs_on = true;
	unattributed += model_writes - before;
	attributed += p->stat.msr_batch + p->stat.msr_mode +
		      p->stat.msr_switch + p->stat.msr_pmi;
	if (trusted(g)) {
		drain(g);
		for (int i = 0; i < MODEL_SLOTS; i++)
			if (g->records[i] != g->oracle.overflows[i])
				ksft_exit_fail_msg("slot %d: %" PRIu64
						   " records of %" PRIu64
						   " overflows\n", i,
						   g->records[i],
						   g->oracle.overflows[i]);
		if (s->nr_refused != g->refused || s->nr_lost ||
		    s->nr_throttled)
			ksft_exit_fail_msg("statistics of batches are wrong\n");
	}
	discard(g);
}

/* One thing that a guest does on the CPU it runs on. */
static void guest_step(struct guest *g)
{
	drain(g);
	g->v.regs.rip = prng();
	switch (prng_below(10)) {
	case 0:
	case 1:
		publish(g);
		break;
	case 2:
		do_sync(g);
		break;
	case 3:
		edit(g);
		break;
	case 4:
		republish(g);
		break;
	case 5:
		if (prng_below(200) == 0)
			release(g);
		break;
	default:
		if (g->v.arch.flags & TF_kernel_mode) {
			pmu_entry(&g->v); /* an iret within the kernel */
			seen(g);
		}
	}
}

static void step(void)
{
	struct guest *g;

	model_this = prng_below(MODEL_CPUS);
	g = guest_of(current);
	if (!late_pmis || prng_below(2))
		deliver_pmi();
	switch (prng_below(6)) {
	case 0:
		schedule();
		break;
	case 1:
	case 2:
		toggle();
		break;
	case 3:
		if (g && g->page)
			guest_step(g);
		else if (g && g->v.vcpu_id < NR_PV && prng_below(20) == 0)
			attach(g);
		break;
	default:
		execute();
		if (!late_pmis)
			deliver_pmi();
	}
	g = guest_of(current);
	if (g && !g->v.hvm && !pmu_cr4(&g->v) != !g->page)
		ksft_exit_fail_msg("CR4.PCE does not follow the page (R9)\n");
	if (g && g->page)
		drain(g);
	compare();
}

static void power_on(uint64_t seed)
{
	static const struct pmu_cpu zen2 = {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x17,
		.ext_ecx = 1u << 23,
	};

	prng_seed(seed);
	model_this = 0;
	model_reset();
	memset(guest, 0, sizeof(guest));
	memset(pmu_hw, 0, sizeof(pmu_hw));
	memset(lvtpc, 0xff, sizeof(lvtpc));
	now = attributed = unattributed = 0;
	pmu_backend = &pmu_amd_core;
	memset(&pmu_limits, 0, sizeof(pmu_limits));
	pmu_backend->probe(&zen2, &pmu_limits);
	pmu_policy_apply(&pmu_limits, pmu_backend, XEN_PMU_POLICY_ALL);
	pmu_policy = XEN_PMU_POLICY_ALL;
	for (int i = 0; i < MODEL_CPUS; i++) {
		idle[i] = (struct vcpu){ .idle = true, .domain = &dom };
		curr[i] = &idle[i];
	}
	for (int i = 0; i < NR_VCPUS; i++) {
		guest[i].v.vcpu_id = i;
		guest[i].v.domain = &dom;
		guest[i].v.hvm = i == NR_VCPUS - 1;
		guest[i].cpu = -1;
	}
}

static void power_off(void)
{
	for (model_this = 0; model_this < MODEL_CPUS; model_this++) {
		deliver_pmi();
		switch_to(&idle[model_this]);
	}
	for (int i = 0; i < NR_PV; i++)
		if (guest[i].page)
			release(&guest[i]);
}

static void play(uint64_t seed, bool late, bool bad_guest, const char *what)
{
	late_pmis = late;
	hostile = false;
	power_on(seed);
	attach(&guest[HOSTILE]);
	hostile = bad_guest;
	for (long i = 0; i < STEPS; i++)
		step();
	power_off();
	ksft_print_msg("seed %#" PRIx64 ": %" PRIu64 " MSR writes for guests, %"
		       PRIu64 " for others\n", seed, attributed, unattributed);
	/*
	 * Each CPU's six PERF_CTLs are written once without knowing what they
	 * hold, so no more than those may have been equal already.
	 */
	ksft_test_result(attributed + unattributed == model_writes &&
			 attributed > 1000 &&
			 model_equal_ctl <= MODEL_CPUS * MODEL_SLOTS,
			 "%s: exact counts, one record per overflow, every MSR write accounted for\n",
			 what);
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

/*
 * R10: a storm makes PMU_RATE_RECORDS records in a window and no more, of which
 * those that find the ring full are lost; counting goes on; and when the
 * window is over, the guest is told at the next entry even if its counters
 * never overflow again.
 */
static void test_storm(void)
{
	struct guest *g = &guest[0];
	const struct xen_pmu_page *page;
	unsigned int virqs;
	bool ok;

	hostile = late_pmis = false;
	power_on(1);
	attach(g);
	page = g->page;
	now = 10 * PMU_RATE_WINDOW;
	tick = 0;
	model_this = 0;
	switch_to(&g->v);
	for (int i = 0; i < PMU_RATE_RECORDS + 100; i++) {
		publish_storm(g);
		pmu_entry(&g->v);
		model_run(1);
		deliver_pmi();
	}
	ok = page->state.nr_record == XEN_PMU_RECORDS &&
	     page->state.nr_lost == PMU_RATE_RECORDS - XEN_PMU_RECORDS &&
	     page->state.nr_throttled == 100 && page->ring.throttled == 1 &&
	     page->state.nr_pmi == PMU_RATE_RECORDS + 100;
	ok &= model[0].ctr[0] == model_weight(0xc0) - 1;
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
	/* One VIRQ for as many records as the guest has not drained. */
	for (int i = 0; i < 3; i++) {
		publish_storm(g);
		pmu_entry(&g->v);
		model_run(1);
		deliver_pmi();
	}
	ok &= g->v.virqs == virqs + 2 &&
	      page->state.nr_record == XEN_PMU_RECORDS + 3;
	tick = 100000;
	discard(g);
	ksft_test_result(ok, "a storm is throttled, and its end is told (R10)\n");
}

int main(void)
{
	uint64_t fresh = prng_fresh_seed();

	ksft_print_header();
	ksft_set_plan(6);
	test_storm();
	play(1, false, false, "PMIs at once");
	play(2, true, false, "late PMIs");
	play(3, true, true, "a hostile neighbour");
	play(fresh, true, false, "fresh seed");
	play(fresh + 1, true, true, "fresh seed, hostile neighbour");
	ksft_finished();
}
