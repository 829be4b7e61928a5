/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * symbol.h - functions of the kernel that are not exported to modules.
 *
 * A static call makes a direct call to such a function.  Its type is taken from
 * the kernel's own declaration, as in
 *
 *	DEFINE_STATIC_CALL_NULL(xen_pmu_took, perf_sample_event_took);
 *
 * so that the driver does not compile for a kernel whose prototype differs.
 */
#ifndef XEN_PMU_SYMBOL_H
#define XEN_PMU_SYMBOL_H

void *xen_pmu_symbol(const char *name);

#endif /* XEN_PMU_SYMBOL_H */
