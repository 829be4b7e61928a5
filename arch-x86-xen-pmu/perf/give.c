// SPDX-License-Identifier: GPL-2.0-only
/*
 * give.c - give perf one sample, with the registers and the stack that it belongs to.
 *
 * Interrupts off, or in an NMI, on the CPU that the record is of.
 */
#include <linux/sched/task_stack.h>
#include <linux/static_call.h>
#include <asm/ptrace.h>
#include <asm/segment.h>
#include <asm/xen/interface.h>

#include "../kernel/compat.h"
#include "../kernel/symbol.h"
#include "give.h"

DEFINE_STATIC_CALL_NULL(xen_pmu_perf_overflow, perf_event_overflow);

/* xen_pmu_give_init - find perf_event_overflow(); without it there are no samples */
int xen_pmu_give_init(void)
{
	return xen_pmu_find(xen_pmu_perf_overflow, perf_event_overflow);
}

/*
 * Code and stack segments as native entry code leaves them in pt_regs.  The flat selectors of a PV
 * guest are Xen's own, and user_mode() looks at the RPL of cs, which is 3 in a PV kernel too.
 */
static void set_segments(struct pt_regs *regs, const struct xen_pmu_record *rec)
{
	if (!(rec->flags & XEN_PMU_REC_USER)) {
		regs->cs = __KERNEL_CS;
		regs->ss = __KERNEL_DS;
		return;
	}
	switch (rec->cs & 0xffff) {
	case __USER32_CS:
	case FLAT_USER_CS32:
		regs->cs = __USER32_CS;
		break;
	case FLAT_USER_CS64:
		regs->cs = __USER_CS;
		break;
	default:		/* the program's own segment, from its LDT or GDT */
		regs->cs = rec->cs & 0xffff ? (rec->cs & 0xffff) | 3 : __USER_CS;
		break;
	}
	regs->ss = __USER_DS;
}

static void record_regs(struct pt_regs *regs, const struct xen_pmu_record *rec)
{
	*regs = (struct pt_regs){
		.r15 = rec->r15, .r14 = rec->r14, .r13 = rec->r13,
		.r12 = rec->r12, .bp = rec->bp, .bx = rec->bx,
		.r11 = rec->r11, .r10 = rec->r10, .r9 = rec->r9, .r8 = rec->r8,
		.ax = rec->ax, .cx = rec->cx, .dx = rec->dx,
		.si = rec->si, .di = rec->di, .orig_ax = -1,
		.ip = rec->ip, .flags = rec->rflags, .sp = rec->sp,
	};
	set_segments(regs, rec);
}

/* A counter of user code only has overflowed, and its interrupt was taken in the kernel. */
static bool is_users(const struct xen_pmu_event *e, const struct xen_pmu_record *rec)
{
	return !(rec->flags & XEN_PMU_REC_USER) && !(e->wants.modes & XEN_PMU_CTL_OS);
}

/*
 * A task without a user mode: a kernel thread, or one that works for a process and shares its
 * address space (io_uring).
 */
static bool has_no_user_mode(const struct task_struct *task)
{
	return !task->mm || task->flags & (PF_KTHREAD | PF_USER_WORKER);
}

/* Was the record made on the kernel stack of the task that ran before this one? */
static bool is_of_task_before(const struct xen_pmu_cpu *c, const struct xen_pmu_record *rec)
{
	return !(rec->flags & XEN_PMU_REC_USER) &&
	       rec->sp - c->left_stack < THREAD_SIZE &&
	       c->left_stack != (unsigned long)task_stack_page(current);
}

/*
 * xen_pmu_is_nobodys - is there no task to blame for a record?
 *
 * A user-mode event has nobody to blame if the current task has no user mode.  Other events
 * have nobody if the task was switched out between the record and its handling: perf takes
 * the current task for the one that the sample is of.  (Events of a task, too, go on over the
 * switch if the next task has equal ones.)
 */
bool xen_pmu_is_nobodys(const struct xen_pmu_cpu *c, const struct xen_pmu_event *e,
			const struct xen_pmu_record *rec)
{
	return is_users(e, rec) ? has_no_user_mode(current) : is_of_task_before(c, rec);
}

/* The chain of a sample with nothing but its IP; the last member is flexible. */
struct ip_only {
	struct perf_callchain_entry chain;
	u64 ip[2];
};

/*
 * Is the task that a late record interrupted still the current one?  An event of a task is
 * drained before the task is switched out.  An event of a CPU is not: interrupts are off all
 * the way through the switch, so its record may come from the task before, whose stack is
 * another one.  (Nothing is switched on an interrupt's stack, but this check does not tell
 * that stack from another task's.)
 */
static bool still_its_task(const struct perf_event *event, const struct xen_pmu_record *rec)
{
	return event->attach_state & PERF_ATTACH_TASK ||
	       rec->sp - (unsigned long)task_stack_page(current) < THREAD_SIZE;
}

/* The current task is not the one that the sample is of: leave out all but the IP. */
static void leave_out_user(const struct perf_event *event, struct perf_sample_data *data,
			   u64 ip, struct ip_only *buf)
{
	struct perf_callchain_entry *chain = &buf->chain;
	u64 type = event->attr.sample_type;

	if (type & PERF_SAMPLE_CALLCHAIN) {
		chain->nr = 0;
		if (!event->attr.exclude_callchain_kernel) {
			chain->ip[chain->nr++] = PERF_CONTEXT_KERNEL;
			chain->ip[chain->nr++] = ip;
		}
		data->callchain = chain;
		xen_pmu_sample_grows(data, (1 + chain->nr) * sizeof(u64));
		data->sample_flags |= PERF_SAMPLE_CALLCHAIN;
	}
	if (type & (PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)) {
		data->regs_user.regs = NULL;
		data->regs_user.abi = PERF_SAMPLE_REGS_ABI_NONE;
		data->sample_flags |= PERF_SAMPLE_REGS_USER;
		if (type & PERF_SAMPLE_REGS_USER)
			xen_pmu_sample_grows(data, sizeof(u64));
	}
}

/* Did the NMI that is being handled come at the instruction that the record names? */
static bool nmi_came_there(const struct xen_pmu_cpu *c, const struct xen_pmu_record *rec)
{
	return c->interrupted->ip == rec->ip && c->interrupted->sp == rec->sp;
}

/*
 * A kernel-mode record is late if the kernel's stack has moved on since: if the record was
 * made while interrupts were masked, and no NMI is handled that came at that instruction.
 */
static bool is_late(const struct xen_pmu_cpu *c, const struct xen_pmu_record *rec)
{
	if (rec->flags & XEN_PMU_REC_USER)
		return false;
	if (c->interrupted)
		return !nmi_came_there(c, rec);
	return rec->flags & XEN_PMU_REC_MASKED;
}

/*
 * Who unwinds the stack of a late record (perf, a BPF program) must find no callers rather than
 * wrong ones (R7).  So the registers that the unwinding starts from are on no stack.  The call
 * chain is then the IP and, if it is wanted, the user's part, which has not moved.  The sample
 * shows the interrupted registers as they were, with IF clear, where natively only an NMI could
 * take the sample.
 */
static void leave_out_stack(const struct perf_event *event, struct perf_sample_data *data,
			    struct pt_regs *interrupted, struct pt_regs *unwind)
{
	u64 mask = event->attr.sample_regs_intr;

	*unwind = *interrupted;
	unwind->sp = 0;
	unwind->bp = 0;
	if (!(event->attr.sample_type & PERF_SAMPLE_REGS_INTR))
		return;
	/* as perf_prepare_sample() would do it */
	data->regs_intr.regs = interrupted;
	data->regs_intr.abi = user_64bit_mode(task_pt_regs(current)) ?
			      PERF_SAMPLE_REGS_ABI_64 : PERF_SAMPLE_REGS_ABI_32;
	xen_pmu_sample_grows(data, sizeof(u64) * (1 + hweight64(mask)));
	data->sample_flags |= PERF_SAMPLE_REGS_INTR;
}

/*
 * May perf get the NMI's own registers?  Yes, if the NMI came at the instruction that the
 * record names: a native PMI would have delivered the same.  Samples that show the registers
 * need the record's, which have native segments.
 */
static bool can_give_nmi_regs(const struct xen_pmu_cpu *c, const struct xen_pmu_event *e,
			      const struct xen_pmu_record *rec)
{
	const u64 shown = PERF_SAMPLE_REGS_INTR | PERF_SAMPLE_REGS_USER;

	return c->interrupted && nmi_came_there(c, rec) &&
	       user_mode(c->interrupted) == !!(rec->flags & XEN_PMU_REC_USER) &&
	       !is_users(e, rec) && !(e->perf->attr.sample_type & shown);
}

/*
 * Give perf the sample with the registers of the record.  If the interrupt of a user-mode
 * event was taken after the switch to the kernel, the user's registers are at the bottom of
 * the kernel's stack, and nothing of the kernel's may be shown to who asked for user code.
 */
static noinline int give_record(struct xen_pmu_cpu *c, struct xen_pmu_event *e,
				const struct xen_pmu_record *rec)
{
	struct pt_regs rec_regs, unwind_regs, *regs = &rec_regs;
	struct perf_event *event = e->perf;
	struct ip_only chain;

	record_regs(&rec_regs, rec);
	if (is_users(e, rec)) {
		regs = task_pt_regs(current);
	} else if (is_late(c, rec)) {
		c->vcpu.stats.late++;
		leave_out_stack(event, &c->data, &rec_regs, &unwind_regs);
		if (!still_its_task(event, rec))
			leave_out_user(event, &c->data, rec->ip, &chain);
		regs = &unwind_regs;
	}
	return static_call(xen_pmu_perf_overflow)(event, &c->data, regs);
}

/*
 * xen_pmu_give - give perf the sample of a record
 *
 * @weight: what the sample stands for.  Returns what perf says: not 0 if the event is to stop.
 */
int xen_pmu_give(struct xen_pmu_cpu *c, struct xen_pmu_event *e, const struct xen_pmu_record *rec,
		 u64 weight)
{
	c->vcpu.stats.samples++;
	perf_sample_data_init(&c->data, 0, weight);
	if (can_give_nmi_regs(c, e, rec))
		return static_call(xen_pmu_perf_overflow)(e->perf, &c->data, c->interrupted);
	return give_record(c, e, rec);
}
