// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupt.c - how Xen tells of overflow records: by NMI, or by VIRQ_XENPMU.
 *
 * In a PV guest an NMI comes wherever the overflow was, also where interrupts are off.  So samples
 * of such code have their call chains, as natively, and an NMI costs less than an event channel.
 * For a PVH or HVM guest it would cost more: the IRET of the NMI's handler would be an exit.  The
 * VIRQ is bound in any case: Xen raises it where an NMI would come too late (pmu_page.h).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kprobes.h>
#include <linux/module.h>
#include <asm/nmi.h>
#include <xen/xen.h>

#include "../cpu.h"
#include "../perf/sample.h"
#include "interrupt.h"

static bool nmi = true;
module_param(nmi, bool, 0444);
MODULE_PARM_DESC(nmi, "take overflows by NMI in PV guests (default: yes)");

static bool registered;

/*
 * An NMI is the driver's if Xen has raised one since the last.  If Xen has raised two, they may
 * have become one: the answer 2 keeps the kernel from complaining about the second
 * (arch/x86/kernel/nmi.c, swallow_nmi).
 */
static int take_nmi(unsigned int type, struct pt_regs *regs)
{
	struct xen_pmu_cpu *c = this_cpu_read(xen_pmu_cpu);
	u32 raised;

	if (!c || !c->page)
		return NMI_DONE;
	raised = READ_ONCE(c->page->state.nmis) - c->nmis;
	if (!raised)
		return NMI_DONE;
	c->nmis += raised;
	c->vcpu.stats.nmis++;
	if (xen_pmu_guard_try(&c->guard)) {
		c->interrupted = regs;
		xen_pmu_handle(c);
		c->interrupted = NULL;
		xen_pmu_leave(c);
	}
	return raised > 1 ? 2 : NMI_HANDLED;
}
NOKPROBE_SYMBOL(take_nmi);

/* xen_pmu_virq - VIRQ_XENPMU: there are records */
irqreturn_t xen_pmu_virq(int irq, void *data)
{
	struct xen_pmu_cpu *c = data;

	xen_pmu_enter(c);
	xen_pmu_handle(c);
	xen_pmu_leave(c);
	return IRQ_HANDLED;
}

/* xen_pmu_takes_nmis - does this guest want NMIs, if Xen has them? */
bool xen_pmu_takes_nmis(void)
{
	return registered;
}

/*
 * xen_pmu_interrupt_init - be ready for NMIs; without them there is the VIRQ
 *
 * Before any page is shared.
 */
void xen_pmu_interrupt_init(void)
{
	int err;

	if (!nmi || !xen_pv_domain())
		return;
	err = register_nmi_handler(NMI_LOCAL, take_nmi, 0, KBUILD_MODNAME);
	registered = !err;
	if (err)
		pr_info("cannot take NMIs (error %d): code with interrupts off is sampled without call chains\n",
			err);
}

/* xen_pmu_interrupt_exit - when no page is shared any more */
void xen_pmu_interrupt_exit(void)
{
	if (registered)
		unregister_nmi_handler(NMI_LOCAL, KBUILD_MODNAME);
}
