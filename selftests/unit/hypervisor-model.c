// SPDX-License-Identifier: GPL-2.0-only
/* AMD core counters in software. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor-model.h"
#include "port.h"

#define CTL_USR	(1ULL << 16)
#define CTL_OS	(1ULL << 17)
#define CTL_INT	(1ULL << 20)
#define CTL_EN	(1ULL << 22)
/* HostOnly and GuestOnly [41:40], and what the manual reserves. */
#define CTL_NEVER (~0x0000000fffffffffULL | (1ULL << 19) | (1ULL << 21))

struct model_cpu model[MODEL_CPUS];
unsigned int model_this;
unsigned long model_writes, model_equal_ctl;

void model_die(const char *what, uint64_t val)
{
	printf("Bail out! model: %s (%#" PRIx64 ")\n", what, val);
	exit(1);
}

void model_reset(void)
{
	memset(model, 0x5a, sizeof(model));
	for (int cpu = 0; cpu < MODEL_CPUS; cpu++)
		for (int i = 0; i < MODEL_SLOTS; i++) {
			model[cpu].pmi = false;
			model[cpu].ctl[i] &= ~CTL_EN;
			model[cpu].ctr[i] = MODEL_POWER_ON;
		}
	model_writes = model_equal_ctl = 0;
}

static bool locate(uint32_t msr, unsigned int *slot, bool *is_ctl)
{
	if (msr < 0xc0010200 || msr > 0xc001020b)
		return false;
	*slot = (msr - 0xc0010200) / 2;
	*is_ctl = !(msr & 1);
	return true;
}

uint64_t pmu_rdmsr(uint32_t msr)
{
	unsigned int slot;
	bool is_ctl;

	if (!locate(msr, &slot, &is_ctl))
		model_die("#GP: rdmsr of", msr);
	return is_ctl ? model[model_this].ctl[slot] : model[model_this].ctr[slot];
}

void pmu_wrmsr(uint32_t msr, uint64_t val)
{
	struct model_cpu *c = &model[model_this];
	unsigned int slot;
	bool is_ctl;

	if (!locate(msr, &slot, &is_ctl))
		model_die("#GP: wrmsr of", msr);
	model_writes++;
	if (!is_ctl) {
		if (val & ~MODEL_MASK)
			model_die("counter written with too many bits", val);
		c->ctr[slot] = val;
		return;
	}
	if (val & CTL_EN) {
		if (val & CTL_NEVER)
			model_die("forbidden bits enabled", val);
		if (val & CTL_OS)
			model_die("ring 0 counted for a PV guest", val);
		if (!(val & CTL_USR))
			model_die("enabled, but nothing counted", val);
	}
	if (c->ctl[slot] == val)
		model_equal_ctl++;
	c->ctl[slot] = val;
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

	for (int i = 0; i < MODEL_SLOTS; i++) {
		if (!(c->ctl[i] & CTL_EN) || !(c->ctl[i] & CTL_USR))
			continue;
		c->ctr[i] += (uint64_t)units * model_weight(c->ctl[i]);
		if (c->ctr[i] > MODEL_MASK) {
			c->ctr[i] &= MODEL_MASK;
			if (c->ctl[i] & CTL_INT)
				c->pmi = true;
		}
	}
}
