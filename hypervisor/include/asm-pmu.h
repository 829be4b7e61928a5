/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * <asm/pmu.h>: where Xen calls the batched guest PMU.  Each of these is called
 * from exactly one existing function, at its C boundary (R4).
 */
#ifndef X86_PMU_H
#define X86_PMU_H

#ifdef __XEN__
#include <xen/sched.h>

#include <asm/vpmu.h>

#include <public/pmu.h>
#include <public/arch-x86/pmu_page.h>
#endif

/* XEN_PMU_POLICY_*; not OFF only between a successful start and power-off. */
extern unsigned int pmu_policy;

struct pmu_backend;
/* What drives the counters; not NULL from the beginning of a successful start. */
extern const struct pmu_backend *pmu_backend;

/* Bits of DEBUGCTL that no hardware guest may set, because others would suffer. */
extern uint64_t pmu_debugctl_denied;

static inline bool pmu_active(void)
{
    return unlikely(pmu_policy);
}

/* Are the host's counters this code's, so that the legacy vPMU has to keep out? */
static inline bool pmu_claimed(void)
{
    return unlikely(pmu_backend);
}

/*
 * nsvm_vmcb_prepare4vmrun: of what a nested hypervisor asks for by the VMCB's byte 0xb8,
 * what its guest may get.  Bits 0 and 1, virtual LBR and virtual VMLOAD and VMSAVE, are
 * those that Xen knows.  Bit 3 would let VMRUN swap the counters' registers behind our
 * back (APM volume 2, appendix B, offset B8h; CPUID Fn8000_000A EDX[8]).
 */
#define PMU_VIRT_EXT_KNOWN 3ULL

static inline uint64_t pmu_nested_virt_ext(uint64_t bits)
{
    return pmu_claimed() ? bits & PMU_VIRT_EXT_KNOWN : bits;
}

/* One test of one pointer for a VCPU without the interface (R3). */
static inline bool pmu_maybe_attached(const struct vcpu *v)
{
    return unlikely(v->arch.vpmu.xenpmu_data);
}

/*
 * What v->arch.vpmu.priv_context of an attached VCPU begins with, for the hooks
 * in hot places.  entry and toggle say where to look for the word that tells of
 * work: if it differs from "word", there is some.  Where an entry, or a change of
 * mode, has nothing to do without news from the guest, that is request.seq and
 * .flags in the page; else it is "busy", which always differs.
 */
struct pmu_hot {
    uint32_t magic, version;
    const volatile uint64_t *entry, *toggle;
    uint64_t word;              /* request.seq and .flags looked at last */
    uint64_t busy;              /* not that */
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
 * Has an entry of v anything to do?  Attached, and nothing to do: a load and a
 * compare (R3), in place.  While pmu_active(), both fields are this code's alone:
 * pmu_start() fails where the legacy vPMU has been available.
 */
static inline bool pmu_entry_has_work(const struct vcpu *v)
{
    const struct pmu_hot *hot;

    if ( !pmu_maybe_attached(v) || !pmu_active() )
        return false;

    hot = v->arch.vpmu.priv_context;

    return *hot->entry != hot->word;
}

/* do_iret: v (current) returns to guest kernel mode, having been in it. */
static inline void pmu_entry(struct vcpu *v)
{
    if ( pmu_entry_has_work(v) )
        pmu_entry_slow(v);
}

/* svm_vmenter_helper, vmx_vmenter_helper: v (current) is about to run. */
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
 * toggle_guest_pt: v, in user mode, is about to get its kernel's page tables for a
 * moment, or its own back; over: it has got them.
 */
static inline void pmu_peek(struct vcpu *v, bool over)
{
    if ( pmu_maybe_attached(v) )
        pmu_peek_slow(v, over);
}

/* write_ptbase, write_cr: CR4 has been computed for v, with pmu_cr4(), and written. */
static inline void pmu_cr4_written(const struct vcpu *v)
{
    if ( pmu_maybe_attached(v) )
        pmu_cr4_written_slow(v);
}

/* lapic_resume: this CPU comes out of a sleep that loses its MSRs. */
static inline void pmu_resume(void)
{
    if ( pmu_claimed() )
        pmu_resume_slow();
}

/* pv_make_cr4: the bits that v needs besides Xen's. */
static inline unsigned long pmu_cr4(const struct vcpu *v)
{
    return pmu_maybe_attached(v) ? pmu_cr4_slow(v) : 0;
}

#ifdef __XEN__
/*
 * construct_vmcb, construct_vmcs: does a new VCPU's RDPMC exit?  Always, but where
 * the legacy vPMU lets guests use it.
 */
static inline bool pmu_rdpmc_exits(void)
{
    return vpmu_mode == XENPMU_MODE_OFF || pmu_claimed();
}
#endif

/* vpmu_save: v is switched out.  True: there is nothing else to save. */
static inline bool pmu_save(struct vcpu *v)
{
    return pmu_active() && pmu_save_slow(v);
}

/* vpmu_load: v is switched in.  True: there is nothing else to load. */
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

/* vpmu_destroy, arch_domain_soft_reset: v, not running, gives up its page. */
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

/* do_xenpmu_op: is this sub-operation one of pmu_page.h's? */
static inline bool pmu_is_page_op(unsigned int op)
{
    return op >= XENPMU_page_query && op <= XENPMU_page_sync;
}

#ifdef __XEN__
long pmu_page_op(unsigned int op, XEN_GUEST_HANDLE_PARAM(xen_pmu_params_t) arg);
#endif

/*
 * Turns the interface on with a policy; there is no way back but a reboot.
 * At boot by the pmu= option, or later by whoever brought this code in, with
 * interrupts on and in the context of an idle VCPU, as boot code and tasklets are.
 * Returns 0, or
 * -EINVAL      there is no such policy;
 * -EDEADLK     the current VCPU is a guest's;
 * -EBUSY       it is on already, or the vpmu option was given, even if the legacy
 *              vPMU has been switched off since;
 * -EADDRINUSE  the NMI watchdog has a counter;
 * -EAGAIN      xenoprof has the counters;
 * -ENODEV      no back end fits the CPU, or its counters do not do what it needs.
 */
int pmu_start(unsigned int policy);

#endif /* X86_PMU_H */
