// SPDX-License-Identifier: GPL-2.0-only
/*
 * page.c - a page shared with Xen for every CPU that is online.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/gfp.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <xen/events.h>
#include <xen/xen.h>

#include "driver.h"

DEFINE_PER_CPU(struct xen_pmu_cpu *, xen_pmu_cpu);
struct xen_pmu_const xen_pmu_offer;

static int hotplug_state;

/*
 * Modes whose counting must start with a hypercall: on PV every way to user
 * mode passes through Xen, elsewhere none need do (R3).
 */
static u64 sync_modes(void)
{
	return xen_pv_domain() ? XEN_PMU_CTL_OS : XEN_PMU_CTL_MODES;
}

/* Is what Xen offers something that this driver can use? */
static int check_offer(unsigned int cpu, const struct xen_pmu_const *offer)
{
	unsigned int nr = offer->nr_gp + offer->nr_fixed;

	if (offer->magic != XEN_PMU_PAGE_MAGIC ||
	    offer->major != XEN_PMU_PAGE_MAJOR || !nr || nr > XEN_PMU_SLOTS ||
	    offer->gp_width < 32 || offer->gp_width > 63 ||
	    (offer->nr_fixed &&
	     (offer->fixed_width < 32 || offer->fixed_width > 63))) {
		pr_err("CPU %u: Xen filled the page with something unknown (magic %#x, version %u.%u, %u counters of %u bits)\n",
		       cpu, offer->magic, offer->major, offer->minor, nr,
		       offer->gp_width);
		return -EPROTO;
	}
	if (!(offer->features & XEN_PMU_FEAT_RDPMC) ||
	    !xen_pmu_rdpmc_works(offer->rdpmc[0])) {
		pr_err("CPU %u: RDPMC does not work in this guest, and nothing works without it\n",
		       cpu);
		return -EOPNOTSUPP;
	}
	return 0;
}

static struct xen_pmu_cpu *get_cpu_data(unsigned int cpu)
{
	struct xen_pmu_cpu *c = per_cpu(xen_pmu_cpu, cpu);

	if (!c) {
		c = kzalloc_node(sizeof(*c), GFP_KERNEL, cpu_to_node(cpu));
		per_cpu(xen_pmu_cpu, cpu) = c;
	}
	return c;
}

/*
 * Attach the CPU that this runs on; interrupts off.  Events that perf has on
 * this CPU from before (of a former page) go on with what they have counted.
 */
static int attach(struct xen_pmu_cpu *c)
{
	unsigned int cpu = smp_processor_id();
	struct xen_pmu_page *page = c->memory;
	int err;

	memset(page, 0, sizeof(*page));
	err = xen_pmu_attach(page);
	if (err) {
		pr_err("CPU %u: Xen refused the page (error %d)\n", cpu, err);
		return err;
	}
	err = check_offer(cpu, &page->constant);
	if (err) {
		xen_pmu_detach();
		return err;
	}
	xen_pmu_offer = page->constant;
	xen_pmu_enter(c);
	c->refused = 0;
	c->withheld = 0;
	c->nmis = 0;
	c->page = page;
	xen_pmu_vcpu_attach(&c->vcpu, page, sync_modes());
	c->vcpu.nmi = xen_pmu_takes_nmis() &&
		      page->constant.features & XEN_PMU_FEAT_NMI;
	xen_pmu_freeze(&c->vcpu);
	xen_pmu_thaw(&c->vcpu);
	xen_pmu_leave(c);
	return 0;
}

/*
 * Detach the CPU that this runs on; interrupts off.  Counts up to here are
 * kept.  False if Xen does not let go of the page.
 */
static bool detach(struct xen_pmu_cpu *c)
{
	int err;

	xen_pmu_enter(c);
	xen_pmu_freeze(&c->vcpu);
	xen_pmu_drain(c);
	xen_pmu_vcpu_detach(&c->vcpu);
	xen_pmu_thaw(&c->vcpu);
	err = xen_pmu_detach();
	/* until now there could be an NMI, which the page told to be ours */
	c->page = NULL;
	xen_pmu_leave(c);
	if (err)
		pr_err("CPU %d: Xen does not let go of the page (error %d): leaking it\n",
		       smp_processor_id(), err);
	return !err;
}

/*
 * Runs on the CPU that comes online, and may sleep.  Perf is told of the CPU
 * earlier: events that it has added before got -ENODEV, and it tries again.
 */
static int cpu_online_attach(unsigned int cpu)
{
	struct xen_pmu_cpu *c = get_cpu_data(cpu);
	int err;

	BUILD_BUG_ON(sizeof(*c->memory) != PAGE_SIZE);
	if (!c)
		return -ENOMEM;
	c->memory = (struct xen_pmu_page *)get_zeroed_page(GFP_KERNEL);
	if (!c->memory)
		return -ENOMEM;
	err = bind_virq_to_irqhandler(VIRQ_XENPMU, cpu, xen_pmu_virq,
				      IRQF_PERCPU | IRQF_NOBALANCING,
				      "xen_pmu", c);
	if (err < 0) {
		pr_err("CPU %u: cannot bind VIRQ_XENPMU (error %d)\n", cpu, err);
		goto err_memory;
	}
	c->irq = err;

	local_irq_disable();
	err = attach(c);
	local_irq_enable();
	if (err)
		goto err_irq;
	return 0;

err_irq:
	unbind_from_irqhandler(c->irq, c);
err_memory:
	free_page((unsigned long)c->memory);
	c->memory = NULL;
	return err;
}

/* Runs on the CPU that goes offline, before perf takes its events away. */
static int cpu_offline_detach(unsigned int cpu)
{
	struct xen_pmu_cpu *c = per_cpu(xen_pmu_cpu, cpu);
	bool ours = true;

	if (!c || !c->memory)
		return 0;
	local_irq_disable();
	if (c->page) {
		xen_pmu_user_forget();
		ours = detach(c);
	}
	local_irq_enable();

	unbind_from_irqhandler(c->irq, c);
	if (ours)
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

	if (c && c->memory && !c->page)
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
}

/*
 * xen_pmu_pages_resume - attach every CPU again, perhaps to another Xen
 *
 * A CPU that cannot be attached stays detached: said by a line in the log.
 */
void xen_pmu_pages_resume(void)
{
	on_each_cpu(attach_ipi, NULL, 1);
}

static void free_cpu_data(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		kfree(per_cpu(xen_pmu_cpu, cpu));
		per_cpu(xen_pmu_cpu, cpu) = NULL;
	}
}

/*
 * xen_pmu_pages_init - attach every CPU, now and when it comes online
 */
int xen_pmu_pages_init(void)
{
	int ret = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN,
				    "perf/x86/xen_pmu:online",
				    cpu_online_attach, cpu_offline_detach);

	if (ret < 0) {
		free_cpu_data();
		return ret;
	}
	hotplug_state = ret;
	return 0;
}

/*
 * xen_pmu_pages_exit - detach every CPU
 */
void xen_pmu_pages_exit(void)
{
	cpuhp_remove_state(hotplug_state);
	free_cpu_data();
}
