/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * driver.h - the rooms of the guest driver, in the order in which main.c opens
 * them, and what each CPU has.
 */
#ifndef XEN_PMU_DRIVER_H
#define XEN_PMU_DRIVER_H

#include <linux/irq_work.h>
#include <linux/perf_event.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/xenpmu.h>

#include "guard.h"
#include "vcpu.h"

/**
 * struct xen_pmu_refusal - what is to be said of an event that Xen has refused
 * @work:	says it, where a line can be written to the log
 * @error:	XEN_PMU_ERR_*
 * @slot:	that Xen has named
 * @ctl:	the event's programming
 */
struct xen_pmu_refusal {
	struct irq_work work;
	u32 error;
	u32 slot;
	u64 ctl;
};

/**
 * struct xen_pmu_cpu - one CPU of this guest, which is one VCPU
 * @vcpu:	its events; touch with interrupts off on that CPU
 * @memory:	for the page, while the CPU is online
 * @page:	the same, while it is shared with Xen; else NULL
 * @lost:	Xen has not let go of @memory: it is never used again, and never freed
 * @irq:	of VIRQ_XENPMU, while the CPU is online
 * @offer:	number of the offer (xen_pmu_offer_nr) that its events are programmed by
 * @guard:	between xen_pmu_enter() and xen_pmu_leave(), and NMIs
 * @nmis:	of state.nmis, those that were taken note of
 * @interrupted:	while an NMI is handled, where it came; else NULL
 * @data:	of the sample at hand
 * @cost:	ticks of the TSC that the last interrupt has taken
 * @stolen:	of xen_pmu_stolen(), when it was last asked
 * @spent:	sum of what interrupts have taken, for consumer.spent
 * @refusal:	the last refusal
 * @withheld:	records lost or throttled as last seen
 * @left_stack:	the kernel stack of the task before the current one, as an address
 * @unlooked:	no event was open at the last switch between tasks (user.c)
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
	struct perf_sample_data data;
	u64 cost;
	u64 stolen;
	u64 spent;
	struct xen_pmu_refusal refusal;
	u64 withheld;
	unsigned long left_stack;
	bool unlooked;
};

/* NULL for a CPU that was never attached; set once, kept until unload. */
DECLARE_PER_CPU(struct xen_pmu_cpu *, xen_pmu_cpu);

/* hypercall.c: sub-operations, see pmu_page.h; on the CPU they act on. */
int xen_pmu_query(u32 *major, u32 *minor, u64 *policy);
int xen_pmu_attach(struct xen_pmu_page *page);
int xen_pmu_detach(void);
u64 xen_pmu_stolen(void);

/* rdpmc.c: may this CPU use RDPMC with that index? */
bool xen_pmu_rdpmc_works(u32 ecx);

/* overflow.c */
int xen_pmu_overflow_init(void);
bool xen_pmu_can_sample(void);
void xen_pmu_drain(struct xen_pmu_cpu *c);
void xen_pmu_handle(struct xen_pmu_cpu *c);
void xen_pmu_catch_up(struct xen_pmu_cpu *c);

/* interrupt.c */
void xen_pmu_interrupt_init(void);
void xen_pmu_interrupt_exit(void);
bool xen_pmu_takes_nmis(void);
irqreturn_t xen_pmu_virq(int irq, void *data);
void xen_pmu_handle_missed(struct xen_pmu_cpu *c);

/* report.c */
void xen_pmu_report_init(void);
void xen_pmu_report_cpu(struct xen_pmu_cpu *c);
void xen_pmu_report_exit(struct xen_pmu_cpu *c);
void xen_pmu_report_refusal(struct xen_pmu_cpu *c);
const char *xen_pmu_policy_name(unsigned int policy);

/*
 * Whatever works with a CPU's events does so between enter and leave, which nest;
 * interrupts off.  An NMI in between finds the events in any state: it leaves the
 * records to the outermost leave.
 */
static inline void xen_pmu_enter(struct xen_pmu_cpu *c)
{
	xen_pmu_guard_enter(&c->guard);
}

static inline void xen_pmu_leave(struct xen_pmu_cpu *c)
{
	if (unlikely(c->vcpu.refused))
		xen_pmu_report_refusal(c);
	if (unlikely(xen_pmu_guard_leave(&c->guard)))
		xen_pmu_handle_missed(c);
}

/* page.c */
int xen_pmu_pages_init(void);
void xen_pmu_pages_exit(void);
void xen_pmu_pages_free(void);
void xen_pmu_pages_suspend(void);
void xen_pmu_pages_resume(void);
/*
 * What Xen offers, the same on every CPU; valid after xen_pmu_pages_init().  It
 * changes, and has another number then, only while the guest resumes and no process
 * runs: perhaps on another host.
 */
extern struct xen_pmu_const xen_pmu_offer;
extern unsigned long xen_pmu_offer_nr;

/* user.c */
void xen_pmu_user_init(void);
void xen_pmu_user_exit(void);
void xen_pmu_user_forget(void);
void xen_pmu_user_open(void);
void xen_pmu_user_close(void);
void xen_pmu_user_arrive(struct xen_pmu_cpu *c);
void xen_pmu_user_switching(struct xen_pmu_cpu *c, struct task_struct *prev,
			    struct task_struct *next);
void xen_pmu_user_executed(void);
int xen_pmu_user_flags(void);
void xen_pmu_event_mapped(struct perf_event *event, struct mm_struct *mm);
void xen_pmu_event_unmapped(struct perf_event *event, struct mm_struct *mm);
int xen_pmu_event_index(struct perf_event *event);
int xen_pmu_user_mode(void);
int xen_pmu_user_set_mode(unsigned long mode);

/* switch.c */
void xen_pmu_switch_init(void);
void xen_pmu_switch_exit(void);
bool xen_pmu_switch_hooked(void);

/* suspend.c */
int xen_pmu_suspend_init(void);
void xen_pmu_suspend_exit(void);

/* pmu.c */
int xen_pmu_register(void);
void xen_pmu_unregister(void);
bool xen_pmu_is_ours(const struct perf_event *event);
void xen_pmu_collect(struct xen_pmu_cpu *c, struct xen_pmu_event *e);
void xen_pmu_show_pages(struct xen_pmu_cpu *c);
void xen_pmu_show_new_page(struct perf_event *event);
void xen_pmu_map_again(struct xen_pmu_cpu *c);

/* debugfs.c */
void xen_pmu_debugfs_init(void);
void xen_pmu_debugfs_exit(void);

#endif /* XEN_PMU_DRIVER_H */
