// SPDX-License-Identifier: GPL-2.0-only
/*
 * mapping.c - from perf_event_attr to an event code and modes (pure).
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#else
#include <errno.h>
#endif

#include "mapping.h"

/*
 * Bits that belong to the driver and to Xen.  Old raw codes have them (r5300c0 is "enable,
 * interrupt, user" and event 0xc0), and the kernel's own driver ignores them too.
 */
#define OURS	(XEN_PMU_CTL_MODES | XEN_PMU_CTL_INT | XEN_PMU_CTL_EN)

/* PERF_TYPE_HARDWARE */
static int map_generic(const struct xen_pmu_event_table *table, u64 which, u64 *config)
{
	if (which >= PERF_COUNT_HW_MAX)
		return -EINVAL;
	*config = table->generic[array_index_nospec(which, PERF_COUNT_HW_MAX)];
	return *config ? 0 : -ENOENT;
}

/* PERF_TYPE_HW_CACHE: id | op << 8 | result << 16, perf_event_open(2) */
static int map_cache(const struct xen_pmu_event_table *table, u64 which, u64 *config)
{
	u64 id = which & 0xff, op = which >> 8 & 0xff, result = which >> 16;

	if (id >= PERF_COUNT_HW_CACHE_MAX || op >= PERF_COUNT_HW_CACHE_OP_MAX ||
	    result >= PERF_COUNT_HW_CACHE_RESULT_MAX)
		return -EINVAL;
	id = array_index_nospec(id, PERF_COUNT_HW_CACHE_MAX);
	op = array_index_nospec(op, PERF_COUNT_HW_CACHE_OP_MAX);
	result = array_index_nospec(result, PERF_COUNT_HW_CACHE_RESULT_MAX);
	*config = table->cache[id][op][result];
	if (*config == XEN_PMU_NO_SENSE)
		return -EINVAL;
	return *config ? 0 : -ENOENT;
}

/* PERF_TYPE_RAW: the CPU's own code, of bits that the guest may set */
static int map_raw(const struct xen_pmu_const *offer, const struct xen_pmu_event_table *table,
		   const struct perf_event_attr *attr, u64 *config)
{
	*config = attr->config & ~(OURS | table->ignored);
	if (*config & ~(offer->ctl_mask | offer->precise_mask))
		return -EINVAL;
	if (attr->config1 || attr->config2)
		return -EINVAL;
	return 0;
}

/*
 * xen_pmu_modes - the guest modes in which an event counts
 *
 * exclude_hv and exclude_guest change nothing: neither Xen nor another guest is ever counted.
 * exclude_host asks for guests of this guest, and there are none: such an event counts
 * nothing, like one that excludes both modes.
 */
u64 xen_pmu_modes(const struct perf_event_attr *attr)
{
	u64 modes = 0;

	if (attr->exclude_host)
		return 0;
	if (!attr->exclude_user)
		modes |= XEN_PMU_CTL_USR;
	if (!attr->exclude_kernel)
		modes |= XEN_PMU_CTL_OS;
	return modes;
}

/* xen_pmu_policy_allows - may the guest count this event code (R11)? */
bool xen_pmu_policy_allows(const struct xen_pmu_const *offer, u64 config)
{
	unsigned int i, nr = offer->nr_allowed;

	if (!nr)
		return true;
	for (i = 0; i < nr && i < XEN_PMU_ALLOWED; i++)
		if ((config & offer->event_mask) == offer->allowed[i])
			return true;
	return false;
}

/* Does Xen refuse the event to every guest, because of what it counts? */
static bool is_refused(const struct xen_pmu_const *offer, u64 config)
{
	return offer->refused_mask &&
	       (config & offer->refused_mask) == offer->refused_event;
}

/*
 * xen_pmu_map_event - the event code for what perf_event_open(2) was asked
 * @attr:	type is HARDWARE, HW_CACHE or RAW
 *
 * Returns -EINVAL for nonsense and reserved bits, -ENOENT for an event that this CPU does not
 * have, that no slot of a guest can count, or that the policy does not allow.
 */
int xen_pmu_map_event(const struct xen_pmu_const *offer, const struct xen_pmu_event_table *table,
		      const struct perf_event_attr *attr, u64 *code)
{
	u64 config;
	int err;

	switch (attr->type) {
	case PERF_TYPE_HARDWARE:
		err = map_generic(table, attr->config, &config);
		break;
	case PERF_TYPE_HW_CACHE:
		err = map_cache(table, attr->config, &config);
		break;
	default:
		err = map_raw(offer, table, attr, &config);
		break;
	}
	if (err)
		return err;
	if (!xen_pmu_policy_allows(offer, config) || is_refused(offer, config) ||
	    !xen_pmu_slots_by(table, offer, config))
		return -ENOENT;
	*code = config;
	return 0;
}
