/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Overflow records: their content, the rate limit, and the VIRQ or NMI that
 * tells the guest (R7, R10).  vcpu.c calls the functions.
 */
#include "vcpu.h"

/* RFLAGS as in the guest's own exception frames: see create_bounce_frame. */
static uint64_t guest_rflags(const struct vcpu *v, uint64_t rflags, bool masked)
{
    rflags &= ~(uint64_t)(X86_EFLAGS_IF | X86_EFLAGS_IOPL);
    if ( !masked )
        rflags |= X86_EFLAGS_IF;
    if ( VM_ASSIST(v->domain, architectural_iopl) )
        rflags |= v->arch.pv.iopl;

    return rflags;
}

static void pv_frame(const struct vcpu *v, const struct cpu_user_regs *regs,
                     bool user, struct pmu_frame *f)
{
    f->user = user;
    f->masked = vcpu_info(v, evtchn_upcall_mask);
    f->ip = regs->rip;
    /* A PV kernel sees RPL 0 in its own code segments. */
    f->cs = user ? regs->cs : regs->cs & ~3;
    f->rflags = guest_rflags(v, regs->rflags, f->masked);
    f->sp = regs->rsp;
    f->ss = regs->ss;
    f->ax = regs->rax;
    f->tsc = v->domain->arch.vtsc ? 0 : rdtsc();
}

/* Inlined in both callers, to keep a PV guest's frame in registers. */
static always_inline void fill_frame(struct xen_pmu_record *rec,
                                     const struct pmu_frame *f)
{
    rec->flags = (f->user ? XEN_PMU_REC_USER : 0) |
                 (f->masked ? XEN_PMU_REC_MASKED : 0);
    rec->tsc = f->tsc;
    rec->ip = f->ip;
    rec->cs = f->cs;
    rec->rflags = f->rflags;
    rec->sp = f->sp;
    rec->ss = f->ss;
    rec->ax = f->ax;
}

static void fill(struct xen_pmu_record *rec, struct vcpu *v,
                 const struct cpu_user_regs *regs, bool user)
{
    if ( is_hvm_vcpu(v) )
    {
        struct pmu_frame f;

        pmu_hvm_frame(v, &f);
        fill_frame(rec, &f);
    }
    else
    {
        struct pmu_frame f;

        pv_frame(v, regs, user, &f);
        fill_frame(rec, &f);
    }

    rec->bx = regs->rbx;
    rec->cx = regs->rcx;
    rec->dx = regs->rdx;
    rec->si = regs->rsi;
    rec->di = regs->rdi;
    rec->bp = regs->rbp;
    rec->r8 = regs->r8;
    rec->r9 = regs->r9;
    rec->r10 = regs->r10;
    rec->r11 = regs->r11;
    rec->r12 = regs->r12;
    rec->r13 = regs->r13;
    rec->r14 = regs->r14;
    rec->r15 = regs->r15;
    rec->rsvd = 0;
}

/*
 * Would an NMI reach the guest before the guest goes on?  Not if v goes to
 * sleep: an NMI does not wake it.  Not without a handler either: Xen would
 * write a line to its log.
 */
static bool takes_nmi(const struct vcpu *v, const struct pmu_vcpu *p)
{
    return p->nmi && pmu_is_in(p) && !v->pause_flags &&
           v->arch.pv.trap_ctxt[X86_EXC_NMI].address;
}

void pmu_tell(struct vcpu *v, struct pmu_vcpu *p)
{
    p->told = true;
    if ( p->tell_rdpmc )
        pmu_open(p);

    if ( takes_nmi(v, p) )
    {
        v->arch.nmi_pending = true;
        pmu_write_once(p->page->state.nmis, ++p->stat.nmis);
    }
    else
        send_guest_vcpu_virq(v, VIRQ_XENPMU);
}

static void set_throttled(struct pmu_vcpu *p, bool throttled)
{
    if ( throttled == p->throttled )
        return;

    pmu_write_once(p->page->ring.throttled, p->throttled = throttled);
    pmu_quiet(p);
}

/*
 * The ticks that the guest claims to have spent on overflows, modulo 2^64.  The
 * value may be anything.
 */
static uint64_t spent(const struct pmu_vcpu *p)
{
    return pmu_read_once(p->page->consumer.spent);
}

/* The ticks per millisecond of the TSC that v sees: see tsc_get_info(). */
static uint32_t guest_khz(const struct vcpu *v)
{
    const struct domain *d = v->domain;

    return d->arch.vtsc || (is_hvm_vcpu(v) && hvm_tsc_scaling_supported)
           ? d->arch.tsc_khz : cpu_khz;
}

void pmu_unthrottle(struct vcpu *v, struct pmu_vcpu *p)
{
    if ( !pmu_rate_is_over(&p->rate, rdtsc(), spent(p), guest_khz(v)) )
        return;

    set_throttled(p, false);
    pmu_tell(v, p);
}

/*
 * May there be a record of slots now?  Once a record is withheld,
 * ring.throttled stays 1 until the window is over, even if other records are
 * made.
 */
static bool may_record(const struct vcpu *v, struct pmu_vcpu *p,
                       uint64_t slots)
{
    uint64_t now = rdtsc(), took = spent(p);
    uint32_t khz = guest_khz(v);

    if ( pmu_rate_renew(&p->rate, now, took, khz) )
        set_throttled(p, false);

    if ( pmu_rate_take(&p->rate, now, took, khz,
                       pmu_core_has_kernel(&p->core, slots)) )
        return true;

    set_throttled(p, true);
    pmu_write_once(p->page->state.nr_throttled, ++p->stat.nr_throttled);

    return false;
}

bool pmu_record(struct vcpu *v, struct pmu_vcpu *p, uint64_t slots, bool user)
{
    struct xen_pmu_ring *ring = &p->page->ring;
    uint32_t cons = pmu_read_once(p->page->consumer.cons);
    unsigned int used = pmu_ring_used(p->prod, cons);
    struct xen_pmu_record *rec = &ring->record[p->prod % XEN_PMU_RECORDS];

    if ( !may_record(v, p, slots) )
        return false;

    if ( used == XEN_PMU_RECORDS )
        pmu_write_once(p->page->state.nr_lost, ++p->stat.nr_lost);
    else
    {
        rec->seq = p->stat.applied;
        rec->counters = slots;
        fill(rec, v, guest_cpu_user_regs(), user);

        smp_wmb();
        pmu_write_once(ring->prod, ++p->prod);
        pmu_write_once(p->page->state.nr_record, ++p->stat.nr_record);
    }

    /*
     * The guest is told once until it has drained the ring.  It drains until
     * cons, which it has written, equals prod, which it reads afterwards.  So
     * it sees a record that finds the ring not empty, without another VIRQ or
     * NMI.  A full ring tells it again, in case there was no handler yet at the
     * first time.
     */
    if ( used == 0 || used == XEN_PMU_RECORDS )
        pmu_tell(v, p);

    return used != XEN_PMU_RECORDS;
}
