// SPDX-License-Identifier: GPL-2.0-only
/* What the counters of one guest VCPU must show: see the header. */
#include "hypervisor-oracle.h"

static bool counts(const struct oracle *o, int slot, bool user)
{
	return (o->run >> slot & 1) &&
	       (o->ctl[slot] & (user ? XEN_PMU_CTL_USR : XEN_PMU_CTL_OS));
}

void oracle_run(struct oracle *o, const uint64_t *renewed, bool user,
		unsigned int units)
{
	for (int i = 0; i < model_slots; i++) {
		uint64_t counter, events;

		if (!counts(o, i, user))
			continue;
		events = (uint64_t)units * model_weight(o->ctl[i]);
		counter = (o->count[i] - renewed[i]) & MODEL_MASK;
		if (counter + events > MODEL_MASK &&
		    (o->ctl[i] & XEN_PMU_CTL_INT))
			o->overflows[i]++;
		o->count[i] = (o->count[i] + events) & MODEL_MASK;
	}
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
		o->count[i] = s->start;
	}
	o->run = req->run;
}
