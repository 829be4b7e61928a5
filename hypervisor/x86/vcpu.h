/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state that Xen keeps for each VCPU with a page, and the functions that
 * the files of the guest PMU call of each other.
 *
 * Each group of functions names the file that defines it.  The callers are the
 * other files of this directory; what the rest of Xen calls is in <asm/pmu.h>.
 */
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
#include "fake_xen.h" /* the unit tests' model of Xen */
#endif

#include "core.h"
#include "ring.h"

#define PMU_VCPU_MAGIC      0x554d5056u /* "VPMU" */
#define PMU_VCPU_VERSION    1u

/*
 * The states of a VCPU with a page.  A VCPU without a page has no struct
 * pmu_vcpu.  Only pmu_vcpu_move() changes the state:
 *
 *            attach             switched in
 *   (none) ----------> PMU_OUT ------------> PMU_LOADED, PMU_PARKED, PMU_BLIND
 *                       |   ^                 |     |
 *              release  |   +-----------------+     | detach
 *                       v      switched out         v
 *                    PMU_GONE <---------------------+
 */
enum pmu_state {
    PMU_OUT,        /* Not current.  Its values are in core.val[]. */
    PMU_LOADED,     /* Current.  The CPU's counters are its own. */
    PMU_PARKED,     /* Current on a barred CPU: it counts nothing. */
    PMU_BLIND,      /* As PARKED, and RDPMC would show wrong values. */
    PMU_GONE,       /* About to be freed. */
};

/* What a change of a PV guest's mode has to do, if the request is the same. */
enum pmu_mode_work {
    PMU_MODE_ALL,   /* look at everything */
    PMU_MODE_PCE,   /* set CR4.PCE only */
    PMU_MODE_SLOTS, /* enable and disable slots, set CR4.PCE */
};

/*
 * What Xen knows of a VCPU with a page.
 *
 * v->arch.vpmu.priv_context points to it, and v->arch.vpmu.xenpmu_data to the
 * mapped page (R4).  Only the VCPU itself uses it, on the CPU where it runs,
 * with interrupts off.  Another VCPU may free it, but only while this one
 * cannot run.
 */
struct pmu_vcpu {
    struct pmu_hot hot;
    enum pmu_state state;
    struct xen_pmu_page *page;
    struct pmu_core core;
    struct pmu_rate rate;
    uint32_t seen;              /* request.seq of the batch judged last */
    uint32_t prod;              /* Xen's copy of ring.prod (R2) */
    bool throttled;
    bool user_rdpmc;            /* user mode may execute RDPMC (R9) */
    bool seldom;                /* XEN_PMU_FLAG_SELDOM_RDPMC is set */
    bool tell_rdpmc;            /* XEN_PMU_FLAG_TELL_RDPMC is set */
    bool rdpmc;                 /* the kernel may execute RDPMC; always true if
                                   user_rdpmc is */
    bool nmi;                   /* XEN_PMU_FLAG_NMI is set */
    enum pmu_mode_work mode_work; /* for hot.toggle: see above */
    bool peeking;               /* TF_kernel_mode misleads: pmu_peek() */
    bool told;                  /* the guest was told of news since
                                   pmu_vmenter_slow() cleared this */
    struct xen_pmu_state stat;  /* Xen's copy of page->state (R2) */
};

/*
 * Where the guest was, as its own exception frames say it: the registers, the
 * mode, and whether it masked interrupts.  ax is its RAX.  tsc is its TSC now,
 * or 0 if Xen cannot tell.
 */
struct pmu_frame {
    uint64_t ip, cs, rflags, sp, ss, ax, tsc;
    bool user, masked;
};

extern struct pmu_limits pmu_limits;
extern struct pmu_hw pmu_hw[NR_CPUS];

/* vcpu.c: the state of v, or NULL if v has no page. */
struct pmu_vcpu *pmu_of(const struct vcpu *v);

/*
 * Is the VCPU switched in?  Early in context_switch() it is current but not yet
 * in.
 */
static inline bool pmu_is_in(const struct pmu_vcpu *p)
{
    return p->state == PMU_LOADED || p->state == PMU_PARKED ||
           p->state == PMU_BLIND;
}

/* Is the VCPU current on a barred CPU? */
static inline bool pmu_is_parked(const struct pmu_vcpu *p)
{
    return p->state == PMU_PARKED || p->state == PMU_BLIND;
}

/* Would RDPMC show the VCPU's own values?  If not, it must fault (R9). */
static inline bool pmu_shows(const struct pmu_vcpu *p)
{
    return p->state != PMU_BLIND;
}

/*
 * Notes, here and in the page, whether the guest's kernel may execute RDPMC.
 * The caller sets CR4.PCE.
 */
static inline void pmu_let_kernel(struct pmu_vcpu *p, bool rdpmc)
{
    p->rdpmc = rdpmc;
    if ( p->stat.rdpmc != rdpmc )
        pmu_write_once(p->page->state.rdpmc, p->stat.rdpmc = rdpmc);
}

/*
 * Notes whether an entry and a change of mode have work even if the guest's
 * request is unchanged.  The hooks in <asm/pmu.h> use what it notes.  To be
 * called with interrupts off after any change of the state, the throttling,
 * core.in_user, core.in_kernel, core.ready, rdpmc, user_rdpmc or hot.word.
 */
static inline void pmu_quiet(struct pmu_vcpu *p)
{
    const uint64_t *page = (const uint64_t *)&p->page->request.seq;
    bool quiet = pmu_is_in(p) && !p->throttled;
    bool equal = pmu_is_parked(p) ||
                 p->core.in_user == p->core.in_kernel;
    /* If only the kernel may execute RDPMC, each change of mode sets PCE. */
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
 * Lets a kernel that reads counters seldom execute RDPMC until the next return
 * to user mode, and makes that return call pmu_toggled_slow().  To be called
 * after pmu_quiet(), with interrupts off.
 */
static inline void pmu_open(struct pmu_vcpu *p)
{
    if ( p->rdpmc || !pmu_shows(p) )
        return;

    pmu_let_kernel(p, true);
    p->hot.toggle = &p->hot.busy;
}

/*
 * The return to user mode after pmu_open(): takes RDPMC from the kernel, unless
 * user mode may execute it, too.  Later changes of mode then have no work for
 * CR4.PCE.  They still have work if a slot counts one mode only.
 */
static inline void pmu_shut(struct pmu_vcpu *p)
{
    pmu_let_kernel(p, p->user_rdpmc);
    if ( p->mode_work == PMU_MODE_PCE )
        p->hot.toggle = p->hot.entry;
}

/*
 * vcpu.c: moves v to another state.  Interrupts must be off.  v must be
 * current, except from PMU_OUT to PMU_GONE.
 */
void pmu_vcpu_move(struct vcpu *v, struct pmu_vcpu *p, enum pmu_state to);

/*
 * vcpu.c: moves v, which is current, from PMU_OUT to PMU_LOADED, PMU_PARKED or
 * PMU_BLIND, as the trial of this CPU says.  Interrupts must be off.
 */
void pmu_vcpu_in(struct vcpu *v, struct pmu_vcpu *p);

/*
 * cpu.c: may guests use the counters of this CPU?  Tries the counters first, if
 * this CPU has not been tried since its registers may have changed (R13).
 * Interrupts must be off.
 */
bool pmu_cpu_usable(void);

/* cpu.c: tries all CPUs, now and as they come up.  Interrupts must be on. */
void pmu_cpus_start(void);

/*
 * vcpu.c, for the sync hypercall: looks at the request now.  v is current and
 * in guest kernel mode; interrupts must be off.  Returns 0, or -EINVAL if the
 * batch judged last was refused.
 */
int pmu_vcpu_sync(struct vcpu *v, struct pmu_vcpu *p);

/*
 * record.c: puts a record of the overflow of slots into the ring, and raises
 * the VIRQ or NMI.  The registers in it are those of v, which is current.  user
 * is the mode that a PV guest was in.  Interrupts must be off.  Returns false
 * if there is no record: the ring is full, or the rate limit withholds it.
 */
bool pmu_record(struct vcpu *v, struct pmu_vcpu *p, uint64_t slots, bool user);

/*
 * record.c: raises the VIRQ or NMI, because the page has news for the guest's
 * overflow handler.  Interrupts must be off.
 */
void pmu_tell(struct vcpu *v, struct pmu_vcpu *p);

/*
 * record.c, for a VCPU whose records are withheld: if the rate limit's window
 * is over, says so in the page and raises the VIRQ or NMI.  Without that, the
 * guest might never hear of the overflow: a counter whose record was withheld
 * got no next period, so it may not overflow again.  Interrupts must be off.
 */
void pmu_unthrottle(struct vcpu *v, struct pmu_vcpu *p);

/* hvm.c: can hardware guests have the interface on this host? */
bool pmu_hvm_supported(void);

/* hvm.c: fills *f for v, a current HVM VCPU.  Interrupts must be off. */
void pmu_hvm_frame(struct vcpu *v, struct pmu_frame *f);

/*
 * hvm.c: lets v, an HVM VCPU, execute RDPMC without an exit, or makes RDPMC
 * exit.  v is current or cannot run.  Interrupts may be on.
 */
void pmu_hvm_allow_rdpmc(struct vcpu *v, bool allow);

/*
 * hvm.c, at a late start: takes from v, which cannot run, the RDPMC and the
 * DEBUGCTL bits that it had before the interface was on.
 */
void pmu_hvm_tame(struct vcpu *v);

/*
 * attach.c: the sub-operations attach and detach.  v is current, interrupts are
 * on.  They return 0 or an error number that pmu_page.h names; attach may also
 * return -ENOMEM.
 */
int pmu_attach(struct vcpu *v, uint64_t gfn);
int pmu_detach(struct vcpu *v);

#endif /* PMU_VCPU_H */
