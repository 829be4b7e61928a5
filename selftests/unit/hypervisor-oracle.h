/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the counters of one guest VCPU must show, computed in the obvious way:
 * each slot has one number, which goes up by what the guest executes in the
 * modes that it asked for, since it asked.
 *
 * The oracle knows nothing of physical CPUs.  It takes only one thing from the
 * page: "renewed", what Xen has subtracted from a counter for the period.
 * count is the counter plus renewed.
 */
#ifndef HYPERVISOR_ORACLE_H
#define HYPERVISOR_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#include "hypervisor-model.h"
#include "pmu_page.h"

struct oracle {
	uint32_t run, gen[MODEL_MAX];
	uint64_t ctl[MODEL_MAX], count[MODEL_MAX];
	uint64_t overflows[MODEL_MAX];	/* records that must come */
};

/* The guest executes this many units in a mode. */
void oracle_run(struct oracle *o, const uint64_t *renewed, bool user,
		unsigned int units);

/* A batch that Xen accepts takes effect. */
void oracle_apply(struct oracle *o, const struct xen_pmu_request *req);

#endif /* HYPERVISOR_ORACLE_H */
