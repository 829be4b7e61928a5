// SPDX-License-Identifier: GPL-2.0-only
/* What the machine's guests do with their pages, allowed and forbidden. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"

#include "hypervisor-machine.h"
#include "hypervisor-prng.h"

/* The guest's overflow handler: takes all records out of the ring. */
void drain(struct guest *g)
{
	struct xen_pmu_ring *ring = &g->page->ring;

	if (!trusted(g)) {
		/* The guest may have written any cons: start over. */
		g->page->consumer.cons = ring->prod;
		return;
	}
	if (g->page->consumer.cons != ring->prod && g->v.virqs == g->virqs &&
	    !g->v.arch.nmi_pending)
		ksft_exit_fail_msg("a record is in the ring, and the guest was not told\n");
	if (g->v.arch.nmi_pending && (g->v.hvm || !g->trap[X86_EXC_NMI].address))
		ksft_exit_fail_msg("an NMI for a guest that cannot take one\n");
	g->v.arch.nmi_pending = false;
	g->virqs = g->v.virqs;
	while (g->page->consumer.cons != ring->prod) {
		uint32_t i = g->page->consumer.cons++ % XEN_PMU_RECORDS;
		const struct xen_pmu_record *r = &ring->record[i];

		for (int s = 0; s < model_slots; s++)
			g->records[s] += r->counters >> s & 1;
		if (r->counters >> model_slots || !r->counters ||
		    r->ip != g->ip)
			ksft_exit_fail_msg("a record is wrong\n");
	}
}

static uint64_t some_ctl(void)
{
	static const uint64_t modes[] = {
		XEN_PMU_CTL_USR, XEN_PMU_CTL_OS, XEN_PMU_CTL_USR | XEN_PMU_CTL_OS
	};

	return (0xc0 + prng_below(4)) | modes[prng_below(3)] |
	       (prng_below(4) ? XEN_PMU_CTL_INT : 0);
}

/* Often near an overflow; sometimes just above zero, or near half the range. */
static uint64_t some_start(void)
{
	int64_t start = prng_below(4) ? -(int64_t)prng_below(400)
				      : (int64_t)prng_below(400);

	if (prng_below(16) == 0)
		start ^= 1ULL << 46;
	return start & MODEL_MASK;
}

static void make_wrong(struct xen_pmu_request *r)
{
	switch (prng_below(5)) {
	case 0:
		r->run |= 1ULL << (model_slots + prng_below(64 - model_slots));
		break;
	case 1:
		r->changed |= 1ULL << (model_slots + prng_below(64 - model_slots));
		break;
	case 2:
		r->rsvd[prng_below(5)] = 1;
		break;
	case 3:
		r->flags |= (XEN_PMU_FLAGS + 1) << prng_below(28);
		break;
	default:
		r->changed |= 1;
		r->slot[0].ctl |= XEN_PMU_CTL_EN;
	}
}

/*
 * Publishes a batch as pmu_page.h says.  A slot stays in "changed" until a batch with
 * it was applied; here every slot always stays.
 */
static void publish(struct guest *g)
{
	struct xen_pmu_request r = g->page->request;

	if (!g->next_valid && !g->has_next)
		memset(&r, 0, sizeof(r)); /* after a refused batch */
	r.flags &= XEN_PMU_FLAGS;
	memset(r.rsvd, 0, sizeof(r.rsvd));
	r.changed = (1ULL << model_slots) - 1;
	r.run = 0;
	for (int i = 0; i < model_slots; i++) {
		struct xen_pmu_slot *s = &r.slot[i];

		if (!(s->ctl & 3 << 16) || prng_below(4) == 0)
			s->ctl = some_ctl();
		s->ctl &= ~XEN_PMU_CTL_EN;
		if (prng_below(3) == 0 || s->start > MODEL_MASK) {
			s->start = some_start();
			s->gen = ++g->gen;
		}
		if (prng_below(3) == 0)
			s->period = prng_below(3) ? 1 + prng_below(500) : 0;
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

static uint32_t some_flag(void)
{
	static const uint32_t flags[] = {
		XEN_PMU_FLAG_USER_RDPMC, XEN_PMU_FLAG_SELDOM_RDPMC,
		XEN_PMU_FLAG_SELDOM_RDPMC, XEN_PMU_FLAG_TELL_RDPMC,
		XEN_PMU_FLAG_NMI,
	};

	return flags[prng_below(5)];
}

/* While the guest edits, seq is odd and Xen must do nothing. */
static void edit(struct guest *g)
{
	uint32_t seq = g->page->request.seq;

	g->page->request.seq = seq | 1;
	g->page->request.flags ^= prng_below(2) ? some_flag() : 0;
	enter_guest(g);
	g->page->request.seq = seq;
	seen_flags(g);
}

/*
 * Takes back the batch that Xen has not looked at: seq goes back to that of the batch
 * judged last, if that one was applied.  The next batch has the same seq again.
 */
static void take_back(struct guest *g)
{
	const struct xen_pmu_state *state = &g->page->state;
	unsigned long before = model_writes;

	if (!g->has_next || !trusted(g) ||
	    (int32_t)(state->refused - state->applied) > 0)
		return;
	g->page->request.seq = g->seq = state->applied;
	g->has_next = g->next_valid = false;
	enter_guest(g);
	seen(g);
	if (model_writes != before || state->applied != g->seq)
		ksft_exit_fail_msg("Xen has seen a batch that was taken back\n");
}

/* Changes a flag alone, as for another process.  A flag is not part of a batch. */
static void change_flag(struct guest *g)
{
	unsigned long before = model_writes;

	if (g->has_next || !trusted(g))
		return;
	g->page->request.flags ^= some_flag();
	enter_guest(g);
	seen(g);
	if (model_writes != before)
		ksft_exit_fail_msg("a change of a flag wrote MSRs\n");
}

static void do_sync(struct guest *g)
{
	struct pmu_vcpu *p = pmu_of(&g->v);
	int rc;

	fake_irqs_on = false;
	g->may = true;
	rc = pmu_vcpu_sync(&g->v, p);
	fake_irqs_on = true;
	seen(g);
	if (trusted(g) && (rc == 0) != (g->page->state.applied == g->seq))
		ksft_exit_fail_msg("the result of sync contradicts state.applied\n");
}

static void republish(struct guest *g)
{
	unsigned long before = model_writes;

	if (g->has_next || !g->next_valid || !trusted(g))
		return;
	g->page->request.seq = g->next.seq = g->seq += 2;
	g->has_next = true;
	enter_guest(g);
	seen(g);
	if (model_writes != before)
		ksft_exit_fail_msg("a batch without a change wrote %lu MSRs (R6)\n",
				   model_writes - before);
}

void attach(struct guest *g)
{
	struct pmu_vcpu *p = calloc(1, sizeof(*p));

	g->page = calloc(1, XEN_PMU_PAGE_SIZE);
	memset(&g->oracle, 0, sizeof(g->oracle));
	memset(&g->next, 0, sizeof(g->next));
	memset(g->records, 0, sizeof(g->records));
	g->seq = g->applied = g->gen = g->refused = 0;
	g->has_next = false;
	g->flags = 0;
	g->may = true;
	g->told = g->virqs = g->v.virqs;
	g->next_valid = true;
	p->hot.magic = PMU_VCPU_MAGIC;
	p->hot.version = PMU_VCPU_VERSION;
	p->state = PMU_OUT;
	p->page = g->page;
	pmu_core_init(&p->core, pmu_backend, &pmu_limits);
	p->core.hvm = g->v.hvm;
	p->rdpmc = true;
	pmu_quiet(p);
	g->v.arch.vpmu.xenpmu_data = g->page;
	g->v.arch.vpmu.priv_context = p;
	if (g->cpu != -1) {
		fake_irqs_on = false;
		pmu_vcpu_in(&g->v, p);
		fake_irqs_on = true;
	}
}

void discard(struct guest *g)
{
	free(g->v.arch.vpmu.priv_context);
	free(g->page);
	g->v.arch.vpmu.xenpmu_data = g->v.arch.vpmu.priv_context = NULL;
	if (g->cpu != -1)
		write_cr4(pmu_cr4(&g->v)); /* as pmu_detach() does */
	g->page = NULL;
	g->has_next = false;
}

/* Detach of the current VCPU, or destruction of a VCPU that does not run. */
void release(struct guest *g)
{
	struct pmu_vcpu *p = pmu_of(&g->v);
	const struct xen_pmu_state *s = &g->page->state;
	unsigned long before;

	/* A detach forgets an overflow whose PMI is late, so the PMI comes first. */
	if (g->cpu != -1)
		deliver_pmi();
	before = model_writes;
	fake_irqs_on = false;
	pmu_vcpu_move(&g->v, p, PMU_GONE);
	fake_irqs_on = true;
	unattributed += model_writes - before;
	attributed += p->stat.msr_batch + p->stat.msr_mode +
		      p->stat.msr_switch + p->stat.msr_pmi;
	if (trusted(g)) {
		drain(g);
		for (int i = 0; i < model_slots; i++)
			if (g->records[i] != g->oracle.overflows[i])
				ksft_exit_fail_msg("slot %d: %" PRIu64
						   " records of %" PRIu64
						   " overflows\n", i,
						   g->records[i],
						   g->oracle.overflows[i]);
		if (s->nr_refused != g->refused || s->nr_lost ||
		    s->nr_throttled)
			ksft_exit_fail_msg("the statistics of batches or records are wrong\n");
	}
	discard(g);
}

/* One random action of a guest on the CPU where it runs. */
void guest_step(struct guest *g)
{
	drain(g);
	g->ip = prng();
	/* The registers of an HVM guest are in its VMCB, not on the stack. */
	g->v.regs.rip = g->v.hvm ? prng() : g->ip;
	g->vmcb.rip = g->ip;
	switch (prng_below(11)) {
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
	case 6:
		change_flag(g);
		break;
	case 7:
		take_back(g);
		break;
	default:
		if (g->v.hvm || g->v.arch.flags & TF_kernel_mode) {
			enter_guest(g); /* PV: an iret within the kernel */
			seen(g);
		}
	}
}
