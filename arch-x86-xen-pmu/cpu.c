// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpu.c - what the driver keeps for one CPU of this guest.
 */
#include <linux/slab.h>

#include "cpu.h"

DEFINE_PER_CPU(struct xen_pmu_cpu *, xen_pmu_cpu);

/*
 * xen_pmu_cpu_get - a CPU's data, which is made the first time; NULL: no memory
 *
 * The CPU comes online, and nothing runs there yet that could look.
 */
struct xen_pmu_cpu *xen_pmu_cpu_get(unsigned int cpu)
{
	struct xen_pmu_cpu *c = per_cpu(xen_pmu_cpu, cpu);

	if (!c) {
		c = kzalloc_node(sizeof(*c), GFP_KERNEL, cpu_to_node(cpu));
		per_cpu(xen_pmu_cpu, cpu) = c;
	}
	return c;
}

/* xen_pmu_cpus_free - forget every CPU, when no handler is left that could look */
void xen_pmu_cpus_free(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		kfree(per_cpu(xen_pmu_cpu, cpu));
		per_cpu(xen_pmu_cpu, cpu) = NULL;
	}
}
