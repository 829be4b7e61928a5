// SPDX-License-Identifier: GPL-2.0-only
/*
 * sample.c - from Xen's overflow records to perf's samples (R7).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/math64.h>
#include <linux/sched/task_stack.h>
#include <linux/static_call.h>
#include <asm/ptrace.h>
#include <asm/msr.h>
#include <asm/segment.h>
#include <asm/tsc.h>
#include <asm/xen/interface.h>

#include "../core/event.h"
#include "../core/overflow.h"
#include "../core/period.h"
#include "../core/ring.h"
#include "../core/vcpu.h"
#include "../kernel/compat.h"
#include "../kernel/symbol.h"
#include "../xen/hypercall.h"
#include "../xen/offer.h"
#include "collect.h"
#include "sample.h"

DEFINE_STATIC_CALL_NULL(xen_pmu_perf_overflow, perf_event_overflow);

/*
 * By this perf learns what a sample costs, and lowers perf_event_max_sample_rate when
 * that is too much.  Without it, nothing bounds a storm in a guest whose samples cost
 * more than a tick's share of them.
 */
DEFINE_STATIC_CALL_NULL(xen_pmu_sample_took, perf_sample_event_took);

static bool can_sample;

/*
 * xen_pmu_sample_init - find perf_event_overflow(); without it no sampling
 */
int xen_pmu_sample_init(void)
{
	void *overflow = xen_pmu_symbol("perf_event_overflow");
	void *took = xen_pmu_symbol("perf_sample_event_took");

	if (IS_ERR(overflow))
		return PTR_ERR(overflow);
	static_call_update(xen_pmu_perf_overflow, overflow);
	if (!IS_ERR(took))
		static_call_update(xen_pmu_sample_took, took);
	can_sample = true;
	return 0;
}

bool xen_pmu_can_sample(void)
{
	return can_sample;
}

/*
 * Code and stack segments as native entry code leaves them in pt_regs: PV's
 * flat selectors are Xen's own, and user_mode() looks at the RPL of cs, which
 * is 3 in PV's kernel too.
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
	default:		/* its own segment, from its LDT or GDT */
		regs->cs = rec->cs & 0xffff ? (rec->cs & 0xffff) | 3 :
					      __USER_CS;
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

/* The interrupt of a counter that counts user code only was taken in the kernel. */
static bool is_users(const struct xen_pmu_event *e, const struct xen_pmu_record *rec)
{
	return !(rec->flags & XEN_PMU_REC_USER) && !(e->ctl & XEN_PMU_CTL_OS);
}

/*
 * A task without a user mode: a kernel thread, or one that works for a process and
 * shares its address space (io_uring).
 */
static bool has_no_user_mode(const struct task_struct *task)
{
	return !task->mm || task->flags & (PF_KTHREAD | PF_USER_WORKER);
}

/* Was the record made on the kernel stack of the task that ran before this one? */
static bool is_of_task_before(const struct xen_pmu_cpu *c,
			      const struct xen_pmu_record *rec)
{
	return !(rec->flags & XEN_PMU_REC_USER) &&
	       rec->sp - c->left_stack < THREAD_SIZE &&
	       c->left_stack != (unsigned long)task_stack_page(current);
}

/*
 * Is there nobody to blame for a record?  So it is for a user-mode event if the current
 * task has no user mode.  And so it is if the task was switched out between the record
 * and its handling: perf takes whatever is the current task for the one that the sample
 * is of.  (Events of a task go on over the switch, too, if the next task has the same
 * ones.)
 */
static bool is_nobodys(const struct xen_pmu_cpu *c, const struct xen_pmu_event *e,
		       const struct xen_pmu_record *rec)
{
	return is_users(e, rec) ? has_no_user_mode(current) :
				  is_of_task_before(c, rec);
}

/*
 * The registers to blame.  If the interrupt was taken after the switch to the kernel,
 * the user's registers are at the bottom of the kernel's stack, and nothing of the
 * kernel's may be shown to who asked for user code.
 */
static struct pt_regs *blame(const struct xen_pmu_event *e,
			     const struct xen_pmu_record *rec,
			     struct pt_regs *regs)
{
	return is_users(e, rec) ? task_pt_regs(current) : regs;
}

/* The chain of a sample with nothing but its IP; the last member is flexible. */
struct ip_only {
	struct perf_callchain_entry chain;
	u64 ip[2];
};

/*
 * Is the task that a late record interrupted still the current one?  An event
 * of a task is drained before the task is switched out.  One of a CPU is not:
 * interrupts are off all the way through the switch, so its record may come from
 * the task before, whose stack is another one.  (On an interrupt's stack nothing
 * is switched, but this does not tell that stack from another task's.)
 */
static bool still_its_task(const struct perf_event *event,
			   const struct xen_pmu_record *rec)
{
	return event->attach_state & PERF_ATTACH_TASK ||
	       rec->sp - (unsigned long)task_stack_page(current) < THREAD_SIZE;
}

/* The user's part of a sample is nobody's, and all that is left is the IP. */
static void leave_out_user(const struct perf_event *event,
			   struct perf_sample_data *data, u64 ip,
			   struct ip_only *buf)
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

/*
 * A kernel-mode record is late if the kernel's stack has moved on since: if it was
 * made while interrupts were masked, and no NMI is handled that came at that very
 * place.
 */
static bool is_late(const struct xen_pmu_cpu *c,
		    const struct xen_pmu_record *rec)
{
	if (rec->flags & XEN_PMU_REC_USER)
		return false;
	if (c->interrupted)
		return c->interrupted->ip != rec->ip ||
		       c->interrupted->sp != rec->sp;
	return rec->flags & XEN_PMU_REC_MASKED;
}

/*
 * Who unwinds the stack of a late record (perf, a BPF program) must find no callers
 * rather than wrong ones (R7): so the registers that it starts from are on no stack.
 * The call chain is then the IP and, if it is wanted, the user's part, which has not
 * moved.  What was interrupted is told as it was, its flags with IF clear, as
 * natively where only an NMI could take the sample.
 */
static void leave_out_stack(const struct perf_event *event,
			    struct perf_sample_data *data,
			    struct pt_regs *interrupted,
			    struct pt_regs *unwind)
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
 * Have the registers of an NMI anything to say that the record has not?  At the very
 * place of the overflow they are what perf would get natively.  Samples that show the
 * registers themselves have native segments.
 */
static bool came_at_once(const struct xen_pmu_cpu *c, const struct xen_pmu_event *e,
			 const struct xen_pmu_record *rec)
{
	const u64 shown = PERF_SAMPLE_REGS_INTR | PERF_SAMPLE_REGS_USER;
	struct pt_regs *now = c->interrupted;	/* not const, for newer kernels */

	return now && now->ip == rec->ip && now->sp == rec->sp &&
	       user_mode(now) == !!(rec->flags & XEN_PMU_REC_USER) &&
	       !is_users(e, rec) &&
	       !(e->perf->attr.sample_type & shown);
}

/*
 * Give perf the sample, with the registers of the record.  Returns what perf does: not
 * 0 if the event is to stop.
 */
static noinline int give_record(struct xen_pmu_cpu *c, struct xen_pmu_event *e,
				const struct xen_pmu_record *rec,
				struct perf_sample_data *data)
{
	struct perf_event *event = e->perf;
	struct pt_regs rec_regs, unwind_regs, *regs;
	struct ip_only chain;

	record_regs(&rec_regs, rec);
	regs = blame(e, rec, &rec_regs);
	if (regs == &rec_regs && is_late(c, rec)) {
		c->vcpu.stats.late++;
		leave_out_stack(event, data, &rec_regs, &unwind_regs);
		if (!still_its_task(event, rec))
			leave_out_user(event, data, rec->ip, &chain);
		regs = &unwind_regs;
	}
	return static_call(xen_pmu_perf_overflow)(event, data, regs);
}

static int give(struct xen_pmu_cpu *c, struct xen_pmu_event *e,
		const struct xen_pmu_record *rec)
{
	c->vcpu.stats.samples++;
	perf_sample_data_init(&c->data, 0, e->perf->hw.last_period);
	if (came_at_once(c, e, rec))
		return static_call(xen_pmu_perf_overflow)(e->perf, &c->data,
							  c->interrupted);
	return give_record(c, e, rec, &c->data);
}

/*
 * What perf looks at of an event that it gets a sample of: its count only if that is
 * part of the sample.  Who wants it later will ask for it, and the user page is filled
 * in when somebody may look at it (pmu.c).
 */
static void show(struct xen_pmu_cpu *c, struct xen_pmu_event *e)
{
	if (e->perf->attr.sample_type & PERF_SAMPLE_READ)
		xen_pmu_collect(c, e);
	else
		local64_set(&e->perf->hw.period_left, e->left);
}

/*
 * A period is over, and Xen has not gone on to another, or not to the right one.
 * Returns what the next sample will stand for.
 */
static noinline u64 renew(struct xen_pmu_vcpu *v, struct xen_pmu_event *e)
{
	struct hw_perf_event *hwc = &e->perf->hw;
	u64 weight = xen_pmu_event_weight(e, hwc->last_period);
	u64 next = xen_pmu_event_renew(v, e, hwc->sample_period, &weight);

	hwc->last_period = weight;
	return next;
}

/*
 * A period of a sampling event is over; renewed: the next has begun already.
 *
 * Until perf has the sample, hw.last_period is what that stands for, by which
 * frequency mode goes; then it is what the next will.
 */
static void sample(struct xen_pmu_cpu *c, struct xen_pmu_event *e,
		   const struct xen_pmu_record *rec, bool renewed)
{
	struct xen_pmu_vcpu *v = &c->vcpu;
	struct perf_event *event = e->perf;
	struct hw_perf_event *hwc = &event->hw;
	u64 next = e->period;
	s64 left;

	if (renewed)
		hwc->last_period = xen_pmu_event_weight(e, hwc->last_period);
	else
		next = renew(v, e);
	left = e->left;
	show(c, e);
	v->unseen |= e->bit;
	if (!hwc->last_period) {
		/* Nothing of the period was counted: no sample stands for it. */
		hwc->last_period = next;
		return;
	}
	if (is_nobodys(c, e, rec)) {
		v->stats.strange++;
		hwc->last_period += next;
		return;
	}
	if (give(c, e, rec))
		event->pmu->stop(event, 0);
	else if (e->running)
		xen_pmu_event_tune(v, e, hwc->sample_period);
	if (e->left == left)	/* else perf has begun another period */
		hwc->last_period = next;
}

static void handle_record(struct xen_pmu_cpu *c,
			  const struct xen_pmu_record *rec)
{
	struct xen_pmu_vcpu *v = &c->vcpu;
	unsigned int slot;

	v->stats.drained++;
	xen_pmu_for_each(slot, rec->counters) {
		switch (xen_pmu_overflow(v, slot, rec->seq)) {
		case XEN_PMU_OVERFLOW_RENEWED:
			sample(c, v->owner[slot], rec, true);
			break;
		case XEN_PMU_OVERFLOW_SAMPLE:
			sample(c, v->owner[slot], rec, false);
			break;
		case XEN_PMU_OVERFLOW_COUNTED:
			xen_pmu_collect(c, v->owner[slot]);
			break;
		case XEN_PMU_OVERFLOW_STALE:
			break;
		}
	}
}

/* Periods that Xen has gone on by and that no record was for. */
static void take_rest(struct xen_pmu_vcpu *v)
{
	unsigned int i;

	v->rest = false;
	for (i = 0; i < XEN_PMU_SLOTS; i++) {
		struct xen_pmu_event *e = &v->event[i];

		if (e->perf && e->running && e->sampling)
			e->perf->hw.last_period += xen_pmu_event_rest(v, e);
	}
}

/* How many records Xen has not made. */
static u64 withheld(const struct xen_pmu_page *page)
{
	return READ_ONCE(page->state.nr_lost) + READ_ONCE(page->state.nr_throttled);
}

/*
 * Periods that ended without a record, because the ring was full or the rate
 * limit withheld it: without a new period the counter would not overflow again
 * for years.  The next sample weighs as much more.
 */
static noinline void make_up(struct xen_pmu_cpu *c)
{
	struct xen_pmu_vcpu *v = &c->vcpu;
	unsigned int i;
	u64 next;

	c->withheld = withheld(c->page);
	for (i = 0; i < XEN_PMU_SLOTS; i++) {
		struct xen_pmu_event *e = &v->event[i];

		if (!e->perf || !e->running || !e->sampling ||
		    !xen_pmu_event_missed(v, e))
			continue;
		v->stats.unrecorded++;
		next = renew(v, e);
		e->perf->hw.last_period += next;
		xen_pmu_collect(c, e);
	}
}

/*
 * More records than this at a time are not handled: then the guest would do nothing
 * else, or Xen's index is nonsense.  The rest counts as lost.
 */
#define MOST_RECORDS (4 * XEN_PMU_RECORDS)

static noinline void drain(struct xen_pmu_cpu *c)
{
	const struct xen_pmu_record *rec;
	unsigned int nr = 0;

	c->vcpu.draining = true;
	while ((rec = xen_pmu_ring_peek(c->page)) && nr++ < MOST_RECORDS) {
		handle_record(c, rec);
		xen_pmu_ring_advance(c->page);
	}
	if (c->vcpu.rest)
		take_rest(&c->vcpu);
	/* A record that comes during the skip is told by nobody. */
	for (nr = 0; nr < XEN_PMU_RECORDS && xen_pmu_ring_peek(c->page); nr++)
		xen_pmu_ring_skip(c->page);
	if (rec || withheld(c->page) != c->withheld)
		make_up(c);
	c->vcpu.draining = false;
}

/*
 * xen_pmu_drain - handle all records that are in the ring
 *
 * Between freeze and thaw.  Perf may stop and start events from within a
 * sample, and stopping drains: once is enough.
 */
void xen_pmu_drain(struct xen_pmu_cpu *c)
{
	if (c->vcpu.draining || !c->page)
		return;
	if (xen_pmu_ring_peek(c->page) || c->vcpu.rest ||
	    withheld(c->page) != c->withheld)
		drain(c);
}

/* An interrupt that takes so much longer than the last has perhaps not run all the time. */
#define SUSPICIOUS	4

/*
 * What it has cost to handle records, Xen's part included, in ticks of the TSC.
 * @overflow: the TSC of the first record, or 0; @begin: that when handling began.
 *
 * The overflow may have had to wait for the guest to enable interrupts, which is not
 * part of the cost.  Xen's part is not more than three times the guest's: on the rig,
 * 2.4 times in a PVH guest, less in the others (selftests/bench/RESULTS.md).
 *
 * Xen may have let another guest run meanwhile, which is no cost of a sample either.
 * Xen tells when it has, but only by a hypercall: it is asked when the cost looks like
 * that.  Then the cost of the last interrupt stands for this one.
 */
static u64 cost_of(struct xen_pmu_cpu *c, u64 overflow, u64 begin)
{
	u64 now = rdtsc_ordered();
	u64 cost = (now - begin) * 4, stolen;

	if (overflow && now - overflow < cost)
		cost = now - overflow;
	if (cost / SUSPICIOUS > c->cost) {
		stolen = xen_pmu_stolen();
		if (stolen != c->stolen) {
			c->stolen = stolen;
			return c->cost;
		}
	}
	c->cost = cost;
	return cost;
}

/*
 * Xen bounds by it what all of a guest's overflows take (R10), and perf lowers its rate
 * by what a sample takes.  (Perf is told by xen_pmu_handle() only: it says a line in
 * the log, by an irq_work.)
 */
static void tell_cost(struct xen_pmu_cpu *c, u64 cost, bool perf)
{
	if (c->page && xen_pmu_offer.features & XEN_PMU_FEAT_SPENT) {
		c->spent += cost;
		WRITE_ONCE(c->page->consumer.spent, c->spent);
	}
	if (perf && tsc_khz)
		static_call_cond(xen_pmu_sample_took)(mul_u64_u32_div(cost,
						      USEC_PER_SEC, tsc_khz));
}

/* Handle what is in the ring.  Between enter and leave, not between freeze and thaw. */
static void handle(struct xen_pmu_cpu *c, bool tell_perf)
{
	const struct xen_pmu_record *rec = NULL;
	u64 begin = rdtsc_ordered(), overflow = 0;

	xen_pmu_interrupted(&c->vcpu);
	if (c->page)
		rec = xen_pmu_ring_peek(c->page);
	if (rec)
		overflow = READ_ONCE(rec->tsc);
	xen_pmu_drain(c);
	xen_pmu_thaw(&c->vcpu);
	xen_pmu_show_pages(c);
	if (rec)
		tell_cost(c, cost_of(c, overflow, begin), tell_perf);
}

/*
 * xen_pmu_handle - handle an interrupt, or an NMI
 *
 * Between enter and leave, not between freeze and thaw.
 */
void xen_pmu_handle(struct xen_pmu_cpu *c)
{
	handle(c, true);
}

/*
 * xen_pmu_handle_missed - handle what came between enter and leave
 *
 * It has been entered for that.
 */
void xen_pmu_handle_missed(struct xen_pmu_cpu *c)
{
	do {
		xen_pmu_handle(c);
	} while (xen_pmu_guard_leave(&c->guard));
}

/*
 * xen_pmu_catch_up - handle records of the current task before it is switched out
 *
 * Their interrupt would come with the next task.  Interrupts off, on the CPU of @c, not
 * between enter and leave.
 */
void xen_pmu_catch_up(struct xen_pmu_cpu *c)
{
	if (!c->page || !xen_pmu_ring_peek(c->page))
		return;
	xen_pmu_enter(c);
	handle(c, false);
	xen_pmu_leave(c);
}
