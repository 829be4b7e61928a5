// SPDX-License-Identifier: GPL-2.0-only
/*
 * symbol.c - the addresses of functions that are not exported to modules.
 */
#include <linux/err.h>
#include <linux/kprobes.h>

#include "symbol.h"

/*
 * xen_pmu_symbol - the address at which a function of the kernel can be called
 *
 * A kprobe that is registered as disabled gets the address, and changes no instruction of the
 * kernel.  The address is behind the function's ENDBR, if there is one: a direct call needs none.
 * May sleep.  An ERR_PTR() if the kernel has no such function or does not let it be probed.
 */
void *xen_pmu_symbol(const char *name)
{
	struct kprobe probe = {
		.symbol_name = name,
		.flags = KPROBE_FLAG_DISABLED,
	};
	void *address;
	int err;

	err = register_kprobe(&probe);
	if (err)
		return ERR_PTR(err);
	address = probe.addr;
	unregister_kprobe(&probe);
	return address;
}
