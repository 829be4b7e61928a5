/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state machine of a VCPU with a page: what happens to its counters at an
 * entry, a change of mode, a VCPU switch and an overflow interrupt.
 *
 * The hooks in <asm/pmu.h> call the functions that end in _slow, and attach.c
 * and hypercall.c call pmu_vcpu_*().
 */
#include "vcpu.h"

/*
 * Is a PV guest in user mode?  Both of its modes run in ring 3, so only Xen's
 * flag can tell.  The flag misleads while Xen uses the kernel's page tables for
 * a moment: see pmu_peek().  For a hardware guest the answer has no effect: its
 * counters see the modes themselves.
 */
static bool in_user(const struct vcpu *v, const struct pmu_vcpu *p)
{
    return p->peeking || !(v->arch.flags & TF_kernel_mode);
}

static struct pmu_hw *this_hw(void)
{
    return &pmu_hw[smp_processor_id()];
}

struct pmu_vcpu *pmu_of(const struct vcpu *v)
{
    struct pmu_vcpu *p;

    /* If the legacy vPMU is on, it owns these two fields. */
    if ( !pmu_active() || !v->arch.vpmu.xenpmu_data )
        return NULL;

    p = v->arch.vpmu.priv_context;
    if ( !p || p->hot.magic != PMU_VCPU_MAGIC ||
         p->hot.version != PMU_VCPU_VERSION )
        return NULL;

    return p;
}

/* Adds nr to a statistic, in Xen's copy and in the page. */
static void count(struct pmu_vcpu *p, uint64_t *mine, uint64_t *pages,
                  uint64_t nr)
{
    if ( nr )
        pmu_write_once(*pages, *mine += nr);
}

#define COUNT(p, field, nr) \
    count(p, &(p)->stat.field, &(p)->page->state.field, nr)

/*
 * Makes this CPU deliver its overflow interrupts to PMU_APIC_VECTOR.  It reads
 * the register instead of remembering what is in it, because something else may
 * have reset the local APIC (CPU hotplug).
 */
static void route_pmi(void)
{
    if ( apic_read(APIC_LVTPC) != PMU_APIC_VECTOR )
        apic_write(APIC_LVTPC, PMU_APIC_VECTOR);
}

/* Tells the guest how much Xen has subtracted from the counters of slots. */
static void show_renewed(struct pmu_vcpu *p, uint64_t slots)
{
    for ( ; slots; slots &= slots - 1 )
    {
        unsigned int slot = __builtin_ctzll(slots);

        pmu_write_once(p->page->state.renewed[slot], p->core.renewed[slot]);
    }
}

/*
 * Makes a record of the overflow of slots.  If the guest gets the record,
 * starts the next period of the slots that have one.  Returns the slots whose
 * val[] that has changed.
 */
static uint64_t overflowed(struct vcpu *v, struct pmu_vcpu *p, uint64_t slots,
                           bool user)
{
    uint64_t renewed;

    if ( !slots || !pmu_record(v, p, slots, user) )
        return 0;

    renewed = pmu_core_renew(&p->core, slots);
    show_renewed(p, renewed);

    return renewed;
}

/* Nothing of a refused batch is in force, so the guest is told at once. */
static void refuse(struct vcpu *v, struct pmu_vcpu *p, uint32_t seq,
                   unsigned int error, uint32_t slot)
{
    struct xen_pmu_state *state = &p->page->state;

    p->stat.refused = seq;
    COUNT(p, nr_refused, 1);
    pmu_write_once(state->error, error);
    pmu_write_once(state->error_slot, slot);
    smp_wmb();
    pmu_write_once(state->refused, seq);
    pmu_tell(v, p);
}

/*
 * Notes what request.flags says.
 *
 * The kernel never loses RDPMC here: an NMI may have come just after the kernel
 * saw that RDPMC works, and this may be the return from its handler.  The
 * exception is a CPU that would show wrong values: a fault is better than
 * these.
 */
static void take_flags(struct pmu_vcpu *p, uint32_t flags)
{
    bool pv = !p->core.hvm;

    if ( !pmu_shows(p) )
        flags &= ~XEN_PMU_FLAG_USER_RDPMC;

    p->user_rdpmc = pv && (flags & XEN_PMU_FLAG_USER_RDPMC);
    p->seldom = pv && (flags & XEN_PMU_FLAG_SELDOM_RDPMC);
    p->tell_rdpmc = pv && (flags & XEN_PMU_FLAG_TELL_RDPMC);
    p->nmi = pv && (flags & XEN_PMU_FLAG_NMI);

    if ( !pmu_shows(p) )
        p->rdpmc = false;
    else if ( p->user_rdpmc || !p->seldom )
        p->rdpmc = true;
}

/*
 * Looks at the request: takes its flags, and applies or refuses its batch if
 * there is a new one.  hw is NULL while the VCPU is not loaded.  regs_user: the
 * registers are those of user mode.  Returns true if a batch was applied; *done
 * then says what that changed.
 */
static bool take_batch(struct vcpu *v, struct pmu_vcpu *p, struct pmu_hw *hw,
                       bool regs_user, struct pmu_applied *done)
{
    uint64_t word = pmu_request_word(&p->page->request);
    struct pmu_batch batch;
    unsigned int error;
    uint64_t renewed;
    uint32_t slot;

    p->hot.word = word;
    take_flags(p, word >> 32);

    if ( !pmu_batch_read(&p->page->request, word, p->seen, &batch) )
        return false;

    p->seen = batch.seq;

    error = pmu_batch_check(&batch, p->core.lim, p->core.ctl, p->core.run,
                            &slot);
    if ( error )
    {
        refuse(v, p, batch.seq, error, slot);
        return false;
    }

    /*
     * An overflow belongs to the batch in which it happened.  So that batch's
     * programming decides about the record and about the next period.
     */
    pmu_core_close(&p->core, hw, &batch, done);
    renewed = overflowed(v, p, done->before, regs_user);

    pmu_core_apply(&p->core, &batch, renewed, done);
    show_renewed(p, done->loaded);

    p->stat.applied = batch.seq;
    COUNT(p, nr_applied, 1);

    return true;
}

/* Tells the guest that the batch is in the hardware (R8). */
static void batch_done(struct pmu_vcpu *p)
{
    smp_wmb();
    pmu_write_once(p->page->state.applied, p->stat.applied);
}

/*
 * Must CR4.PCE be set while v is in its present mode (R9)?  Both modes of a PV
 * guest are ring 3, so Xen must do what a native kernel does: keep its
 * processes from reading counters.  A hardware guest has its own CR4.
 */
static bool pce(const struct vcpu *v, const struct pmu_vcpu *p)
{
    return !is_hvm_vcpu(v) && (in_user(v, p) ? p->user_rdpmc : p->rdpmc);
}

/* The return to user mode: takes RDPMC from a kernel that reads seldom. */
static void to_user(struct pmu_vcpu *p)
{
    p->rdpmc = pmu_shows(p) && (p->user_rdpmc || !p->seldom);
}

unsigned long pmu_cr4_slow(const struct vcpu *v)
{
    const struct pmu_vcpu *p = pmu_of(v);

    return p && pce(v, p) ? X86_CR4_PCE : 0;
}

/* A change of PCE alone flushes no TLB entry (APM volume 2, 5.5.2). */
static void set_pce(bool on)
{
    unsigned long cr4 = read_cr4();

    if ( on != !!(cr4 & X86_CR4_PCE) )
        write_cr4(cr4 ^ X86_CR4_PCE);
}

/*
 * Has the guest changed its request since Xen looked?
 *
 * Called with interrupts on.  A PMI that comes now can change one thing that
 * pmu_quiet() noted: it can throttle the VCPU.  The next entry sees that, which
 * is early enough.
 */
static bool has_news(const struct pmu_vcpu *p)
{
    return pmu_request_word(&p->page->request) != p->hot.word;
}

/*
 * enter() on a barred CPU.  Batches are judged and applied, but nothing counts.
 * RDPMC shows what was counted before, or faults on a CPU that cannot even show
 * that.
 */
static void enter_parked(struct vcpu *v, struct pmu_vcpu *p, bool user,
                         bool regs_user)
{
    struct pmu_applied done;

    if ( user && !regs_user )
        to_user(p);

    if ( take_batch(v, p, NULL, regs_user, &done) )
    {
        if ( pmu_shows(p) )
            pmu_core_park(&p->core);
        batch_done(p);
    }

    if ( unlikely(p->throttled) )
        pmu_unthrottle(v, p);

    pmu_quiet(p);
    set_pce(pce(v, p));
}

/*
 * The entry of v, which is current and switched in.  v goes on in user mode or
 * kernel mode.  regs_user: its saved registers are those of user mode, so an
 * overflow that is found now happened there.  Interrupts must be off.
 */
static void enter(struct vcpu *v, struct pmu_vcpu *p, bool user,
                  bool regs_user)
{
    struct pmu_hw *hw = this_hw();
    struct pmu_written written = {};
    struct pmu_applied done;

    if ( unlikely(pmu_is_parked(p)) )
    {
        enter_parked(v, p, user, regs_user);
        return;
    }

    if ( user && !regs_user )
        to_user(p);

    if ( take_batch(v, p, hw, regs_user, &done) )
    {
        pmu_core_push(&p->core, hw, user, user != regs_user, &done, &written);
        batch_done(p);
    }
    else if ( !pmu_core_is_pushed(&p->core, hw, user) )
        pmu_core_push(&p->core, hw, user, user != regs_user, NULL, &written);

    if ( unlikely(p->throttled) )
        pmu_unthrottle(v, p);

    pmu_quiet(p);
    set_pce(pce(v, p));

    COUNT(p, msr_batch, written.batch);
    COUNT(p, msr_mode, written.other);
}

static void switch_in(struct vcpu *v, struct pmu_vcpu *p)
{
    struct pmu_hw *hw = this_hw();
    struct pmu_written written = {};
    struct pmu_applied done = {};
    bool user = in_user(v, p), applied;

    applied = take_batch(v, p, NULL, user, &done);
    if ( p->state == PMU_PARKED )
        pmu_core_park(&p->core);
    else if ( p->state == PMU_LOADED )
    {
        pmu_core_load(&p->core, hw, user, &done, &written);
        route_pmi();
    }
    if ( applied )
        batch_done(p);
    if ( unlikely(p->throttled) )
        pmu_unthrottle(v, p);

    set_pce(pce(v, p));

    COUNT(p, msr_batch, written.batch);
    COUNT(p, msr_switch, written.other);
}

static void switch_out(struct vcpu *v, struct pmu_vcpu *p)
{
    uint64_t wrapped = pmu_core_save(&p->core, this_hw());

    /* The PMI of this overflow is still to come.  It will find another VCPU. */
    overflowed(v, p, wrapped, in_user(v, p));
}

void pmu_vcpu_move(struct vcpu *v, struct pmu_vcpu *p, enum pmu_state to)
{
    enum pmu_state from = p->state;

    ASSERT(!local_irq_is_enabled());
    p->state = to;

    /* Once switched in, v uses this CPU's counters: only v itself moves v. */
    ASSERT(from == PMU_OUT || v == current);

    /* A PV guest's RDPMC depends on CR4.PCE: take_flags() sees to it. */
    if ( is_hvm_vcpu(v) && from != to &&
         (to == PMU_BLIND || (from == PMU_BLIND && to == PMU_OUT)) )
        pmu_hvm_allow_rdpmc(v, to != PMU_BLIND);

    if ( from == PMU_OUT && pmu_is_in(p) )
        switch_in(v, p);
    else if ( from == PMU_LOADED && to == PMU_OUT )
        switch_out(v, p);
    else if ( from == PMU_LOADED && to == PMU_GONE )
    {
        pmu_hw_stop(this_hw(), pmu_backend, &pmu_limits);
        pmu_core_forget(&p->core, this_hw());
    }
    else
        ASSERT((from == PMU_OUT || from == PMU_PARKED || from == PMU_BLIND) &&
               (to == PMU_OUT || to == PMU_GONE));

    pmu_quiet(p);
}

void pmu_vcpu_in(struct vcpu *v, struct pmu_vcpu *p)
{
    if ( pmu_cpu_usable() )
        pmu_vcpu_move(v, p, PMU_LOADED);
    else
        pmu_vcpu_move(v, p, this_hw()->trial == PMU_CPU_BLIND ? PMU_BLIND
                                                              : PMU_PARKED);
}

int pmu_vcpu_sync(struct vcpu *v, struct pmu_vcpu *p)
{
    uint32_t seq;

    COUNT(p, nr_sync, 1);
    p->rdpmc = pmu_shows(p);
    enter(v, p, in_user(v, p), in_user(v, p));

    seq = p->seen;

    return seq == p->stat.refused && seq != p->stat.applied ? -EINVAL : 0;
}

/*
 * The entry of v in its present mode.  regs_user is as in enter().  Interrupts
 * may be on.  Inside context_switch() v is still PMU_OUT, and nothing is done
 * here: switch_in() does it.
 */
static noinline void enter_slow(struct vcpu *v, bool regs_user)
{
    struct pmu_vcpu *p = pmu_of(v);
    unsigned long flags;

    if ( !p || !pmu_is_in(p) )
        return;

    local_irq_save(flags);
    enter(v, p, in_user(v, p), regs_user);
    local_irq_restore(flags);
}

/*
 * The work of PMU_MODE_PCE.  Interrupts may be on.  If the kernel reads
 * counters seldom, a PMI may give it RDPMC at any moment, so no PMI may come
 * between these steps.
 */
static void toggle_pce(struct vcpu *v, struct pmu_vcpu *p)
{
    unsigned long flags;

    if ( !p->seldom )
    {
        set_pce(pce(v, p));
        return;
    }

    local_irq_save(flags);
    if ( in_user(v, p) )
        pmu_shut(p);
    set_pce(pce(v, p));
    local_irq_restore(flags);
}

/* The work of PMU_MODE_SLOTS.  Interrupts may be on: see pmu_core_toggle(). */
static noinline void toggle_slots(struct vcpu *v, struct pmu_vcpu *p)
{
    COUNT(p, msr_mode, pmu_core_toggle(&p->core, this_hw(), in_user(v, p)));
    toggle_pce(v, p);
}

/* The hook pmu_entry(), when v has a page and the entry may have work. */
void pmu_entry_slow(struct vcpu *v)
{
    enter_slow(v, in_user(v, v->arch.vpmu.priv_context));
}

/*
 * The hook pmu_toggled(), when v has a page and the change of mode may have
 * work.  v has just changed its mode.
 */
void pmu_toggled_slow(struct vcpu *v)
{
    struct pmu_vcpu *p = v->arch.vpmu.priv_context;

    if ( p->mode_work == PMU_MODE_ALL || has_news(p) )
        /*
         * Both callers of toggle_guest_mode() change the registers later.
         * These are still those of the old mode.
         */
        enter_slow(v, !in_user(v, p));
    else if ( p->mode_work == PMU_MODE_SLOTS )
        toggle_slots(v, p);
    else
        toggle_pce(v, p);
}

/*
 * The hook pmu_peek(), when v has a page.  v is in user mode.  Xen calls the
 * hook before and after each switch to the kernel's page tables and back.
 *
 * The switch toggles TF_kernel_mode.  A PMI in between must not take that for
 * kernel mode, or it would give RDPMC to user mode.  So "peeking" is set before
 * the flag is set, and cleared after the flag is cleared.
 */
void pmu_peek_slow(struct vcpu *v, bool over)
{
    struct pmu_vcpu *p = pmu_of(v);

    if ( p )
        pmu_write_once(p->peeking, !over || (v->arch.flags & TF_kernel_mode));
}

/*
 * The hook pmu_cr4_written(), when v has a page.  Xen has computed CR4 from
 * pmu_cr4() and has written it, with interrupts on.  A PMI between the two may
 * have given RDPMC to the kernel, so this corrects CR4.PCE.
 */
void pmu_cr4_written_slow(const struct vcpu *v)
{
    const struct pmu_vcpu *p = pmu_of(v);
    unsigned long flags;

    /* A PMI after this test sets "rdpmc" and CR4.PCE itself. */
    if ( !p || !p->seldom || !pmu_is_in(p) ||
         pce(v, p) == !!(read_cr4() & X86_CR4_PCE) )
        return;

    local_irq_save(flags);
    set_pce(pce(v, p));
    local_irq_restore(flags);
}

bool pmu_save_slow(struct vcpu *v)
{
    struct pmu_vcpu *p = pmu_of(v);
    unsigned long flags;

    if ( p && pmu_is_in(p) )
    {
        local_irq_save(flags);
        pmu_vcpu_move(v, p, PMU_OUT);
        local_irq_restore(flags);
    }

    return true;
}

bool pmu_load_slow(struct vcpu *v)
{
    struct pmu_vcpu *p = pmu_of(v);
    unsigned long flags;

    /* The idle VCPU never leaves ring 0, so nothing that is loaded counts. */
    if ( is_idle_vcpu(v) )
        return true;

    local_irq_save(flags);
    if ( p && p->state == PMU_OUT )
        pmu_vcpu_in(v, p);
    else if ( !p )
        /* A VCPU without a page has no RDPMC, so the values may stay (R9). */
        pmu_hw_stop(this_hw(), pmu_backend, &pmu_limits);
    local_irq_restore(flags);

    return true;
}

/* The hook pmu_pmi(): an overflow interrupt.  Interrupts are off. */
void pmu_pmi_slow(void)
{
    struct vcpu *v = current;
    struct pmu_vcpu *p = pmu_of(v);
    uint64_t wrapped;

    /*
     * The overflow of this PMI may have been seen already, at a batch or when
     * its VCPU was switched out.  Then there is nothing to do: the values say
     * whether there was an overflow, not the PMI.
     */
    if ( p && p->state == PMU_LOADED )
    {
        wrapped = pmu_core_look(&p->core, p->core.intr);
        if ( wrapped )
        {
            COUNT(p, nr_pmi, 1);
            wrapped = overflowed(v, p, wrapped, in_user(v, p));
            COUNT(p, msr_pmi, pmu_core_store(&p->core, wrapped));
            /*
             * If pmu_open() has given RDPMC to the kernel, CR4 has to follow
             * now: the kernel may go on without a change of mode.  The next
             * return to user mode takes RDPMC back.
             */
            if ( p->seldom && p->rdpmc && !in_user(v, p) )
                set_pce(true);
        }
    }

    /* Some CPUs mask the vector at a PMI.  AMD's core counters do not. */
    apic_write(APIC_LVTPC, PMU_APIC_VECTOR);
}
