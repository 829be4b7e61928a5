// SPDX-License-Identifier: GPL-2.0-only
/*
 * page.c - a page shared with Xen for every CPU that is online.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/smp.h>
#include <xen/events.h>
#include <xen/interface/xenpmu.h>
#include <xen/xen.h>

#include "../core/freeze.h"
#include "../core/vcpu.h"
#include "../cpu.h"
#include "../perf/collect.h"
#include "../perf/pmu.h"
#include "../perf/report.h"
#include "../perf/sample.h"
#include "../perf/user.h"
#include "../xen/hypercall.h"
#include "../xen/offer.h"
#include "interrupt.h"
#include "page.h"

static int hotplug_state;
static int first_error;		/* why a CPU could not be attached, or 0 */

/*
 * Modes whose counting must start with a hypercall.  In a PV guest every way to user mode passes
 * through Xen, in others none need do (R3).
 */
static u64 sync_modes(void)
{
	return xen_pv_domain() ? XEN_PMU_CTL_OS : XEN_PMU_CTL_MODES;
}

/* Let Xen drop the page.  If Xen does not, its memory is lost: never used again, never freed. */
static void give_back(struct xen_pmu_cpu *c)
{
	int err = xen_pmu_detach();

	if (!err)
		return;
	c->lost = true;
	pr_err("CPU %d: Xen does not let go of the page (error %d): leaking it\n",
	       smp_processor_id(), err);
}

/*
 * Attach the CPU that this runs on; interrupts off.  Events that perf has on this CPU from
 * before (of a former page) go on with what they have counted.
 */
static int attach(struct xen_pmu_cpu *c)
{
	unsigned int cpu = smp_processor_id();
	struct xen_pmu_page *page = c->memory;
	struct xen_pmu_const offer;
	int err;

	memset(page, 0, sizeof(*page));
	err = xen_pmu_attach(page);
	if (err) {
		pr_err("CPU %u: Xen refused the page (error %d)\n", cpu, err);
		return err;
	}
	offer = page->constant;		/* read once: what is checked is what is used */
	err = xen_pmu_take_offer(cpu, &offer);
	if (err) {
		give_back(c);
		return err;
	}
	xen_pmu_enter(c);
	c->withheld = 0;
	c->nmis = 0;
	c->spent = 0;
	c->page = page;
	if (c->offer != xen_pmu_offer_nr)
		xen_pmu_map_again(c);
	c->offer = xen_pmu_offer_nr;
	xen_pmu_vcpu_attach(&c->vcpu, page, &xen_pmu_offer, sync_modes(), xen_pmu_takes_nmis());
	xen_pmu_freeze(&c->vcpu);
	xen_pmu_thaw_and_show(c);
	xen_pmu_leave(c);
	return 0;
}

/* Detach the CPU that this runs on; interrupts off.  Counts up to here are kept. */
static void detach(struct xen_pmu_cpu *c)
{
	xen_pmu_enter(c);
	xen_pmu_freeze(&c->vcpu);
	xen_pmu_drain(c);
	xen_pmu_vcpu_detach(&c->vcpu);
	/* no user page may name a counter that RDPMC will fault on */
	xen_pmu_thaw_and_show(c);
	give_back(c);
	/* until the detach an NMI could come, and its handler looks at the page */
	c->page = NULL;
	xen_pmu_leave(c);
}

/* What a CPU needs besides its data; all of it or nothing. */
static int prepare(unsigned int cpu, struct xen_pmu_cpu *c)
{
	int irq;

	BUILD_BUG_ON(sizeof(*c->memory) != PAGE_SIZE);
	xen_pmu_report_cpu(c);
	c->memory = (struct xen_pmu_page *)get_zeroed_page(GFP_KERNEL);
	if (!c->memory)
		return -ENOMEM;
	c->lost = false;
	irq = bind_virq_to_irqhandler(VIRQ_XENPMU, cpu, xen_pmu_virq,
				      IRQF_PERCPU | IRQF_NOBALANCING, "xen_pmu", c);
	if (irq < 0) {
		free_page((unsigned long)c->memory);
		c->memory = NULL;
		return irq;
	}
	c->irq = irq;
	return 0;
}

/*
 * Runs on the CPU that comes online, and may sleep.  Perf is told of the CPU earlier: events
 * that it has added before got -ENODEV, and it tries again.
 *
 * A CPU that cannot be attached comes online all the same: it counts nothing, and perf says so
 * of each event that is bound to it.
 */
static int cpu_online_attach(unsigned int cpu)
{
	struct xen_pmu_cpu *c = xen_pmu_cpu_get(cpu);
	int err = c ? prepare(cpu, c) : -ENOMEM;

	if (err) {
		pr_err("CPU %u: no memory or no VIRQ_XENPMU (error %d): nothing is counted there\n",
		       cpu, err);
	} else {
		local_irq_disable();
		err = attach(c);
		local_irq_enable();
	}
	if (err && !first_error)
		first_error = err;
	return 0;
}

/* Runs on the CPU that goes offline, before perf takes its events away. */
static int cpu_offline_detach(unsigned int cpu)
{
	struct xen_pmu_cpu *c = per_cpu(xen_pmu_cpu, cpu);

	if (!c || !c->memory)
		return 0;
	local_irq_disable();
	xen_pmu_user_forget();
	if (c->page)
		detach(c);
	local_irq_enable();

	unbind_from_irqhandler(c->irq, c);
	if (!c->lost)
		free_page((unsigned long)c->memory);
	c->memory = NULL;
	return 0;
}

static void detach_ipi(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	if (c && c->page)
		detach(c);
}

static void attach_ipi(void *unused)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);

	if (c && c->memory && !c->page && !c->lost)
		attach(c);
}

/*
 * xen_pmu_pages_suspend - detach every CPU, keeping the pages' memory
 *
 * While detached, events count nothing and nobody touches a counter.
 */
void xen_pmu_pages_suspend(void)
{
	on_each_cpu(detach_ipi, NULL, 1);
	xen_pmu_open_offer();
}

/*
 * xen_pmu_pages_resume - attach every CPU again, perhaps to another Xen
 *
 * A CPU that cannot be attached stays detached, with a line in the log.  No process runs yet, so
 * nobody uses xen_pmu_offer while it changes.
 */
void xen_pmu_pages_resume(void)
{
	on_each_cpu(attach_ipi, NULL, 1);
	xen_pmu_close_offer();	/* also if no CPU was attached */
}

static bool any_attached(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct xen_pmu_cpu *c = per_cpu(xen_pmu_cpu, cpu);

		if (c && c->page)
			return true;
	}
	return false;
}

/*
 * xen_pmu_pages_init - attach every CPU, now and when it comes online
 *
 * An error if that works on none.  Then, and after xen_pmu_pages_exit(), the caller calls
 * xen_pmu_pages_free() when no NMI can come any more.
 */
int xen_pmu_pages_init(void)
{
	int ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "perf/x86/xen_pmu:online",
				    cpu_online_attach, cpu_offline_detach);

	if (ret < 0)
		return ret;
	hotplug_state = ret;
	if (any_attached())
		return 0;
	xen_pmu_pages_exit();
	return first_error ?: -ENODEV;
}

/* xen_pmu_pages_exit - detach every CPU */
void xen_pmu_pages_exit(void)
{
	cpuhp_remove_state(hotplug_state);
}

/* xen_pmu_pages_free - forget every CPU, when no handler is left that could look */
void xen_pmu_pages_free(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		if (per_cpu(xen_pmu_cpu, cpu))
			xen_pmu_report_exit(per_cpu(xen_pmu_cpu, cpu));
	xen_pmu_cpus_free();
}
