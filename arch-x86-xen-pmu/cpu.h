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

/* What report.c says of an event that Xen has refused. */
struct xen_pmu_refusal {
	struct irq_work work;	/* says it, in a context that may write to the log */
	u32 error;		/* XEN_PMU_ERR_* */
	u32 slot;		/* that Xen has named */
	u64 event;		/* event code and modes */
};

/* One CPU of this guest, which is one VCPU. */
struct xen_pmu_cpu {
	struct xen_pmu_vcpu vcpu;	/* touched with interrupts off on that CPU */
	struct xen_pmu_page *memory;	/* for the page, while the CPU is online */
	struct xen_pmu_page *page;	/* the same memory while it is shared with Xen; else NULL */
	bool lost;		/* Xen has not let go of @memory: never used again, never freed */
	int irq;		/* of VIRQ_XENPMU, while the CPU is online */
	unsigned long offer;	/* number of the offer that its events are mapped by */
	struct xen_pmu_guard guard;	/* between xen_pmu_enter() and xen_pmu_leave(), and NMIs */
	u32 nmis;		/* of state.nmis, those that were taken note of */
	struct pt_regs *interrupted;	/* while an NMI is handled, of where it came; else NULL */
	bool draining;		/* records are being handled */
	struct perf_sample_data data;	/* of the sample at hand */
	u64 cost;		/* ticks of the TSC that the last interrupt has taken */
	u64 spent;		/* sum of these, for consumer.spent */
	u64 stolen;		/* of xen_pmu_stolen(), when it was last asked */
	u64 withheld;		/* records that Xen has not made, as last seen */
	struct xen_pmu_refusal refusal;	/* the last one */
	unsigned long left_stack;	/* kernel stack of the task before the current one */
	bool unlooked;		/* at the last switch between tasks no event was open (user.c) */
};

/* NULL for a CPU that was never online; set once, kept until the module goes. */
DECLARE_PER_CPU(struct xen_pmu_cpu *, xen_pmu_cpu);

struct xen_pmu_cpu *xen_pmu_cpu_get(unsigned int cpu);
void xen_pmu_cpus_free(void);

#endif /* XEN_PMU_CPU_H */
