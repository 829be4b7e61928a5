/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one guest VCPU's counters must show, computed the obvious way: one
 * number per slot that goes up by what the guest executed, in the modes it
 * asked for, since it asked for it.  Knows nothing of physical CPUs, nor of when
 * Xen takes periods from a counter: count is with what it has taken (renewed, as
 * the page says).
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

/* The guest executes units in a mode. */
void oracle_run(struct oracle *o, const uint64_t *renewed, bool user,
		unsigned int units);

/* A valid batch becomes effective. */
void oracle_apply(struct oracle *o, const struct xen_pmu_request *req);

#endif /* HYPERVISOR_ORACLE_H */
