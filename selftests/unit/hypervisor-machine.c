// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine's physical CPUs and scheduler, and the functions of Xen that fake_xen.h
 * declares.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"

#include "hypervisor-machine.h"
#include "hypervisor-prng.h"
#include "policy.h"

bool fake_irqs_on = true;
bool hvm_tsc_scaling_supported;

struct guest guest[NR_VCPUS];
uint64_t now, tick = 100000;
unsigned int self_ipis;
uint64_t attributed, unattributed;
bool hostile;

struct domain *fake_domains;
unsigned int vpmu_mode, opt_vpmu_enabled, nmi_watchdog;
int fake_owner;
unsigned int fake_lines;
void (*fake_unpaused)(struct domain *d);
int barred;
const char *fake_expected;
unsigned int fake_failed;

static struct domain dom;
static struct notifier_block *notifier;
static struct tasklet *scheduled;
static struct vcpu idle[MODEL_CPUS];
static struct vcpu *curr[MODEL_CPUS];
static uint32_t lvtpc[MODEL_CPUS];
static unsigned long cr4[MODEL_CPUS];

struct vcpu *fake_current(void)
{
	return curr[model_this];
}

void fake_assert(bool ok, const char *what)
{
	if (ok)
		return;
	if (!fake_expected || strcmp(what, fake_expected))
		ksft_exit_fail_msg("ASSERT(%s)\n", what);
	fake_failed++;
}

const struct cpuinfo_x86 *fake_cpuinfo(void)
{
	static struct cpuinfo_x86 c;

	c.x86_vendor = model_cpuid_raw()->vendor == XEN_PMU_VENDOR_AMD ?
		       X86_VENDOR_AMD : 0;
	c.x86 = model_cpuid_raw()->family;
	return &c;
}

const struct cpu_policy *fake_raw_policy(void)
{
	static struct cpu_policy p;

	p.extd.e1c = model_cpuid_raw()->ext_ecx;
	return &p;
}

unsigned long read_cr4(void)
{
	return cr4[model_this];
}

void write_cr4(unsigned long val)
{
	cr4[model_this] = val;
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

/*
 * Waits until no VCPU of d is on a CPU.  One of them may be in a hypercall that waits
 * in the same way for the VCPU that is current here.  So current must be an idle VCPU.
 */
void domain_pause(struct domain *d)
{
	if (!current->idle)
		ksft_exit_fail_msg("two domains wait for each other for ever\n");
	d->paused++;
}

void domain_unpause(struct domain *d)
{
	if (fake_unpaused)
		fake_unpaused(d);
	d->paused--;
}

void register_cpu_notifier(struct notifier_block *nfb)
{
	notifier = nfb;
}

void on_each_cpu(void (*func)(void *), void *arg, int wait)
{
	unsigned int here = model_this;

	for (model_this = 0; model_this < MODEL_CPUS; model_this++)
		func(arg);
	model_this = here;
}

void tasklet_schedule(struct tasklet *t)
{
	scheduled = t;
}

void run_tasklets(void)
{
	struct tasklet *t = scheduled;

	scheduled = NULL;
	if (t)
		t->func(NULL);
}

void printk(const char *fmt, ...)
{
	fake_lines++;
}

int acquire_pmu_ownership(int owner)
{
	if (fake_owner != PMU_OWNER_NONE && fake_owner != owner)
		return 0;
	fake_owner = owner;
	return 1;
}

void release_pmu_ownership(int owner)
{
	fake_owner = PMU_OWNER_NONE;
}

/* This CPU has lost power and is back.  CPU 0 is the boot CPU after a suspend. */
void lose_cpu(void)
{
	model_reset_cpu(model_this);
	lvtpc[model_this] = ~0;
	fake_irqs_on = false;
	if (model_this == 0)
		pmu_resume();
	else
		notifier->notifier_call(notifier, CPU_STARTING, NULL);
	fake_irqs_on = true;
}

void send_guest_vcpu_virq(struct vcpu *v, uint32_t virq)
{
	v->virqs++;
}

void send_IPI_self(int vector)
{
	self_ipis += vector == EVENT_CHECK_VECTOR;
}

void pmu_test_read(const volatile void *field, size_t size)
{
	size_t at = (const volatile char *)field - (char *)guest[HOSTILE].page;

	if (!hostile || at >= offsetof(struct xen_pmu_page, state))
		return;
	/* Another VCPU of the same guest changes the field right now. */
	((char *)guest[HOSTILE].page)[at + prng_below(size)] ^=
		1 << prng_below(8);
}

struct guest *guest_of(struct vcpu *v)
{
	return v->idle ? NULL : (struct guest *)v;
}

bool trusted(const struct guest *g)
{
	return !hostile || g != &guest[HOSTILE];
}

/* The flags of now also held when the guest was told. */
void hear(struct guest *g)
{
	unsigned int told = g->v.virqs + (g->page ? g->page->state.nmis : 0);

	if (told != g->told && g->flags & XEN_PMU_FLAG_TELL_RDPMC)
		g->may = true;
	g->told = told;
}

/* Does the kernel lose RDPMC at a return to user mode?  It loses RDPMC nowhere else. */
static bool seldom(const struct guest *g)
{
	return g->flags & XEN_PMU_FLAG_SELDOM_RDPMC &&
	       !(g->flags & XEN_PMU_FLAG_USER_RDPMC);
}

void seen_flags(struct guest *g)
{
	g->flags = g->page && !g->v.hvm ? g->page->request.flags : 0;
	if (!seldom(g))
		g->may = true;
	hear(g);
}

/* An entry has looked at the request, so what was published is in force. */
void seen(struct guest *g)
{
	seen_flags(g);
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
		ksft_exit_fail_msg("Xen has not seen batch %u (%s) at the entry\n",
				   g->next.seq,
				   g->next_valid ? "right" : "wrong");
}

void deliver_pmi(void)
{
	if (!model[model_this].pmi)
		return;
	model[model_this].pmi = false;
	if (lvtpc[model_this] != PMU_APIC_VECTOR)
		ksft_exit_fail_msg("the LVTPC does not deliver overflow interrupts\n");
	fake_irqs_on = false;
	pmu_pmi();
	fake_irqs_on = true;
	if (guest_of(current))
		hear(guest_of(current));
}

static bool in_user(struct guest *g)
{
	return !(g->v.arch.flags & TF_kernel_mode);
}

/* Compares RDPMC of every counter with the oracle, on a CPU that runs a VCPU. */
void compare(void)
{
	struct guest *g = guest_of(current);

	if (!g || !g->page)
		return; /* RDPMC faults or exits */
	for (int i = 0; i < model_slots; i++) {
		uint64_t must = g->oracle.count[i];
		uint64_t is = (model[model_this].ctr[i] +
			       g->page->state.renewed[i]) & MODEL_MASK;

		if (is != must && trusted(g))
			ksft_exit_fail_msg("VCPU %u slot %d on CPU %u holds %#" PRIx64
					   ", must be %#" PRIx64 "\n",
					   g->v.vcpu_id, i, model_this, is, must);
	}
}

/*
 * Is CR4.PCE right?  Not asked in the hostile guest's user mode: its flags change while
 * Xen reads them.
 */
void check_pce(void)
{
	struct guest *g = guest_of(current);
	bool must, is = cr4[model_this] & X86_CR4_PCE;

	if (!g)
		return;
	hear(g);
	if (g->page && trusted(g) && g->page->state.rdpmc != g->may)
		ksft_exit_fail_msg("state.rdpmc is %u, must be %d\n",
				   g->page->state.rdpmc, g->may);
	if (!trusted(g) && in_user(g))
		return;
	must = g->page && !g->v.hvm &&
	       (in_user(g) ? g->flags & XEN_PMU_FLAG_USER_RDPMC :
			     g->page->state.rdpmc);
	if (is != must || (!g->v.hvm && !pmu_cr4(&g->v) != !must))
		ksft_exit_fail_msg("CR4.PCE is %d in %s mode (R9)\n", is,
				   in_user(g) ? "user" : "kernel");
}

void enter_guest(struct guest *g)
{
	if (g->v.hvm) {
		fake_irqs_on = false;
		pmu_vmenter(&g->v);
		fake_irqs_on = true;
	} else {
		pmu_entry(&g->v);
	}
}

void execute(void)
{
	struct guest *g = guest_of(current);
	unsigned int units = prng_below(50);

	model_mode = MODEL_RING0; /* Xen runs before the guest does */
	model_run(prng_below(50));
	if (!g)
		return; /* the idle VCPU stays in ring 0 */
	if (g->v.hvm) {
		enter_guest(g);
		seen(g);
		model_mode = in_user(g) ? MODEL_GUEST_RING3 : MODEL_GUEST_RING0;
	} else {
		model_mode = MODEL_RING3;
	}
	model_run(units);
	if (g->page && (int)model_this != barred)
		oracle_run(&g->oracle, g->page->state.renewed, in_user(g), units);
}

void toggle(void)
{
	struct guest *g = guest_of(current);

	if (!g)
		return;
	g->v.arch.flags ^= TF_kernel_mode;
	g->vmcb.cpl = in_user(g) ? 3 : 0;
	if (g->v.hvm)
		return; /* Xen does not see this */
	hear(g);
	if (in_user(g))
		g->may = !seldom(g);
	pmu_toggled(&g->v);
	seen(g);
}

/* Xen uses the kernel's page tables of a VCPU in user mode, as for its I/O bitmap. */
void peek(bool pmi)
{
	struct guest *g = guest_of(current);

	if (!g || g->v.hvm || !in_user(g))
		return;
	for (int i = 0; i < 2; i++) {
		pmu_peek(&g->v, false);
		g->v.arch.flags ^= TF_kernel_mode;
		if (pmi)
			deliver_pmi();
		pmu_peek(&g->v, true);
	}
}

/* The kernel changes its page tables or CR4, so Xen computes and writes CR4. */
void change_cr4(bool pmi)
{
	struct guest *g = guest_of(current);
	unsigned long val;

	if (!g || g->v.hvm || in_user(g))
		return;
	val = pmu_cr4(&g->v);
	if (pmi)
		deliver_pmi();
	write_cr4(val);
	pmu_cr4_written(&g->v);
}

void switch_to(struct vcpu *next)
{
	struct vcpu *prev = current;
	unsigned long before;

	if (prev == next)
		return;
	pmu_save(prev);
	curr[model_this] = next;
	if (guest_of(prev))
		guest_of(prev)->cpu = -1;
	if (guest_of(next)) /* write_ptbase(), with Xen's own CR4 for HVM */
		cr4[model_this] = next->hvm ? 0 : pmu_cr4(next);
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

/* The CPU switches to another VCPU, at random. */
void schedule(void)
{
	struct guest *g = &guest[prng_below(NR_VCPUS)];

	if (prng_below(3) == 0)
		switch_to(&idle[model_this]);
	else if (g->cpu == -1)
		switch_to(&g->v);
}

/* CPU "spoilt" has these faults; -1: no CPU has. */
void power_on_with(enum model_kind kind, uint64_t seed, int spoilt,
		   const struct model_faults *faults)
{
	prng_seed(seed);
	model_this = 0;
	model_reset(kind);
	barred = spoilt;
	if (spoilt >= 0)
		model[spoilt].faults = *faults;
	memset(guest, 0, sizeof(guest));
	memset(pmu_hw, 0, sizeof(pmu_hw));
	memset(lvtpc, 0xff, sizeof(lvtpc));
	memset(cr4, 0, sizeof(cr4));
	now = attributed = unattributed = 0;
	pmu_backend = NULL;
	pmu_policy = XEN_PMU_POLICY_OFF;
	vpmu_mode = XENPMU_MODE_OFF;
	nmi_watchdog = NMI_NONE;
	fake_owner = PMU_OWNER_NONE;
	fake_domains = NULL;
	for (int i = 0; i < MODEL_CPUS; i++) {
		idle[i] = (struct vcpu){ .idle = true, .domain = &dom };
		curr[i] = &idle[i];
	}
	if (pmu_start(XEN_PMU_POLICY_ALL))
		ksft_exit_fail_msg("the interface does not start\n");
	for (int i = 0; i < NR_VCPUS; i++) {
		guest[i].v.vcpu_id = i;
		guest[i].v.domain = &dom;
		guest[i].v.hvm = (i >= NR_PV && i < NR_ATTACH) || i == NR_VCPUS - 1;
		guest[i].v.arch.hvm.svm.vmcb = &guest[i].vmcb;
		guest[i].v.arch.pv.trap_ctxt = guest[i].trap;
		guest[i].trap[X86_EXC_NMI].address = i != NO_NMI;
		guest[i].cpu = -1;
	}
}

void power_on(enum model_kind kind, uint64_t seed)
{
	power_on_with(kind, seed, -1, NULL);
}

void power_off(void)
{
	for (model_this = 0; model_this < MODEL_CPUS; model_this++) {
		deliver_pmi();
		switch_to(&idle[model_this]);
	}
	for (int i = 0; i < NR_ATTACH; i++)
		if (guest[i].page)
			release(&guest[i]);
}
