// SPDX-License-Identifier: GPL-2.0-only
/*
 * Turning the interface on, on CPUs that are not what CPUID says (R9, R10, R13).
 *
 * A guest can cause WRMSRs whose fault would end Xen.  And a bit that a CPU drops
 * silently makes a wrong count.  So each row here is a CPU, or a hypervisor below Xen,
 * with one fault, and says what must be left of the interface.  Guests then use
 * everything that they are promised, and the model ends the test at a #GP and at a lost
 * bit.
 *
 * The other tests are about CPUs that come up later and can do less than the boot CPU,
 * about the order of a late start's steps, and about what a late start takes from the
 * hardware guests that exist already.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"

#include "hypervisor-machine.h"
#include "hypervisor-prng.h"
#include "hvm.h"

#define HG_ONLY		(3ULL << 40)
#define SELECT_HIGH	(0xfULL << 32)
#define PRECISE		(1ULL << 43)	/* of PERF_CTL2 */
#define FREEZE		(1ULL << 12)	/* of DEBUGCTL */
#define FROZEN		(1ULL << 59)	/* of the global status */

/* The machine before pmu_start(). */
static void cold(enum model_kind kind)
{
	power_on(kind, 1);
	model_reset(kind);
	memset(pmu_hw, 0, sizeof(pmu_hw));
	pmu_policy = XEN_PMU_POLICY_OFF;
	pmu_backend = NULL;
	pmu_debugctl_denied = 0;
	vpmu_mode = XENPMU_MODE_OFF;
	fake_owner = PMU_OWNER_NONE;
	barred = -1;
}

static void spoil(const struct model_faults *faults)
{
	for (int i = 0; i < MODEL_CPUS; i++)
		model[i].faults = *faults;
}

/*
 * A batch of every slot with every bit that the page promises, for one mode.  Two bits
 * are left out: one would select a north bridge event, the other Merge.
 */
static void use_all(struct guest *g, uint64_t mode)
{
	struct xen_pmu_request *r = &g->page->request;
	uint64_t ctl = pmu_limits.ctl_mask &
		       ~(XEN_PMU_CTL_USR | XEN_PMU_CTL_OS) & ~0x21ULL;

	r->changed = r->run = (1 << model_slots) - 1;
	for (int i = 0; i < model_slots; i++) {
		r->slot[i].ctl = ctl | mode;
		if (pmu_limits.precise_slots >> i & 1)
			r->slot[i].ctl |= pmu_limits.precise_mask;
		r->slot[i].start = MODEL_MASK - 5 * i;
		r->slot[i].gen++;
	}
	r->seq += 2;
	enter_guest(g);
	if (g->page->state.applied != r->seq)
		ksft_exit_fail_msg("a batch with only promised bits is refused: error %u\n",
				   g->page->state.error);
	/* What these bits count is not tested here. */
	r->run = 0;
	r->seq += 2;
	enter_guest(g);
}

static void use(struct guest *g)
{
	for (model_this = 0; model_this < MODEL_CPUS; model_this++) {
		switch_to(&g->v);
		if (!g->page)
			attach(g);
		use_all(g, XEN_PMU_CTL_USR);
		use_all(g, XEN_PMU_CTL_OS);
		use_all(g, XEN_PMU_CTL_USR | XEN_PMU_CTL_OS);
		switch_to(&guest[NR_ATTACH].v);	/* a VCPU without a page */
		switch_to(&guest[NR_ATTACH + 1].v);
	}
	model_this = 0;
	discard(g);
}

static const struct {
	const char *name;
	struct model_faults faults;
	uint64_t lost;		/* bits that ctl_mask lacks */
	bool off, no_hvm;
} row[] = {
	{ "as CPUID says", { 0 }, 0, false, false },
	/* KVM before Linux 5.18, and before 5.16 */
	{ "bits 41:36 are #GP", { .gp_bits = 0x3fULL << 36 }, 0, false, true },
	{ "bits 41:32 are #GP", { .gp_bits = 0x3ffULL << 32 },
	  SELECT_HIGH, false, true },
	/* KVM from Linux 5.18 on */
	{ "bits 41:40 are lost", { .lost_bits = HG_ONLY }, 0, false, true },
	{ "bits 35:32 are lost", { .lost_bits = SELECT_HIGH },
	  SELECT_HIGH, false, false },
	{ "edge is #GP, inversion lost", { .gp_bits = XEN_PMU_CTL_EDGE,
	  .lost_bits = XEN_PMU_CTL_INV },
	  XEN_PMU_CTL_EDGE | XEN_PMU_CTL_INV, false, false },
	{ "GuestOnly counts Xen, too", { .host_too = true }, 0, false, true },
	{ "USR counts Xen, too", { .usr_too = true }, 0, true, false },
	{ "nothing counts", { .dead = true }, 0, true, false },
	{ "the interrupt bit is lost", { .lost_bits = XEN_PMU_CTL_INT }, 0, true, false },
	{ "the unit mask is #GP", { .gp_bits = 0xff00 }, 0, true, false },
	{ "the last counter does not exist", { .gp_slot = 6 }, 0, true, false },
	{ "the first counter does not exist", { .gp_slot = 1 }, 0, true, false },
	{ "counters of 40 bits", { .lost_value = 0xffULL << 40 }, 0, true, false },
	{ "counters of 47 bits", { .lost_value = 1ULL << 47 }, 0, true, false },
	{ "a bit of the counters stays zero", { .lost_value = 1ULL << 20 },
	  0, true, false },
};

static void test_faults(enum model_kind kind)
{
	for (int i = 0; i < ARRAY_SIZE(row); i++) {
		struct pmu_limits full;
		uint64_t lost = row[i].lost;
		bool ok;
		int rc;

		cold(kind);
		model_backend(&full);
		spoil(&row[i].faults);
		if (row[i].faults.gp_slot == 6 && model_slots < 6)
			model[0].faults.gp_slot = 4;
		rc = pmu_start(XEN_PMU_POLICY_ALL);
		if (row[i].off) {
			ok = rc == -ENODEV && !pmu_active() && !pmu_backend &&
			     vpmu_mode == XENPMU_MODE_OFF &&
			     fake_owner == PMU_OWNER_NONE;
			for (int s = 0; s < model_slots; s++)
				ok &= !model_enabled(s) ||
				      row[i].faults.gp_slot;
		} else {
			ok = !rc && pmu_limits.ctl_mask == (full.ctl_mask & ~lost) &&
			     pmu_limits.event_mask == (full.event_mask & ~lost) &&
			     pmu_hvm_supported() == !row[i].no_hvm;
			use(&guest[0]);
			if (!row[i].no_hvm)
				use(&guest[NR_PV]);
		}
		ksft_test_result(ok, "%s: %s\n", model_name(), row[i].name);
	}
}

/* The policy allows an event, but the CPU lacks a bit that selects it. */
static void test_allowed(void)
{
	const struct model_faults high = { .gp_bits = SELECT_HIGH };
	bool ok;

	cold(MODEL_CORE);
	spoil(&high);
	ok = !pmu_start(XEN_PMU_POLICY_IPC) && pmu_limits.nr_allowed == 2 &&
	     pmu_limits.allowed[0] == 0xc0 && pmu_limits.allowed[1] == 0x76;
	ksft_test_result(ok, "no policy allows an event that the CPU has no bits for\n");
}

/*
 * PerfMonV2 whose status cannot be cleared.  The core counters must be used instead,
 * with the global control as after RESET.
 */
static void test_fallback(void)
{
	const struct model_faults status = { .gp_status = FROZEN };
	bool ok;

	cold(MODEL_V2);
	spoil(&status);
	for (int i = 0; i < MODEL_CPUS; i++)
		model[i].global_ctl = 0; /* an earlier kernel's */
	ok = !pmu_start(XEN_PMU_POLICY_ALL) && pmu_backend == &pmu_amd_core;
	for (int i = 0; i < MODEL_CPUS; i++)
		ok &= pmu_hw[i].trial == PMU_CPU_GOOD && model[i].global_ctl == 0x3f;
	use(&guest[0]);
	ksft_test_result(ok, "a PerfMonV2 that fails its trial is driven as core counters\n");
}

/*
 * Counters that can freeze, as CPUID says.  If the status cannot be cleared, Xen cannot
 * make them count again, so it is even more important that no guest freezes them.
 * Firmware may have set the bit in the host's own DEBUGCTL, which Xen must clear.
 */
static void test_freezes(void)
{
	static const struct model_faults row[] = {
		{ 0 }, { .gp_status = FROZEN }, { .no_debugctl = true },
	};
	const struct pmu_cpu cpu = {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x19,
		.ext_ecx = 1u << 23, .perfmon_eax = 5, .perfmon_ebx = 6,
	};
	struct guest *g = &guest[0];

	for (int i = 0; i < ARRAY_SIZE(row); i++) {
		bool ok;

		cold(MODEL_V2);
		model_cpuid(&cpu);
		spoil(&row[i]);
		for (int c = 0; c < MODEL_CPUS; c++)
			model[c].debugctl = FREEZE | 1;
		ok = !pmu_start(XEN_PMU_POLICY_ALL) &&
		     pmu_debugctl_denied == FREEZE &&
		     pmu_limits.thaws == !row[i].gp_status;
		for (int c = 0; c < MODEL_CPUS; c++)
			ok &= pmu_hw[c].trial == PMU_CPU_GOOD &&
			      model[c].debugctl ==
			      (row[i].no_debugctl ? FREEZE | 1 : 1);
		model[0].debugctl &= ~FREEZE;
		use(g);
		ksft_test_result(ok,
				 "a CPU whose counters can freeze, %s: no guest may freeze them\n",
				 row[i].gp_status ? "with a status that Xen cannot clear" :
				 row[i].no_debugctl ? "with a DEBUGCTL that is #GP" :
				 "with a status that Xen can clear");
	}
}

/* Counters with RDPMC numbers from 6 on: no guest may read what was left there (R9). */
static void test_others(void)
{
	struct pmu_cpu cpu = {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x19,
		.ext_ecx = 1u << 23 | 1u << 24 | 1u << 28,
		.perfmon_eax = 1, .perfmon_ebx = 6 | 4 << 10,
	};
	bool ok;

	cold(MODEL_V2);
	model_cpuid(&cpu);
	ok = !pmu_start(XEN_PMU_POLICY_ALL);
	model_this = 1;
	lose_cpu();
	model_this = 0;
	for (int c = 0; c < MODEL_CPUS; c++) {
		for (int i = 0; i < MODEL_NB; i++)
			ok &= !model[c].nb[i][0] && !model[c].nb[i][1];
		for (int i = 0; i < MODEL_LLC; i++)
			ok &= !model[c].llc[i][0] && !model[c].llc[i][1];
	}
	/* With four core counters in CPUID, the last two of six are others. */
	cold(MODEL_V2);
	cpu.perfmon_ebx = 4;
	model_cpuid(&cpu);
	ok &= !pmu_start(XEN_PMU_POLICY_ALL) && pmu_limits.nr_gp == 4;
	for (int c = 0; c < MODEL_CPUS; c++)
		ok &= !model[c].ctl[5] && !model[c].ctr[5] && !model[c].ctr[4];
	ksft_test_result(ok,
			 "the counters that RDPMC reaches beyond the slots are zero on every CPU (R9)\n");
}

/*
 * CPUID while a PV guest's masks are loaded.  On CPUs that have such masks, they hide
 * from Xen, too, the bits that announce counters: at a late start, and when the boot
 * CPU is tried again after a suspend.
 */
static void test_levelled(void)
{
	const struct pmu_cpu cpu = {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x19,
		.ext_ecx = 1u << 23 | 1u << 24 | 1u << 28,
		.perfmon_eax = 1, .perfmon_ebx = 6 | 4 << 10,
	};
	struct guest *g = &guest[0];
	bool ok;

	cold(MODEL_V2);
	model_cpuid(&cpu);
	model_levelled = cpu.ext_ecx;
	ok = !pmu_start(XEN_PMU_POLICY_ALL) && pmu_backend == &pmu_amd_v2;
	lose_cpu();
	attach(g);
	switch_to(&g->v);
	for (int i = 0; i < MODEL_NB; i++)
		ok &= !model[0].nb[i][0] && !model[0].nb[i][1];
	for (int i = 0; i < MODEL_LLC; i++)
		ok &= !model[0].llc[i][0] && !model[0].llc[i][1];
	discard(g);
	ksft_test_result(ok, "Xen finds counters that the CPUID of a PV guest hides\n");
}

/*
 * A bit that only one counter has.  It is offered for that counter if CPUID has it and
 * the bit can be set, and is refused for the others.
 */
static void test_precise(void)
{
	static const struct model_faults none, gone = { .lost_bits = PRECISE };
	struct pmu_cpu cpu = {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x1a,
		.ext_ecx = 1u << 23, .perfmon_eax = 1, .perfmon_ebx = 6,
	};
	struct guest *g = &guest[NR_PV];
	bool ok = true;

	for (int i = 0; i < 3; i++) {	/* not in CPUID; works; only in CPUID */
		bool there = i == 1;

		cold(MODEL_V2);
		cpu.ext21_eax = i ? 1u << 12 : 0;
		model_cpuid(&cpu);
		spoil(i == 2 ? &gone : &none);
		ok &= !pmu_start(XEN_PMU_POLICY_IPC);
		ok &= pmu_limits.precise_mask == (there ? PRECISE : 0) &&
		      pmu_limits.precise_slots == (there ? 1 << 2 : 0) &&
		      !(pmu_limits.ctl_mask & PRECISE);
		attach(g);
		switch_to(&g->v);
		for (int slot = 1; slot < 4; slot++) {
			struct xen_pmu_request *r = &g->page->request;

			memset(r->slot, 0, sizeof(r->slot));
			r->changed = r->run = 1 << slot;
			r->slot[slot].ctl = 0xc0 | XEN_PMU_CTL_USR | PRECISE;
			r->seq += 2;
			enter_guest(g);
			ok &= (g->page->state.applied == r->seq) ==
			      (there && slot == 2);
		}
		ok &= !there || model[0].ctl[2] & PRECISE;
		switch_to(&guest[NR_ATTACH].v);
		discard(g);
	}
	ksft_test_result(ok, "PreciseRetire is offered for the one counter that has it\n");
}

/* A CPU that comes up and can do less is barred; the log says so once. */
static void test_barred(void)
{
	const struct model_faults less = { .gp_bits = SELECT_HIGH }, none = { 0 };
	struct guest *g = &guest[0];
	unsigned int lines;
	uint64_t count;
	bool ok;

	cold(MODEL_CORE);
	ok = !pmu_start(XEN_PMU_POLICY_ALL) && pmu_hw[1].trial == PMU_CPU_GOOD;
	lines = fake_lines;
	model[1].faults = less;
	model_this = 1;
	lose_cpu();
	ok &= pmu_hw[1].trial == PMU_CPU_BARRED && fake_lines == lines;
	run_tasklets();
	ok &= fake_lines == lines + 1;

	/* A VCPU counts on CPU 0, stands still on CPU 1, and counts on CPU 0 again. */
	model_this = 0;
	attach(g);
	switch_to(&g->v);
	g->page->request.changed = g->page->request.run = 1;
	g->page->request.slot[0].ctl = 0xc0 | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS;
	g->page->request.seq = 2;
	enter_guest(g);
	model_run(10);
	count = model[0].ctr[0];
	ok &= count == 10 * model_weight(0xc0);
	switch_to(&guest[NR_ATTACH].v);
	model_this = 1;
	model_writes = 0;
	switch_to(&g->v);
	model_run(1000);
	toggle();
	toggle();
	ok &= model[1].ctr[0] == count;	/* RDPMC agrees (R8) */
	g->page->request.slot[1] = g->page->request.slot[0];
	g->page->request.slot[1].start = 77;
	g->page->request.slot[1].gen++;
	g->page->request.changed = g->page->request.run = 3;
	g->page->request.seq = 4;
	enter_guest(g);
	ok &= g->page->state.applied == 4 && model[1].ctr[1] == 77;
	model_run(1000);
	ok &= model[1].ctr[0] == count && model[1].ctr[1] == 77 && !model_writes;
	switch_to(&guest[NR_ATTACH + 1].v);
	model_this = 0;
	switch_to(&g->v);
	model_run(1);
	ok &= model[0].ctr[0] == count + model_weight(0xc0) &&
	      model[0].ctr[1] == 77 + model_weight(0xc0);

	/* A detach on the barred CPU. */
	switch_to(&guest[NR_ATTACH].v);
	model_this = 1;
	switch_to(&g->v);
	discard(g);
	switch_to(&guest[NR_ATTACH + 1].v);
	lose_cpu();
	run_tasklets();
	ok &= fake_lines == lines + 1;
	model[1].faults = none;
	lose_cpu();
	ok &= pmu_hw[1].trial == PMU_CPU_GOOD;
	model_this = 0;
	ksft_test_result(ok,
			 "a CPU that can do less is barred, and counts stand still there (R13)\n");
}

static bool rdpmc_exits(const struct guest *g)
{
	return g->vmcb.general1_intercepts & GENERAL1_INTERCEPT_RDPMC;
}

static void move_to(struct guest *g, unsigned int cpu)
{
	switch_to(&guest[NR_ATTACH + model_this].v);
	model_this = cpu;
	switch_to(&g->v);
}

/* A PV guest on a barred CPU: does RDPMC fault as it must, and is its batch applied? */
static bool pv_is_blind(struct guest *g, bool blind)
{
	struct xen_pmu_request *r = &g->page->request;
	bool ok;

	if (!(g->v.arch.flags & TF_kernel_mode))
		toggle();
	r->flags = XEN_PMU_FLAG_USER_RDPMC;
	r->slot[0].ctl = 0xc0 | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS;
	r->slot[0].gen++;
	r->changed = r->run = 1;
	r->seq += 2;
	enter_guest(g);
	ok = g->page->state.applied == r->seq &&
	     g->page->state.rdpmc == !blind && !(read_cr4() & X86_CR4_PCE) == blind;
	fake_irqs_on = false;
	ok &= !pmu_vcpu_sync(&g->v, pmu_of(&g->v));
	fake_irqs_on = true;
	ok &= g->page->state.rdpmc == !blind && !(read_cr4() & X86_CR4_PCE) == blind;
	toggle();
	ok &= !(read_cr4() & X86_CR4_PCE) == blind &&
	      !pmu_cr4(&g->v) == blind;
	r->flags = 0;
	return ok;
}

/*
 * If the counters of a barred CPU cannot be stopped or do not keep what is written to
 * them, RDPMC would show wrong values, perhaps another guest's.  It must fault there.
 * On other barred CPUs RDPMC shows what was counted before.
 */
static void test_blind(void)
{
	static const struct {
		const char *name;
		struct model_faults faults;
		bool blind;
	} cpu[] = {
		{ "loses bits of counters", { .lost_value = 1ULL << 20 }, true },
		{ "lacks a counter", { .gp_slot = 2 }, true },
		{ "cannot stop a counter", { .stuck_bits = XEN_PMU_CTL_EN }, true },
		{ "raises no interrupts", { .lost_bits = XEN_PMU_CTL_INT }, false },
		{ "counts nothing", { .dead = true }, false },
	};
	struct guest *pv = &guest[0], *hvm = &guest[NR_PV];

	for (int i = 0; i < ARRAY_SIZE(cpu); i++) {
		bool blind = cpu[i].blind, ok;

		cold(MODEL_CORE);
		model[1].faults = cpu[i].faults;
		ok = !pmu_start(XEN_PMU_POLICY_ALL) &&
		     pmu_hw[1].trial != PMU_CPU_GOOD;
		run_tasklets();
		attach(pv);
		move_to(pv, 1);
		ok &= pv_is_blind(pv, blind);
		move_to(pv, 0);
		ok &= pv_is_blind(pv, false);

		hvm->v.arch.hvm.nested.nv_n1vmcx = &hvm->vmcb;
		attach(hvm);
		pmu_hvm_allow_rdpmc(&hvm->v, true);	/* as pmu_attach() does */
		move_to(hvm, 1);
		ok &= rdpmc_exits(hvm) == blind &&
		      hvm->page->state.rdpmc == !blind;
		move_to(hvm, 0);
		ok &= !rdpmc_exits(hvm) && hvm->page->state.rdpmc;
		move_to(hvm, 1);
		release(hvm);
		ok &= rdpmc_exits(hvm) || !blind;	/* pmu_detach() does the rest */
		move_to(pv, 1);
		discard(pv);
		switch_to(&guest[NR_ATTACH + 1].v);
		model_this = 0;
		ksft_test_result(ok, "RDPMC %s on a CPU that %s (R9)\n",
				 blind ? "faults" : "shows what was counted before",
				 cpu[i].name);
	}
}

/*
 * Suspend: the boot CPU's MSRs are lost, and SVM is not on again yet.  The values must
 * come back, and none of them may be taken for an overflow.
 */
static void test_suspend(enum model_kind kind)
{
	struct guest *g = &guest[0];
	uint64_t before;
	bool ok;

	cold(kind);
	ok = !pmu_start(XEN_PMU_POLICY_ALL);
	attach(g);
	switch_to(&g->v);
	g->page->request.changed = g->page->request.run = 1;
	g->page->request.slot[0].ctl = 0xc0 | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS |
				       XEN_PMU_CTL_INT;
	g->page->request.slot[0].start = 1000;
	g->page->request.slot[0].gen = 1;
	g->page->request.seq = 2;
	enter_guest(g);
	model_run(10);
	before = model[0].ctr[0];
	pmu_save(&g->v);	/* to the idle VCPU */
	lose_cpu();
	pmu_load(&g->v);
	ok &= model[0].ctr[0] == before && model_enabled(0);
	model_run(10);
	pmu_save(&g->v);
	pmu_load(&g->v);
	ok &= model[0].ctr[0] == before + 10 * model_weight(0xc0) &&
	      !g->page->state.nr_record;
	discard(g);
	ksft_test_result(ok, "%s: a suspend loses no count and makes no overflow\n",
			 model_name());
}

/* Another user has the counters, or the policy does not exist. */
static void test_excluded(void)
{
	bool ok;

	cold(MODEL_CORE);
	ok = pmu_start(XEN_PMU_POLICY_OFF) == -EINVAL &&
	     pmu_start(XEN_PMU_POLICY_ALL + 1) == -EINVAL;
	nmi_watchdog = NMI_LOCAL_APIC;
	ok &= pmu_start(XEN_PMU_POLICY_ALL) == -EADDRINUSE;
	nmi_watchdog = NMI_NONE;
	fake_owner = PMU_OWNER_XENOPROF;
	ok &= pmu_start(XEN_PMU_POLICY_ALL) == -EAGAIN &&
	      fake_owner == PMU_OWNER_XENOPROF;
	fake_owner = PMU_OWNER_NONE;
	vpmu_mode = XENPMU_MODE_HV;
	ok &= pmu_start(XEN_PMU_POLICY_ALL) == -EBUSY;
	vpmu_mode = XENPMU_MODE_OFF;
	/* dom0 has switched the legacy vPMU off.  Its data is still in the VCPUs. */
	opt_vpmu_enabled = true;
	ok &= pmu_start(XEN_PMU_POLICY_ALL) == -EBUSY;
	opt_vpmu_enabled = false;
	/* None of these failed starts has written to a counter. */
	for (int i = 0; i < model_slots; i++)
		ok &= model[0].ctr[i] == MODEL_POWER_ON;
	ok &= !pmu_start(XEN_PMU_POLICY_ALL) && fake_owner == PMU_OWNER_HVM;
	ok &= pmu_start(XEN_PMU_POLICY_ALL) == -EBUSY;
	ksft_test_result(ok,
			 "no start while the watchdog, xenoprof or the legacy vPMU has counters\n");
}

/*
 * Called while a late start has paused a domain.  At that moment the hooks of VCPU
 * switches must run, and no guest may attach.
 */
static bool tamed_in_time;

static void look_at_order(struct domain *d)
{
	tamed_in_time &= d->paused == 1 && vpmu_mode == XENPMU_MODE_HV &&
			 pmu_claimed() && !pmu_active();
}

/*
 * A late start pauses hardware guests and waits for their VCPUs.  In a VCPU's
 * hypercall, two VCPUs could wait for each other.  So it must not begin there.
 */
static void test_late_in_guest(void)
{
	struct domain hvm = { .hvm = true, .vcpu = &guest[NR_PV].v };
	bool ok;

	cold(MODEL_CORE);
	switch_to(&guest[NR_PV + 1].v);
	fake_domains = &hvm;
	ok = pmu_start(XEN_PMU_POLICY_ALL) == -EDEADLK && !pmu_backend &&
	     vpmu_mode == XENPMU_MODE_OFF && fake_owner == PMU_OWNER_NONE &&
	     model[0].ctr[0] == MODEL_POWER_ON && !hvm.paused;
	fake_domains = NULL;
	ksft_test_result(ok,
			 "a late start in a VCPU's hypercall fails, changes nothing and waits for no domain\n");
}

static void test_late(void)
{
	const struct pmu_cpu cpu = {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x19,
		.ext_ecx = 1u << 23, .perfmon_eax = 5, .perfmon_ebx = 6,
	};
	struct vmcb_struct nested = { .debugctl = FREEZE | 1,
		.virt_ext.bytes = 0xf };
	struct guest *g = &guest[NR_PV], *unborn = &guest[NR_PV + 1];
	struct domain pv = { .hvm = false }, hvm = { .hvm = true, .next = &pv };
	bool ok, left_alone;

	cold(MODEL_V2);
	model_cpuid(&cpu);
	/* While the interface is off, Xen decides. */
	left_alone = pmu_nested_virt_ext(0xf) == 0xf;
	g->vmcb.debugctl = FREEZE | 3;
	g->v.arch.hvm.nested.nv_n1vmcx = &g->vmcb;
	g->v.arch.hvm.nested.nv_n2vmcx = &nested;
	hvm.vcpu = &g->v;
	g->v.next = &unborn->v;	/* has no VMCB yet */
	pv.vcpu = &guest[0].v;
	fake_domains = &hvm;
	tamed_in_time = true;
	fake_unpaused = look_at_order;
	ok = !pmu_start(XEN_PMU_POLICY_ALL) && tamed_in_time && left_alone;
	fake_unpaused = NULL;
	fake_domains = NULL;
	ok &= g->vmcb.general1_intercepts & GENERAL1_INTERCEPT_RDPMC &&
	      nested.general1_intercepts & GENERAL1_INTERCEPT_RDPMC;
	ok &= g->vmcb.debugctl == 3 && nested.debugctl == 1 &&
	      g->v.intercepted == MSR_IA32_DEBUGCTLMSR && !hvm.paused;
	/* VMRUN no longer swaps counters for a nested guest, and never will again. */
	ok &= nested.virt_ext.bytes == 3 && pmu_nested_virt_ext(-1ULL) == 3;
	ok &= pmu_limits.freezes && pmu_debugctl_denied == FREEZE;
	for (int i = 0; i < MODEL_CPUS; i++)
		ok &= pmu_hw[i].trial == PMU_CPU_GOOD;
	ksft_test_result(ok,
			 "a late start makes RDPMC exit and closes DEBUGCTL before guests may attach\n");

	/* If nothing can freeze, DEBUGCTL is not touched. */
	cold(MODEL_V2);
	g->vmcb.debugctl = FREEZE;
	g->v.intercepted = 0;
	g->v.next = NULL;
	fake_domains = &hvm;
	ok = !pmu_start(XEN_PMU_POLICY_ALL) && g->vmcb.debugctl == FREEZE &&
	     !g->v.intercepted && !pmu_debugctl_denied;
	fake_domains = NULL;
	ksft_test_result(ok, "a late start leaves DEBUGCTL alone if it cannot freeze counters\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(MODEL_KINDS * (ARRAY_SIZE(row) + 1) + 18);
	for (enum model_kind kind = 0; kind < MODEL_KINDS; kind++) {
		test_faults(kind);
		test_suspend(kind);
	}
	test_allowed();
	test_fallback();
	test_freezes();
	test_others();
	test_levelled();
	test_precise();
	test_barred();
	test_blind();
	test_excluded();
	test_late();
	test_late_in_guest();
	ksft_finished();
}
