/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-VCPU state of the guest PMU inside Xen, and what its files share. */
#ifndef PMU_VCPU_H
#define PMU_VCPU_H

#ifdef __XEN__
#include <xen/cpu.h>
#include <xen/event.h>
#include <xen/sched.h>
#include <xen/smp.h>
#include <xen/tasklet.h>
#include <xen/time.h>
#include <xen/xenoprof.h>

#include <asm/apic.h>
#include <asm/current.h>
#include <asm/hvm/hvm.h>
#include <asm/irq-vectors.h>
#include <asm/msr.h>
#include <asm/nmi.h>
#include <asm/pmu.h>
#include <asm/processor.h>
#include <asm/regs.h>
#include <asm/smp.h>
#else
#include "fake_xen.h" /* the unit tests' model of it */
#endif

#include "core.h"
#include "ring.h"

#define PMU_VCPU_MAGIC      0x554d5056u /* "VPMU" */
#define PMU_VCPU_VERSION    1u

/*
 * A VCPU without the interface has no struct pmu_vcpu.  pmu_vcpu_move() is the
 * only function that changes the state:
 *
 *            attach             switched in
 *   (none) ----------> PMU_OUT ------------> PMU_LOADED, PMU_PARKED, PMU_BLIND
 *                       |   ^                 |     |
 *              release  |   +-----------------+     | detach
 *                       v      switched out         v
 *                    PMU_GONE <---------------------+
 */
enum pmu_state {
    PMU_OUT,        /* values are in core.val[]; hardware is not its */
    PMU_LOADED,     /* it is current, and hardware holds its counters */
    PMU_PARKED,     /* it is current, on a CPU that is barred: nothing counts */
    PMU_BLIND,      /* the same, and the CPU's counters show what they like */
    PMU_GONE,       /* about to be freed */
};

/* What a change of a PV guest's mode has to do, if it has, and nothing else is new. */
enum pmu_mode_work {
    PMU_MODE_ALL,   /* look at everything */
    PMU_MODE_PCE,   /* CR4.PCE alone */
    PMU_MODE_SLOTS, /* enable and disable slots, which are ready, and CR4.PCE */
};

/*
 * Hangs from v->arch.vpmu.priv_context while v->arch.vpmu.xenpmu_data maps the
 * page (R4).  Only the VCPU itself uses it, on the CPU on which it runs and
 * with interrupts off; others free it, and only while the VCPU cannot run.
 */
struct pmu_vcpu {
    struct pmu_hot hot;
    enum pmu_state state;
    struct xen_pmu_page *page;
    struct pmu_core core;
    struct pmu_rate rate;
    uint32_t seen;              /* request.seq of the last batch judged */
    uint32_t prod;              /* Xen never reads its own fields back */
    bool throttled;
    bool user_rdpmc;            /* user mode may read its counters (R9) */
    bool seldom;                /* its kernel does not mind to ask for that */
    bool tell_rdpmc;            /* unless it is to handle an overflow */
    bool rdpmc;                 /* its kernel may; true if user_rdpmc is */
    bool nmi;                   /* wants NMIs instead of VIRQs */
    enum pmu_mode_work mode_work; /* of a change of mode without news */
    bool peeking;               /* TF_kernel_mode is not its mode: pmu_peek() */
    bool told;                  /* raised a VIRQ or NMI, since somebody cleared this */
    struct xen_pmu_state stat;  /* what page->state says */
};

/* Where a guest was, as in its own exception frames; its RAX, and its TSC now. */
struct pmu_frame {
    uint64_t ip, cs, rflags, sp, ss, ax, tsc;
    bool user, masked;
};

extern struct pmu_limits pmu_limits;
extern struct pmu_hw pmu_hw[NR_CPUS];

/* The VCPU's state, or NULL if it has no page attached. */
struct pmu_vcpu *pmu_of(const struct vcpu *v);

/* Is the VCPU current, and does it know of it? */
static inline bool pmu_is_in(const struct pmu_vcpu *p)
{
    return p->state == PMU_LOADED || p->state == PMU_PARKED ||
           p->state == PMU_BLIND;
}

/* Is it current on a CPU that is barred? */
static inline bool pmu_is_parked(const struct pmu_vcpu *p)
{
    return p->state == PMU_PARKED || p->state == PMU_BLIND;
}

/* Would RDPMC show the VCPU's own values?  Else nobody may execute it (R9). */
static inline bool pmu_shows(const struct pmu_vcpu *p)
{
    return p->state != PMU_BLIND;
}

/* The guest's kernel may, or may not, execute RDPMC: says so in the page. */
static inline void pmu_let_kernel(struct pmu_vcpu *p, bool rdpmc)
{
    p->rdpmc = rdpmc;
    if ( p->stat.rdpmc != rdpmc )
        pmu_write_once(p->page->state.rdpmc, p->stat.rdpmc = rdpmc);
}

/*
 * Notes whether entries and mode switches have anything to do when the guest
 * asks for nothing new.  To be called, with interrupts off, after a change of
 * what that follows from.
 */
static inline void pmu_quiet(struct pmu_vcpu *p)
{
    const uint64_t *page = (const uint64_t *)&p->page->request.seq;
    bool quiet = pmu_is_in(p) && !p->throttled;
    bool equal = pmu_is_parked(p) ||
                 p->core.in_user == p->core.in_kernel;
    /* if the kernel may, and user mode not, the next return there may end that */
    bool still = equal && p->rdpmc == p->user_rdpmc;

    p->hot.busy = ~p->hot.word;
    p->hot.entry = quiet ? page : &p->hot.busy;
    p->hot.toggle = quiet && still ? page : &p->hot.busy;
    if ( !quiet )
        p->mode_work = PMU_MODE_ALL;
    else if ( equal )
        p->mode_work = PMU_MODE_PCE;
    else
        p->mode_work = p->core.ready ? PMU_MODE_SLOTS : PMU_MODE_ALL;

    pmu_let_kernel(p, p->rdpmc);
}

/*
 * A kernel that reads counters seldom may do so until the next return to user mode,
 * which has work then.  Interrupts must be off; as after pmu_quiet().
 */
static inline void pmu_open(struct pmu_vcpu *p)
{
    if ( p->rdpmc || !pmu_shows(p) )
        return;

    pmu_let_kernel(p, true);
    p->hot.toggle = &p->hot.busy;
}

/* And this is that return.  A slot of one mode keeps such changes busy. */
static inline void pmu_shut(struct pmu_vcpu *p)
{
    pmu_let_kernel(p, p->user_rdpmc);
    if ( p->mode_work == PMU_MODE_PCE )
        p->hot.toggle = p->hot.entry;
}

/* Interrupts must be off.  v is current unless it goes from OUT to GONE. */
void pmu_vcpu_move(struct vcpu *v, struct pmu_vcpu *p, enum pmu_state to);

/* From OUT to LOADED, PARKED or BLIND, as this CPU is. */
void pmu_vcpu_in(struct vcpu *v, struct pmu_vcpu *p);

/*
 * cpu.c: may the counters of this CPU be used?  Tries them, if that was not done
 * since they may have changed.  Interrupts must be off.
 */
bool pmu_cpu_usable(void);

/* Tries all CPUs, and from now on each that comes up. */
void pmu_cpus_start(void);

/*
 * sync: looks at the request now; v is current, in guest kernel mode.  0 or
 * -EINVAL.
 */
int pmu_vcpu_sync(struct vcpu *v, struct pmu_vcpu *p);

/*
 * Puts a record of the overflow of slots in the ring and raises the VIRQ or NMI.  The
 * registers are v's, which is current; user says which mode a PV one was in.
 * Interrupts must be off.  False: the ring is full, or the rate limit withholds it.
 */
bool pmu_record(struct vcpu *v, struct pmu_vcpu *p, uint64_t slots, bool user);

/*
 * Raises the VIRQ or NMI: there is something new in the page for the guest's handler
 * of overflows.  Interrupts must be off.
 */
void pmu_tell(struct vcpu *v, struct pmu_vcpu *p);

/*
 * For a VCPU whose records are withheld: once the rate limit's window is over,
 * says so in the page and raises the VIRQ or NMI.  A counter whose record was
 * withheld has not been given its next period, so there may never be another
 * overflow to tell the guest.  Interrupts must be off.
 */
void pmu_unthrottle(struct vcpu *v, struct pmu_vcpu *p);

/*
 * hvm.c: may hardware guests have the interface on this host?  Where was v, which
 * is current?  May v, which is current or cannot run, execute RDPMC?
 */
bool pmu_hvm_supported(void);
void pmu_hvm_frame(struct vcpu *v, struct pmu_frame *f);
void pmu_hvm_allow_rdpmc(struct vcpu *v, bool allow);
/* Takes from v, which may not run, what it had before the interface was on. */
void pmu_hvm_tame(struct vcpu *v);

/* Sub-operations; v is current.  0 or an error number of pmu_page.h's. */
int pmu_attach(struct vcpu *v, uint64_t gfn);
int pmu_detach(struct vcpu *v);

#endif /* PMU_VCPU_H */
