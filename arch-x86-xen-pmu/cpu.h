/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * cpu.h - what the driver keeps for one CPU of this guest.
 */
#ifndef XEN_PMU_CPU_H
#define XEN_PMU_CPU_H

#include <linux/irq_work.h>
#include <linux/percpu.h>
#include <linux/perf_event.h>

#include "core/guard.h"
#include "core/state.h"

/**
 * struct xen_pmu_refusal - what report.c says of an event that Xen has refused
 * @work:	says it, in a context that may write to the log
 * @error:	XEN_PMU_ERR_*
 * @slot:	that Xen has named
 * @event:	event code and modes
 */
struct xen_pmu_refusal {
	struct irq_work work;
	u32 error;
	u32 slot;
	u64 event;
};

/**
 * struct xen_pmu_cpu - one CPU of this guest, which is one VCPU
 * @vcpu:	its events; touched with interrupts off on that CPU
 * @memory:	for the page, while the CPU is online
 * @page:	the same memory while it is shared with Xen; else NULL
 * @lost:	Xen has not let go of @memory: it is never used again, and never freed
 * @irq:	of VIRQ_XENPMU, while the CPU is online
 * @offer:	number of the offer (xen_pmu_offer_nr) that its events are mapped by
 * @guard:	between xen_pmu_enter() and xen_pmu_leave(), and NMIs
 * @nmis:	of state.nmis, those that were taken note of
 * @interrupted: while an NMI is handled, the registers of where it came; else NULL
 * @draining:	records are being handled
 * @data:	of the sample at hand
 * @cost:	ticks of the TSC that the last interrupt has taken
 * @stolen:	of xen_pmu_stolen(), when it was last asked
 * @spent:	sum of what interrupts have taken, for consumer.spent
 * @withheld:	records that Xen has not made, as last seen
 * @refusal:	the last refusal
 * @left_stack:	the kernel stack of the task before the current one, as an address
 * @unlooked:	at the last switch between tasks no event was open (user.c)
 */
struct xen_pmu_cpu {
	struct xen_pmu_vcpu vcpu;
	struct xen_pmu_page *memory;
	struct xen_pmu_page *page;
	bool lost;
	int irq;
	unsigned long offer;
	struct xen_pmu_guard guard;
	u32 nmis;
	struct pt_regs *interrupted;
	bool draining;
	struct perf_sample_data data;
	u64 cost;
	u64 stolen;
	u64 spent;
	u64 withheld;
	struct xen_pmu_refusal refusal;
	unsigned long left_stack;
	bool unlooked;
};

/* NULL for a CPU that was never online; set once, kept until the module goes. */
DECLARE_PER_CPU(struct xen_pmu_cpu *, xen_pmu_cpu);

struct xen_pmu_cpu *xen_pmu_cpu_get(unsigned int cpu);
void xen_pmu_cpus_free(void);

#endif /* XEN_PMU_CPU_H */
