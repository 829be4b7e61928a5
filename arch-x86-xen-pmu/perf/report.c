// SPDX-License-Identifier: GPL-2.0-only
/*
 * report.c - what perf and the log are told when Xen refuses an event.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/static_call.h>

#include "../kernel/symbol.h"
#include "report.h"

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

/* Takes an event out of its context for good, from any context, an NMI's too. */
DEFINE_STATIC_CALL_NULL(xen_pmu_disable_event, perf_event_disable_inatomic);

/* A line in the log takes locks that a switch between tasks may hold already. */
static void say_refusal(struct irq_work *work)
{
	const struct xen_pmu_refusal *r = container_of(work, struct xen_pmu_refusal, work);

	if (r->slot < XEN_PMU_SLOTS)
		pr_warn_ratelimited("CPU %d: Xen refused event %#llx: %s (counter %u)\n",
				    smp_processor_id(), r->event, error_name(r->error), r->slot);
	else
		pr_warn_ratelimited("CPU %d: event %#llx cannot be counted on this host: %s\n",
				    smp_processor_id(), r->event, error_name(r->error));
}

/*
 * xen_pmu_report_init - find perf's way to disable an event
 *
 * Not from a callback of CPU hotplug: a static call's update waits for its lock.
 */
void xen_pmu_report_init(void)
{
	xen_pmu_find(xen_pmu_disable_event, perf_event_disable_inatomic);
}

/* xen_pmu_report_cpu, xen_pmu_report_exit - begin and end with a CPU's refusals */
void xen_pmu_report_cpu(struct xen_pmu_cpu *c)
{
	if (!c->refusal.work.func)	/* it may be queued since the CPU was online before */
		init_irq_work(&c->refusal.work, say_refusal);
}

void xen_pmu_report_exit(struct xen_pmu_cpu *c)
{
	irq_work_sync(&c->refusal.work);
}

/*
 * xen_pmu_report_refusal - perf and the log learn which events Xen has refused
 *
 * Such an event counts nothing: perf disables it, and goes on with the others.  From
 * xen_pmu_leave(), on the CPU of @c, interrupts off; perhaps in an NMI.
 */
void xen_pmu_report_refusal(struct xen_pmu_cpu *c)
{
	struct xen_pmu_vcpu *v = &c->vcpu;
	unsigned int i;

	xen_pmu_for_each(i, v->in[XEN_PMU_EVENT_REFUSED]) {
		struct xen_pmu_event *e = &v->event[i];

		xen_pmu_event_move(v, e, XEN_PMU_EVENT_FAILED);
		c->refusal.event = e->wants.code | e->wants.modes;
		c->refusal.error = e->error;
		c->refusal.slot = e->refused_slot;
		static_call_cond(xen_pmu_disable_event)(e->perf);
		irq_work_queue(&c->refusal.work);
	}
}
