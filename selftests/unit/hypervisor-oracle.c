// SPDX-License-Identifier: GPL-2.0-only
/* What a guest's counters must show. */
#include "hypervisor-oracle.h"

static bool counts(const struct oracle *o, int slot, bool user)
{
	return (o->run >> slot & 1) &&
	       (o->ctl[slot] & (user ? XEN_PMU_CTL_USR : XEN_PMU_CTL_OS));
}

void oracle_run(struct oracle *o, bool user, unsigned int units)
{
	for (int i = 0; i < model_slots; i++) {
		if (!counts(o, i, user))
			continue;
		o->count[i] += (uint64_t)units * model_weight(o->ctl[i]);
		if (o->count[i] > MODEL_MASK && (o->ctl[i] & XEN_PMU_CTL_INT))
			o->overflows[i]++;
		o->count[i] &= MODEL_MASK;
	}
}

static void add(struct oracle *o, int i, int64_t start, bool told)
{
	bool below = o->count[i] >> 47;
	int64_t old = below ? (int64_t)o->count[i] - (1LL << 48)
			    : (int64_t)o->count[i];

	if (told && old + start >= 0 && (below || start < 0))
		o->overflows[i]++;
	o->count[i] = (o->count[i] + start) & MODEL_MASK;
}

void oracle_apply(struct oracle *o, const struct xen_pmu_request *req)
{
	for (int i = 0; i < model_slots; i++) {
		const struct xen_pmu_slot *s = &req->slot[i];

		if (!(req->changed >> i & 1))
			continue;
		o->ctl[i] = s->ctl;
		if (s->gen == o->gen[i])
			continue;
		o->gen[i] = s->gen;
		if (s->flags & XEN_PMU_SLOT_ADD)
			add(o, i, s->start, (req->run >> i & 1) &&
					    (s->ctl & XEN_PMU_CTL_INT));
		else
			o->count[i] = s->start;
	}
	o->run = req->run;
}
