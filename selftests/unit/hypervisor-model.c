// SPDX-License-Identifier: GPL-2.0-only
/* AMD's counters in software: hypervisor-model.h describes them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "hypervisor-model.h"

#define CTL_USR	(1ULL << 16)
#define CTL_OS	(1ULL << 17)
#define CTL_INT	(1ULL << 20)
#define CTL_EN	(1ULL << 22)
#define CTL_GUEST (1ULL << 40)
#define FROZEN	(1ULL << 59)	/* in the global status */
#define MSR_DEBUGCTL	0x1d9
#define DEBUGCTL_FREEZE	(1ULL << 12)
/* HostOnly [41] and the reserved bits */
#define CTL_NEVER (~0x0000010fffffffffULL | (1ULL << 19) | (1ULL << 21))
#define CTL_PRECISE (1ULL << 43)	/* counter 2 only, where CPUID says
					   so */

struct model_cpu model[MODEL_CPUS];
unsigned int model_this;
enum model_kind model_kind;
int model_slots;
enum model_mode model_mode;
unsigned long model_writes, model_equal_ctl;

/* What CPUID says of each kind.  The families are 10h, 17h and 19h. */
static const struct {
	const char *name;
	int slots;
	struct pmu_cpu cpu;
} kinds[MODEL_KINDS] = {
	[MODEL_LEGACY] = { "legacy", 4, {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x10,
		.signature = 0x00100f23,
	} },
	[MODEL_CORE] = { "core", 6, {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x17,
		.signature = 0x00830f10, .ext_ecx = 1u << 23,
	} },
	[MODEL_V2] = { "PerfMonV2", 6, {
		.vendor = XEN_PMU_VENDOR_AMD, .family = 0x19,
		.signature = 0x00a10f10, .ext_ecx = 1u << 23,
		.perfmon_eax = 1, .perfmon_ebx = 6,
	} },
};

static struct pmu_cpu cpuid;

void model_cpuid(const struct pmu_cpu *cpu)
{
	cpuid = cpu ? *cpu : kinds[model_kind].cpu;
}

uint32_t model_levelled;

uint32_t model_cpuid_eax(uint32_t leaf)
{
	switch (leaf) {
	case 0x80000000:
		return 0x80000022;
	case 1:
		return cpuid.signature;
	case 0x80000021:
		return cpuid.ext21_eax;
	case 0x80000022:
		return cpuid.perfmon_eax;
	}
	model_die("the code asks for EAX of CPUID leaf", leaf);
	return 0;
}

uint32_t model_cpuid_ebx(uint32_t leaf)
{
	if (leaf != 0x80000022)
		model_die("the code asks for EBX of CPUID leaf", leaf);
	return cpuid.perfmon_ebx;
}

uint32_t model_cpuid_ecx(uint32_t leaf)
{
	if (leaf != 0x80000001)
		model_die("the code asks for ECX of CPUID leaf", leaf);
	return cpuid.ext_ecx & ~model_levelled;
}

const struct pmu_cpu *model_cpuid_raw(void)
{
	return &cpuid;
}

const char *model_name(void)
{
	return kinds[model_kind].name;
}

const struct pmu_backend *model_backend(struct pmu_limits *lim)
{
	for (unsigned int i = 0; i < pmu_nr_backends; i++) {
		memset(lim, 0, sizeof(*lim));
		if (pmu_backends[i]->probe(&cpuid, lim))
			return pmu_backends[i];
	}
	model_die("no back end drives this kind of machine", model_kind);
	return NULL;
}

void model_die(const char *what, uint64_t val)
{
	printf("Bail out! model: %s (%#" PRIx64 ")\n", what, val);
	exit(1);
}

void model_reset_cpu(int cpu)
{
	struct model_faults faults = model[cpu].faults;
	unsigned long writes = model[cpu].writes;

	memset(&model[cpu], 0, sizeof(model[cpu]));
	model[cpu].faults = faults;
	model[cpu].writes = writes;
	for (int i = 0; i < model_slots; i++) {
		model[cpu].ctl[i] = 0x5a5a5a5a5a00005aULL | CTL_OS | CTL_EN;
		model[cpu].ctr[i] = MODEL_POWER_ON;
	}
	for (int i = 0; i < MODEL_NB; i++)
		model[cpu].nb[i][0] = model[cpu].nb[i][1] = MODEL_POWER_ON;
	for (int i = 0; i < MODEL_LLC; i++)
		model[cpu].llc[i][0] = model[cpu].llc[i][1] = MODEL_POWER_ON;
	/* RESET enables every counter in the global control. */
	model[cpu].global_ctl = (1ULL << model_slots) - 1;
	model[cpu].global_status = 1;
}

void model_reset(enum model_kind kind)
{
	model_kind = kind;
	model_slots = kinds[kind].slots;
	model_cpuid(NULL);
	memset(model, 0, sizeof(model));
	for (int cpu = 0; cpu < MODEL_CPUS; cpu++)
		model_reset_cpu(cpu);
	model_writes = model_equal_ctl = 0;
	model_levelled = 0;
	model_mode = MODEL_RING3;
}

bool model_enabled(int slot)
{
	const struct model_cpu *c = &model[model_this];

	return (c->ctl[slot] & CTL_EN) &&
	       (model_kind != MODEL_V2 || ((c->global_ctl >> slot & 1) &&
					   !(c->global_status & FROZEN)));
}

static void count(int slot, uint64_t events)
{
	struct model_cpu *c = &model[model_this];

	c->ctr[slot] += events;
	if (c->ctr[slot] > MODEL_MASK) {
		c->ctr[slot] &= MODEL_MASK;
		c->global_status |= 1ULL << slot;
		if (c->debugctl & DEBUGCTL_FREEZE)
			c->global_status |= FROZEN;
		if (c->ctl[slot] & CTL_INT)
			c->pmi = true;
	}
}

/* Does this PERF_CTL count in that mode (APM volume 2, 13.2.1)? */
static bool counts(uint64_t ctl, enum model_mode mode)
{
	bool ring3 = mode == MODEL_RING3 || mode == MODEL_GUEST_RING3;
	bool guest = mode == MODEL_GUEST_RING0 || mode == MODEL_GUEST_RING3;
	const struct model_faults *f = &model[model_this].faults;

	if (f->usr_too && (ctl & CTL_USR))
		ring3 = true;
	return !f->dead && (ctl & (ring3 ? CTL_USR : CTL_OS)) &&
	       (guest || f->host_too || !(ctl & CTL_GUEST));
}

static void ring_0(void)
{
	for (int i = 0; i < model_slots; i++)
		if (model_enabled(i) &&
		    counts(model[model_this].ctl[i], MODEL_RING0))
			count(i, 1);
}

enum reg {
	CTL, CTR, GLOBAL_STATUS, GLOBAL_CTL, GLOBAL_STATUS_CLR, DEBUGCTL, OTHER, NONE
};

static enum reg locate(uint32_t msr, unsigned int *slot)
{
	if (msr == MSR_DEBUGCTL)
		return DEBUGCTL;
	if (model_kind == MODEL_LEGACY) {
		*slot = msr & 3;
		if (msr >= 0xc0010000 && msr <= 0xc0010003)
			return CTL;
		if (msr >= 0xc0010004 && msr <= 0xc0010007)
			return CTR;
		return NONE;
	}
	if (msr >= 0xc0010200 && msr <= 0xc001020b) {
		*slot = (msr - 0xc0010200) / 2;
		return msr & 1 ? CTR : CTL;
	}
	if (msr >= 0xc0010230 && msr < 0xc0010230 + 2 * MODEL_LLC)
		return OTHER;
	if (msr >= 0xc0010240 && msr < 0xc0010240 + 2 * MODEL_NB)
		return OTHER;
	if (model_kind == MODEL_V2 && msr >= 0xc0000300 && msr <= 0xc0000302)
		return GLOBAL_STATUS + (msr - 0xc0000300);
	return NONE;
}

static uint64_t *other(uint32_t msr)
{
	struct model_cpu *c = &model[model_this];

	return msr >= 0xc0010240 ? &c->nb[(msr - 0xc0010240) / 2][msr & 1] :
				   &c->llc[(msr - 0xc0010230) / 2][msr & 1];
}

static bool readable(uint32_t msr, uint64_t *val)
{
	struct model_cpu *c = &model[model_this];
	unsigned int slot = 0;

	*val = 0;
	switch (locate(msr, &slot)) {
	case CTL:
		*val = c->ctl[slot];
		break;
	case CTR:
		*val = c->ctr[slot];
		break;
	case GLOBAL_STATUS:
		*val = c->global_status;
		return true;
	case GLOBAL_CTL:
		*val = c->global_ctl;
		return true;
	case GLOBAL_STATUS_CLR:
		return true;
	case DEBUGCTL:
		*val = c->debugctl;
		return !c->faults.no_debugctl;
	case OTHER:
		*val = *other(msr);
		return true;
	case NONE:
		return false;
	}
	return c->faults.gp_slot != slot + 1;
}

bool pmu_rdmsr_safe(uint32_t msr, uint64_t *val)
{
	bool ok = readable(msr, val);

	ring_0();
	return ok;
}

uint64_t pmu_rdmsr(uint32_t msr)
{
	uint64_t val;

	if (!pmu_rdmsr_safe(msr, &val))
		model_die("#GP at RDMSR of", msr);
	return val;
}

static void write_control(uint64_t *reg, uint64_t val)
{
	if (*reg == val)
		model_equal_ctl++;
	*reg = val;
}

/* What the hardware does with a write.  Returns false for a #GP. */
static bool written(uint32_t msr, uint64_t val)
{
	struct model_cpu *c = &model[model_this];
	const struct model_faults *f = &c->faults;
	unsigned int slot = 0;
	enum reg reg = locate(msr, &slot);

	if ((reg == CTL || reg == CTR) && f->gp_slot == slot + 1)
		return false;
	switch (reg) {
	case CTL:
		if (val & f->gp_bits)
			return false;
		if ((val & CTL_PRECISE) &&
		    (slot != 2 || !(cpuid.ext21_eax & 1 << 12)))
			return false;
		write_control(&c->ctl[slot],
			      (val & ~f->lost_bits) | f->stuck_bits);
		break;
	case CTR:
		c->ctr[slot] = val & MODEL_MASK & ~f->lost_value;
		break;
	case GLOBAL_CTL:
		if (val >> model_slots)
			return false;
		write_control(&c->global_ctl, val);
		break;
	case GLOBAL_STATUS_CLR:
		if (val & f->gp_status)
			return false;
		c->global_status &= ~val;
		break;
	case DEBUGCTL:
		c->debugctl = val;
		return !f->no_debugctl;
	case OTHER:
		*other(msr) = val;
		break;
	case GLOBAL_STATUS:
	case NONE:
		return false;
	}
	return true;
}

bool pmu_wrmsr_safe(uint32_t msr, uint64_t val)
{
	unsigned long equal = model_equal_ctl;
	bool ok;

	ring_0();
	ok = written(msr, val);
	model_equal_ctl = equal; /* a trial may write the value that is there */
	return ok;
}

/* Ends the test if a control is enabled with bits that no guest may cause. */
static void check_ctl(uint64_t val)
{
	if (!(val & CTL_EN))
		return;
	val &= ~CTL_PRECISE; /* a #GP where CPUID has no such bit */
	if (val & CTL_NEVER)
		model_die("a control is enabled with forbidden bits", val);
	if ((val & CTL_OS) && !(val & CTL_GUEST))
		model_die("a control counts ring 0 for a PV guest", val);
	if (!(val & (CTL_USR | CTL_OS)))
		model_die("a control is enabled and counts no mode", val);
	if ((val & 0xf000000ff) == 0xf000000ff)
		model_die("a control is enabled with Merge, which is no event", val);
}

void pmu_wrmsr(uint32_t msr, uint64_t val)
{
	struct model_cpu *c = &model[model_this];
	unsigned int slot = 0;
	enum reg reg = locate(msr, &slot);

	model_writes++;
	c->writes++;
	ring_0();
	if (reg == CTL)
		check_ctl(val);
	if (reg == CTR && val & ~MODEL_MASK)
		model_die("a counter is written with too many bits", val);
	if (reg == GLOBAL_CTL)
		for (int i = 0; i < model_slots; i++)
			if (val >> i & 1)
				check_ctl(c->ctl[i]);
	if (!written(msr, val))
		model_die("#GP at WRMSR of", msr);
	if (reg == CTL && c->ctl[slot] != val)
		model_die("a control has lost bits", val ^ c->ctl[slot]);
}

void pmu_spin(unsigned int nr)
{
	while (nr--)
		ring_0();
}

unsigned int model_weight(uint64_t ctl)
{
	/* Any function will do that tells these events apart. */
	return 1 + (ctl & 0xff) % 7 + ((ctl >> 8) & 0xff) % 3 +
	       2 * ((ctl >> 32) & 0xf);
}

void model_run(unsigned int units)
{
	struct model_cpu *c = &model[model_this];

	for (int i = 0; i < model_slots; i++)
		if (model_enabled(i) && counts(c->ctl[i], model_mode))
			count(i, (uint64_t)units * model_weight(c->ctl[i]));
}
