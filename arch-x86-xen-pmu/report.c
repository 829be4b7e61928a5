// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - names for people, and what they are told when Xen refuses a batch.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/smp.h>

#include "driver.h"

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

static const char *error_name(u32 error)
{
	static const char * const names[] = {
		[XEN_PMU_ERR_NONE]  = "no error",
		[XEN_PMU_ERR_SLOT]  = "no such counter",
		[XEN_PMU_ERR_CTL]   = "reserved bits in the event",
		[XEN_PMU_ERR_MODE]  = "neither user nor kernel mode",
		[XEN_PMU_ERR_EVENT] = "event not allowed by the policy",
		[XEN_PMU_ERR_PERIOD] = "period too long",
		[XEN_PMU_ERR_START] = "start value too wide",
		[XEN_PMU_ERR_RSVD]  = "reserved field set",
	};

	return error < ARRAY_SIZE(names) ? names[error] : "unknown error";
}

/*
 * xen_pmu_report_refusal - log it, once per refused batch and rate limited
 *
 * The events of a refused batch count nothing; everything else goes on.
 * Interrupts off, on the CPU of @c.
 */
void xen_pmu_report_refusal(struct xen_pmu_cpu *c)
{
	const struct xen_pmu_state *state = &c->page->state;
	u32 refused = READ_ONCE(state->refused);
	u32 slot = READ_ONCE(state->error_slot);
	u32 error = READ_ONCE(state->error);

	if (refused == c->refused)
		return;
	c->refused = refused;
	if (slot < XEN_PMU_SLOTS)
		pr_warn_ratelimited("CPU %d: Xen refused batch %u: %s (slot %u, event %#llx)\n",
				    smp_processor_id(), refused,
				    error_name(error), slot,
				    c->vcpu.batch.want[slot].ctl);
	else
		pr_warn_ratelimited("CPU %d: Xen refused batch %u: %s\n",
				    smp_processor_id(), refused,
				    error_name(error));
}
