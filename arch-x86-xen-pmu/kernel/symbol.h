/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * symbol.h - functions of the kernel that are not exported to modules.
 *
 * A static call makes a direct call to such a function.  Its type is taken from the kernel's
 * own declaration, as in
 *
 *	DEFINE_STATIC_CALL_NULL(xen_pmu_took, perf_sample_event_took);
 *
 * So the driver does not compile for a kernel whose prototype differs.
 */
#ifndef XEN_PMU_SYMBOL_H
#define XEN_PMU_SYMBOL_H

#include <linux/err.h>
#include <linux/static_call.h>

void *xen_pmu_symbol(const char *name);

/* Let the static call @key call @function.  0, or an error if it cannot be found; may sleep. */
#define xen_pmu_find(key, function)				\
({								\
	void *address_ = xen_pmu_symbol(#function);		\
								\
	if (!IS_ERR(address_))					\
		static_call_update(key, address_);		\
	PTR_ERR_OR_ZERO(address_);				\
})

#endif /* XEN_PMU_SYMBOL_H */
