// SPDX-License-Identifier: GPL-2.0-only
/*
 * offer.c - what Xen offers, which is the same on every CPU.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#include "offer.h"
#include "perf-glue/events.h"

struct xen_pmu_const xen_pmu_offer;
unsigned long xen_pmu_offer_nr;

/* Between a suspend and the first attach after it, Xen may offer something else. */
static bool offer_open = true;
static DEFINE_RAW_SPINLOCK(offer_lock);

const char *xen_pmu_policy_name(unsigned int policy)
{
	static const char * const names[] = {
		[XEN_PMU_POLICY_OFF]  = "off",
		[XEN_PMU_POLICY_IPC]  = "ipc",
		[XEN_PMU_POLICY_ARCH] = "arch",
		[XEN_PMU_POLICY_ALL]  = "all",
	};

	return policy < ARRAY_SIZE(names) ? names[policy] : "unknown";
}

/* Is what Xen offers something that this driver can use? */
static int check_offer(unsigned int cpu, const struct xen_pmu_const *offer)
{
	unsigned int nr = offer->nr_gp + offer->nr_fixed;

	if (offer->magic != XEN_PMU_PAGE_MAGIC ||
	    offer->major != XEN_PMU_PAGE_MAJOR || !nr || nr > XEN_PMU_SLOTS ||
	    offer->gp_width < 32 || offer->gp_width > 63 ||
	    (offer->nr_fixed && (offer->fixed_width < 32 || offer->fixed_width > 63))) {
		pr_err("CPU %u: Xen filled the page with something unknown (magic %#x, version %u.%u, %u counters of %u bits)\n",
		       cpu, offer->magic, offer->major, offer->minor, nr,
		       offer->gp_width);
		return -EPROTO;
	}
	if (!(offer->features & XEN_PMU_FEAT_RDPMC) ||
	    xen_pmu_rdpmc_failed(xen_pmu_rdpmc(offer->rdpmc[0]))) {
		pr_err("CPU %u: RDPMC does not work in this guest, and nothing works without it\n",
		       cpu);
		return -EOPNOTSUPP;
	}
	return 0;
}

/*
 * The offer on the CPU that is attached first is the offer for all.  A CPU with another one is of
 * no use: an event may run on any CPU.
 */
static int take_offer(unsigned int cpu, const struct xen_pmu_const *offer)
{
	bool same, open;

	raw_spin_lock(&offer_lock);
	same = !memcmp(offer, &xen_pmu_offer, sizeof(*offer));
	open = offer_open;
	if (open && !same) {
		xen_pmu_offer = *offer;
		xen_pmu_offer_nr++;
		xen_pmu_events_init(&xen_pmu_offer);
	}
	offer_open = false;
	raw_spin_unlock(&offer_lock);
	if (same || open)
		return 0;
	pr_err("CPU %u: Xen offers other counters than on the first CPU\n", cpu);
	return -EXDEV;
}

/* xen_pmu_take_offer - may a CPU be used with what Xen offers there? */
int xen_pmu_take_offer(unsigned int cpu, const struct xen_pmu_const *offer)
{
	int err = check_offer(cpu, offer);

	return err ?: take_offer(cpu, offer);
}

/* xen_pmu_open_offer, xen_pmu_close_offer - may the next CPU be offered something else? */
void xen_pmu_open_offer(void)
{
	offer_open = true;
}

void xen_pmu_close_offer(void)
{
	offer_open = false;
}
