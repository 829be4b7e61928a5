// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hardware guests: what a record says of the guest, who may execute RDPMC, and when a
 * VIRQ that is raised at an entry reaches the guest (R7, R9).
 *
 * When a PMI has just ended the guest, the saved registers are older than the VMCB.
 * Here they hold garbage, so a record that shows any of them is wrong.  A nested guest
 * that keeps RDPMC after its hypervisor has lost the page would read another domain's
 * counters.  A VIRQ that is raised at an entry waits for the next exit, however far
 * away that is, unless Xen forces an exit.
 */
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"

#include "hypervisor-machine.h"
#include "hvm.h"

#define KERNEL_CS	0x10
#define USER_CS		0x33

static void enter_with_overflow(struct guest *g)
{
	struct xen_pmu_request *r = &g->page->request;

	r->changed = r->run = 1;
	r->slot[0].ctl = 0xc0 | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS | XEN_PMU_CTL_INT;
	r->slot[0].start = MODEL_MASK;
	r->slot[0].gen++;
	r->seq += 2;
	enter_guest(g);
	model_mode = g->vmcb.cpl ? MODEL_GUEST_RING3 : MODEL_GUEST_RING0;
	model_run(1);
	model_mode = MODEL_RING0;
}

static void test_frames(struct guest *g)
{
	static const struct {
		const char *name;
		uint8_t cpl;
		bool iflag, shadow;
		uint32_t flags;
	} row[] = {
		{ "user", 3, true, false, XEN_PMU_REC_USER },
		{ "user at CPL 1", 1, true, false, XEN_PMU_REC_USER },
		{ "kernel", 0, true, false, 0 },
		{ "kernel, masked", 0, false, false, XEN_PMU_REC_MASKED },
		{ "kernel, in the shadow of STI", 0, true, true, XEN_PMU_REC_MASKED },
		{ "user, masked by IOPL 3's CLI", 3, false, false,
		  XEN_PMU_REC_USER | XEN_PMU_REC_MASKED },
	};

	for (int i = 0; i < ARRAY_SIZE(row); i++) {
		uint64_t rflags = 0x46 | (row[i].iflag ? X86_EFLAGS_IF : 0);
		bool masked = row[i].flags & XEN_PMU_REC_MASKED;
		const struct xen_pmu_record *r;

		memset(&g->v.regs, 0xee, sizeof(g->v.regs));
		g->v.regs.rbx = 11;
		g->v.regs.r15 = 15;
		g->vmcb.rip = 0xffffffff81000000 + i;
		g->vmcb.rsp = 0xffffc90000000000 + i;
		g->vmcb.rax = 7000 + i;
		g->vmcb.rflags = rflags;
		g->vmcb.cs.sel = row[i].cpl ? USER_CS : KERNEL_CS;
		g->vmcb.ss.sel = row[i].cpl ? 0x2b : 0x18;
		g->vmcb.cpl = row[i].cpl;
		g->vmcb.int_stat.intr_shadow = row[i].shadow;
		r = &g->page->ring.record[g->page->ring.prod % XEN_PMU_RECORDS];
		enter_with_overflow(g);
		deliver_pmi();
		g->page->consumer.cons = g->page->ring.prod;
		ksft_test_result(r->flags == row[i].flags &&
				 r->ip == g->vmcb.rip && r->sp == g->vmcb.rsp &&
				 r->ax == g->vmcb.rax &&
				 r->rflags == (masked ? 0x46 : rflags) &&
				 r->cs == g->vmcb.cs.sel && r->ss == g->vmcb.ss.sel &&
				 r->bx == 11 && r->r15 == 15 && r->counters == 1 &&
				 r->tsc > FAKE_TSC_OFFSET &&
				 r->seq == g->page->request.seq,
				 "the record of a guest in mode: %s\n", row[i].name);
	}
}

static bool exits(const struct vmcb_struct *vmcb)
{
	return vmcb->general1_intercepts & GENERAL1_INTERCEPT_RDPMC;
}

static void test_rdpmc(struct guest *g)
{
	struct vmcb_struct nested = { .general1_intercepts = 5 };
	struct nestedvcpu *nv = &g->v.arch.hvm.nested;
	bool ok;

	g->vmcb.general1_intercepts = 0x8001;
	g->vmcb.clean = true;
	nv->nv_n1vmcx = &g->vmcb;
	pmu_hvm_allow_rdpmc(&g->v, true);
	ok = g->vmcb.general1_intercepts == 1 && !g->vmcb.clean;
	g->vmcb.clean = true;
	pmu_hvm_allow_rdpmc(&g->v, false);
	ok &= g->vmcb.general1_intercepts == 0x8001 && !g->vmcb.clean;
	ksft_test_result(ok,
			 "RDPMC exits unless the VCPU has a page; a change clears the clean bit\n");

	nested.general1_intercepts |= GENERAL1_INTERCEPT_RDPMC;
	nv->nv_n2vmcx = &nested;
	pmu_hvm_allow_rdpmc(&g->v, true);
	ok = exits(&nested);
	nested.general1_intercepts = 5;
	pmu_hvm_allow_rdpmc(&g->v, false);
	ok &= exits(&nested) && exits(&g->vmcb) && !nested.clean &&
	      nested.general1_intercepts == (5 | GENERAL1_INTERCEPT_RDPMC);
	nv->nv_n1vmcx = nv->nv_n2vmcx = NULL;
	pmu_hvm_allow_rdpmc(&g->v, false); /* there is no VMCB yet: nothing to do */
	ksft_test_result(ok, "a nested guest loses RDPMC with its hypervisor\n");
}

/*
 * A stop finds an overflow whose PMI is still to come, so the entry makes its record.
 * The guest must get the VIRQ before it executes an instruction.
 */
static void test_virq_at_entry(struct guest *g)
{
	unsigned int virqs = g->v.virqs, ipis = self_ipis;
	bool ok;

	enter_with_overflow(g);
	ok = g->v.virqs == virqs && self_ipis == ipis; /* a start raises no VIRQ */
	g->page->request.run = 0;
	g->page->request.seq += 2;
	enter_guest(g);
	ok &= g->v.virqs == virqs + 1 && self_ipis == ipis + 1;
	deliver_pmi();
	enter_guest(g);
	ok &= g->v.virqs == virqs + 1 && self_ipis == ipis + 1;
	ksft_test_result(ok,
			 "a VIRQ that an entry raises makes the guest exit at once; other entries do not\n");
}

int main(void)
{
	struct guest *g = &guest[NR_PV];

	ksft_print_header();
	ksft_set_plan(9);
	power_on(MODEL_CORE, 1);
	switch_to(&g->v);
	attach(g);
	test_frames(g);
	test_rdpmc(g);
	test_virq_at_entry(g);
	discard(g);
	ksft_finished();
}
