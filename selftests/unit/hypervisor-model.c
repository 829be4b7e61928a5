// SPDX-License-Identifier: GPL-2.0-only
/* AMD's counters in software. */
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
/* HostOnly [41], and what the manual reserves. */
#define CTL_NEVER (~0x0000010fffffffffULL | (1ULL << 19) | (1ULL << 21))

struct model_cpu model[MODEL_CPUS];
unsigned int model_this;
enum model_kind model_kind;
int model_slots;
enum model_mode model_mode;
unsigned long model_writes, model_equal_ctl;

/* What CPUID tells of each: families 10h, 17h and 19h. */
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

const char *model_name(void)
{
	return kinds[model_kind].name;
}

const struct pmu_backend *model_backend(struct pmu_limits *lim)
{
	for (unsigned int i = 0; i < pmu_nr_backends; i++) {
		memset(lim, 0, sizeof(*lim));
		if (pmu_backends[i]->probe(&kinds[model_kind].cpu, lim))
			return pmu_backends[i];
	}
	model_die("no back end", model_kind);
	return NULL;
}

void model_die(const char *what, uint64_t val)
{
	printf("Bail out! model: %s (%#" PRIx64 ")\n", what, val);
	exit(1);
}

void model_reset(enum model_kind kind)
{
	model_kind = kind;
	model_slots = kinds[kind].slots;
	memset(model, 0, sizeof(model));
	for (int cpu = 0; cpu < MODEL_CPUS; cpu++) {
		for (int i = 0; i < model_slots; i++) {
			model[cpu].ctl[i] = 0x5a5a5a5a5a00005aULL |
					    CTL_OS | CTL_EN;
			model[cpu].ctr[i] = MODEL_POWER_ON;
		}
		/* RESET enables every counter. */
		model[cpu].global_ctl = (1ULL << model_slots) - 1;
		model[cpu].global_status = 1;
	}
	model_writes = model_equal_ctl = 0;
	model_mode = MODEL_RING3;
}

bool model_enabled(int slot)
{
	const struct model_cpu *c = &model[model_this];

	return (c->ctl[slot] & CTL_EN) &&
	       (model_kind != MODEL_V2 || (c->global_ctl >> slot & 1));
}

static void count(int slot, uint64_t events)
{
	struct model_cpu *c = &model[model_this];

	c->ctr[slot] += events;
	if (c->ctr[slot] > MODEL_MASK) {
		c->ctr[slot] &= MODEL_MASK;
		c->global_status |= 1ULL << slot;
		if (c->ctl[slot] & CTL_INT)
			c->pmi = true;
	}
}

/* APM volume 2, 13.2.1: USR, OS and HG_ONLY. */
static bool counts(uint64_t ctl, enum model_mode mode)
{
	bool ring3 = mode == MODEL_RING3 || mode == MODEL_GUEST_RING3;
	bool guest = mode == MODEL_GUEST_RING0 || mode == MODEL_GUEST_RING3;

	return (ctl & (ring3 ? CTL_USR : CTL_OS)) &&
	       (guest || !(ctl & CTL_GUEST));
}

static void ring_0(void)
{
	for (int i = 0; i < model_slots; i++)
		if (model_enabled(i) &&
		    counts(model[model_this].ctl[i], MODEL_RING0))
			count(i, 1);
}

enum reg { CTL, CTR, GLOBAL_CTL, GLOBAL_STATUS_CLR };

static enum reg locate(uint32_t msr, unsigned int *slot)
{
	if (model_kind == MODEL_LEGACY) {
		*slot = msr & 3;
		if (msr >= 0xc0010000 && msr <= 0xc0010003)
			return CTL;
		if (msr >= 0xc0010004 && msr <= 0xc0010007)
			return CTR;
	} else if (msr >= 0xc0010200 && msr <= 0xc001020b) {
		*slot = (msr - 0xc0010200) / 2;
		return msr & 1 ? CTR : CTL;
	}
	if (model_kind == MODEL_V2 && msr == 0xc0000301)
		return GLOBAL_CTL;
	if (model_kind == MODEL_V2 && msr == 0xc0000302)
		return GLOBAL_STATUS_CLR;
	model_die("#GP: access to", msr);
	return CTL;
}

uint64_t pmu_rdmsr(uint32_t msr)
{
	struct model_cpu *c = &model[model_this];
	unsigned int slot = 0;
	uint64_t val = 0;

	switch (locate(msr, &slot)) {
	case CTL:
		val = c->ctl[slot];
		break;
	case CTR:
		val = c->ctr[slot];
		break;
	case GLOBAL_CTL:
		val = c->global_ctl;
		break;
	case GLOBAL_STATUS_CLR:
		break;
	}
	ring_0();
	return val;
}

/* What no guest may cause, once it is enabled. */
static void check_ctl(uint64_t val)
{
	if (!(val & CTL_EN))
		return;
	if (val & CTL_NEVER)
		model_die("forbidden bits enabled", val);
	if ((val & CTL_OS) && !(val & CTL_GUEST))
		model_die("ring 0 counted for a PV guest", val);
	if (!(val & (CTL_USR | CTL_OS)))
		model_die("enabled, but nothing counted", val);
}

static void write_control(uint64_t *reg, uint64_t val)
{
	if (*reg == val)
		model_equal_ctl++;
	*reg = val;
}

void pmu_wrmsr(uint32_t msr, uint64_t val)
{
	struct model_cpu *c = &model[model_this];
	unsigned int slot = 0;

	model_writes++;
	c->writes++;
	ring_0();
	switch (locate(msr, &slot)) {
	case CTL:
		check_ctl(val);
		write_control(&c->ctl[slot], val);
		break;
	case CTR:
		if (val & ~MODEL_MASK)
			model_die("counter written with too many bits", val);
		c->ctr[slot] = val;
		break;
	case GLOBAL_CTL:
		if (val >> model_slots)
			model_die("global control of counters that are not there",
				  val);
		for (int i = 0; i < model_slots; i++)
			if (val >> i & 1)
				check_ctl(c->ctl[i]);
		write_control(&c->global_ctl, val);
		break;
	case GLOBAL_STATUS_CLR:
		c->global_status &= ~val;
		break;
	}
}

unsigned int model_weight(uint64_t ctl)
{
	/* Any function will do that tells events apart. */
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
