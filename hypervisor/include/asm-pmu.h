/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <asm/pmu.h>: the hooks through which Xen calls the batched guest PMU.  The
 * comment of each hook begins with the existing functions that call it, at
 * their C boundary (R4).  The functions that end in _slow do the work, if there
 * is any.
 */
#ifndef X86_PMU_H
#define X86_PMU_H

#ifdef __XEN__
#include <xen/sched.h>

#include <asm/vpmu.h>

#include <public/pmu.h>
#include <public/arch-x86/pmu_page.h>
#endif

/* XEN_PMU_POLICY_*.  It is OFF until pmu_start() has succeeded. */
extern unsigned int pmu_policy;

struct pmu_backend;
/* The back end in use.  Not NULL once pmu_start() cannot fail any more. */
extern const struct pmu_backend *pmu_backend;

/*
 * Bits of DEBUGCTL that no hardware guest may set: they would freeze the
 * counters of other guests.
 */
extern uint64_t pmu_debugctl_denied;

static inline bool pmu_active(void)
{
    return unlikely(pmu_policy);
}

/* Does this code own the host's counters?  The legacy vPMU then keeps out. */
static inline bool pmu_claimed(void)
{
    return unlikely(pmu_backend);
}

/*
 * nsvm_vmcb_prepare4vmrun: the bits of the VMCB's byte 0xb8 that a nested guest
 * may get of those that its hypervisor asks for.
 *
 * Bits 0 and 1 (virtual LBR, virtual VMLOAD and VMSAVE) are those that Xen
 * knows.  With bit 3, VMRUN would swap the counters' registers without Xen (APM
 * volume 2, appendix B, offset B8h; CPUID Fn8000_000A EDX[8]).
 */
#define PMU_VIRT_EXT_KNOWN 3ULL

static inline uint64_t pmu_nested_virt_ext(uint64_t bits)
{
    return pmu_claimed() ? bits & PMU_VIRT_EXT_KNOWN : bits;
}

/*
 * Does v have a page?  For a VCPU without one, this test of one pointer is the
 * whole cost of a hook (R3).
 */
static inline bool pmu_maybe_attached(const struct vcpu *v)
{
    return unlikely(v->arch.vpmu.xenpmu_data);
}

/*
 * The beginning of struct pmu_vcpu, to which v->arch.vpmu.priv_context points
 * while v has a page.  The hooks in hot places read it.
 *
 * At an entry, the hook compares *entry with "word"; at a change of mode it
 * compares *toggle.  If they differ, there is work.  While only the guest's
 * request can make work, the pointer points to request.seq and .flags in the
 * page.  Otherwise it points to "busy", which always differs.  pmu_quiet() sets
 * both pointers.
 */
struct pmu_hot {
    uint32_t magic, version;
    const volatile uint64_t *entry, *toggle;
    uint64_t word;              /* request.seq and .flags at the last look */
    uint64_t busy;              /* ~word */
};

void pmu_entry_slow(struct vcpu *v);
void pmu_vmenter_slow(struct vcpu *v);
void pmu_toggled_slow(struct vcpu *v);
void pmu_peek_slow(struct vcpu *v, bool over);
void pmu_cr4_written_slow(const struct vcpu *v);
void pmu_resume_slow(void);
unsigned long pmu_cr4_slow(const struct vcpu *v);
bool pmu_save_slow(struct vcpu *v);
bool pmu_load_slow(struct vcpu *v);
void pmu_pmi_slow(void);
void pmu_release_slow(struct vcpu *v);

/*
 * Does an entry of v have work?  With a page and no work, this costs a load and
 * a compare (R3).  While pmu_active() is true, no other code uses the two
 * fields of v->arch.vpmu: pmu_start() fails if the legacy vPMU has ever been
 * available.
 */
static inline bool pmu_entry_has_work(const struct vcpu *v)
{
    const struct pmu_hot *hot;

    if ( !pmu_maybe_attached(v) || !pmu_active() )
        return false;

    hot = v->arch.vpmu.priv_context;

    return *hot->entry != hot->word;
}

/* do_iret: v, which is current, stays in guest kernel mode. */
static inline void pmu_entry(struct vcpu *v)
{
    if ( pmu_entry_has_work(v) )
        pmu_entry_slow(v);
}

/* svm_vmenter_helper, vmx_vmenter_helper: v is entered, interrupts are off. */
static inline void pmu_vmenter(struct vcpu *v)
{
    if ( pmu_entry_has_work(v) )
        pmu_vmenter_slow(v);
}

/* toggle_guest_mode: v has just changed its mode. */
static inline void pmu_toggled(struct vcpu *v)
{
    const struct pmu_hot *hot;

    if ( !pmu_maybe_attached(v) || !pmu_active() )
        return;

    hot = v->arch.vpmu.priv_context;
    if ( *hot->toggle != hot->word )
        pmu_toggled_slow(v);
}

/*
 * toggle_guest_pt: called before (over: false) and after (over: true) v, which
 * is in user mode, gets its kernel's page tables for a moment, and again before
 * and after v gets its own back.
 */
static inline void pmu_peek(struct vcpu *v, bool over)
{
    if ( pmu_maybe_attached(v) )
        pmu_peek_slow(v, over);
}

/* write_ptbase, write_cr: CR4 with pmu_cr4() has been written for v. */
static inline void pmu_cr4_written(const struct vcpu *v)
{
    if ( pmu_maybe_attached(v) )
        pmu_cr4_written_slow(v);
}

/* lapic_resume: this CPU wakes up from a sleep that has lost its MSRs. */
static inline void pmu_resume(void)
{
    if ( pmu_claimed() )
        pmu_resume_slow();
}

/* pv_make_cr4: the bits that v needs in CR4 besides Xen's. */
static inline unsigned long pmu_cr4(const struct vcpu *v)
{
    return pmu_maybe_attached(v) ? pmu_cr4_slow(v) : 0;
}

#ifdef __XEN__
/*
 * construct_vmcb, construct_vmcs: must RDPMC exit in a new VCPU?  Yes, unless
 * the legacy vPMU is on, which lets guests execute RDPMC.
 */
static inline bool pmu_rdpmc_exits(void)
{
    return vpmu_mode == XENPMU_MODE_OFF || pmu_claimed();
}
#endif

/* vpmu_save: v is switched out.  True: the legacy vPMU has nothing to save. */
static inline bool pmu_save(struct vcpu *v)
{
    return pmu_active() && pmu_save_slow(v);
}

/* vpmu_load: v is switched in.  True: the legacy vPMU has nothing to load. */
static inline bool pmu_load(struct vcpu *v)
{
    return pmu_active() && pmu_load_slow(v);
}

/* vpmu_do_interrupt: a PMI.  True: it was not for the legacy vPMU. */
static inline bool pmu_pmi(void)
{
    if ( !pmu_active() )
        return false;

    pmu_pmi_slow();

    return true;
}

/* vpmu_destroy, arch_domain_soft_reset: v, which cannot run, loses its page. */
static inline void pmu_release(struct vcpu *v)
{
    if ( pmu_maybe_attached(v) )
        pmu_release_slow(v);
}

static inline void pmu_release_domain(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu ( d, v )
        pmu_release(v);
}

/* do_xenpmu_op: is this a sub-operation of pmu_page.h? */
static inline bool pmu_is_page_op(unsigned int op)
{
    return op >= XENPMU_page_query && op <= XENPMU_page_sync;
}

#ifdef __XEN__
/*
 * do_xenpmu_op: a sub-operation of pmu_page.h, for the current VCPU.  Returns 0
 * or an error number that pmu_page.h names.
 */
long pmu_page_op(unsigned int op, XEN_GUEST_HANDLE_PARAM(xen_pmu_params_t) arg);
#endif

/*
 * Turns the interface on with a policy.  Only a reboot turns it off again.
 *
 * option.c calls it at boot.  Code that is brought into a running Xen may call
 * it later.  The caller needs interrupts on and must be in the context of an
 * idle VCPU, as boot code and tasklets are.  Returns 0, or
 *
 * -EINVAL      there is no such policy;
 * -EDEADLK     the current VCPU is a guest's;
 * -EBUSY       it is on already, or the vpmu option was given, even if the
 *              legacy vPMU has been switched off since;
 * -EADDRINUSE  the NMI watchdog uses a counter;
 * -EAGAIN      xenoprof owns the counters;
 * -ENODEV      no back end fits the CPU, or its counters have failed the trial.
 */
int pmu_start(unsigned int policy);

#endif /* X86_PMU_H */
