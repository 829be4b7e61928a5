/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sub-operations attach and detach, and the release of a page on every
 * other path: destruction of a VCPU, soft reset of a domain (R10).  hypercall.c
 * and the hooks in <asm/pmu.h> call the functions.
 */
#include <xen/domain_page.h>
#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include <asm/current.h>
#include <asm/p2m.h>
#include <asm/pv/domain.h>

#include "vcpu.h"

/*
 * Takes a reference and a writable-type reference to the guest's frame, and
 * maps it.  Returns 0, -EINVAL if it is not memory that d may write, or
 * -ENOMEM.
 */
static int map_page(struct domain *d, uint64_t gfn, struct xen_pmu_page **map)
{
    struct page_info *page;
    p2m_type_t type;

    BUILD_BUG_ON(sizeof(struct xen_pmu_page) > PAGE_SIZE);

    page = get_page_from_gfn(d, gfn, &type, P2M_ALLOC);
    if ( !page )
        return -EINVAL;

    /* An HVM guest's frame must be ordinary memory, and not read-only. */
    if ( (type != p2m_ram_rw && type != p2m_ram_logdirty) ||
         !get_page_type(page, PGT_writable_page) )
    {
        put_page(page);
        return -EINVAL;
    }

    *map = __map_domain_page_global(page);
    if ( !*map )
    {
        put_page_and_type(page);
        return -ENOMEM;
    }

    return 0;
}

static void unmap_page(struct xen_pmu_page *map)
{
    mfn_t mfn = domain_page_map_to_mfn(map);

    unmap_domain_page_global(map);
    put_page_and_type(mfn_to_page(mfn));
}

/*
 * Writes the constant block, and sets everything else to its initial state
 * except the guest's request (R1).
 */
static void fill_page(struct xen_pmu_page *page, const struct pmu_limits *lim)
{
    struct xen_pmu_const *c = &page->constant;

    memset(&page->state, 0, sizeof(page->state));
    page->ring.prod = 0;
    page->ring.throttled = 0;
    /*
     * The guest owns these two fields.  Xen writes them here once, before the
     * page is in use.  R1 is about the time after that.
     */
    page->consumer.cons = 0;
    page->consumer.spent = 0;

    memset(c, 0, sizeof(*c));
    c->major = XEN_PMU_PAGE_MAJOR;
    c->minor = XEN_PMU_PAGE_MINOR;
    c->vendor = lim->vendor;
    c->policy = lim->policy;
    c->nr_gp = lim->nr_gp;
    c->gp_width = lim->gp_width;
    c->nr_fixed = lim->nr_fixed;
    c->fixed_width = lim->fixed_width;
    c->nr_allowed = lim->nr_allowed;
    c->backend_version = lim->version;
    c->features = lim->features;
    if ( is_pv_vcpu(current) ) /* other guests own CR4.PCE */
        c->features |= XEN_PMU_FEAT_USER | XEN_PMU_FEAT_SELDOM |
                       XEN_PMU_FEAT_NMI | XEN_PMU_FEAT_TELL;
    c->cpuid_sig = lim->signature;
    c->ctl_mask = lim->ctl_mask;
    c->fixed_mask = lim->fixed_mask;
    c->event_mask = lim->event_mask;
    c->precise_mask = lim->precise_mask;
    c->precise_slots = lim->precise_slots;
    c->refused_mask = lim->refused_mask;
    c->refused_event = lim->refused_event;
    memcpy(c->allowed, lim->allowed, sizeof(c->allowed));
    memcpy(c->rdpmc, lim->rdpmc, sizeof(c->rdpmc));
    strlcpy(c->backend, lim->name, sizeof(c->backend));
    smp_wmb();
    c->magic = XEN_PMU_PAGE_MAGIC;
}

/*
 * Makes the page known to the hooks, loads the counters, which are empty, and
 * makes RDPMC work from now on instead of from the next VCPU switch on.
 */
static void publish(struct vcpu *v, struct pmu_vcpu *p)
{
    unsigned long flags;

    local_irq_save(flags);
    v->arch.vpmu.priv_context = p;
    v->arch.vpmu.xenpmu_data = (void *)p->page;
    pmu_vcpu_in(v, p);
    local_irq_restore(flags);

    if ( is_hvm_vcpu(v) )
        pmu_hvm_allow_rdpmc(v, pmu_shows(p));
}

int pmu_attach(struct vcpu *v, uint64_t gfn)
{
    struct vpmu_struct *vpmu = vcpu_vpmu(v);
    struct xen_pmu_page *page;
    struct pmu_vcpu *p;
    int rc;

    ASSERT(v == current);

    p = xzalloc(struct pmu_vcpu);
    if ( !p )
        return -ENOMEM;

    rc = map_page(v->domain, gfn, &page);
    if ( rc )
    {
        xfree(p);
        return rc;
    }

    spin_lock(&vpmu->vpmu_lock);

    if ( vpmu->xenpmu_data )
    {
        spin_unlock(&vpmu->vpmu_lock);
        unmap_page(page);
        xfree(p);
        return -EBUSY;
    }

    fill_page(page, &pmu_limits);
    p->hot.magic = PMU_VCPU_MAGIC;
    p->hot.version = PMU_VCPU_VERSION;
    p->state = PMU_OUT;
    p->page = page;
    p->rdpmc = true;
    pmu_core_init(&p->core, pmu_backend, &pmu_limits);
    p->core.hvm = is_hvm_vcpu(v);
    publish(v, p);

    spin_unlock(&vpmu->vpmu_lock);

    return 0;
}

/*
 * The hook pmu_release(), when v has a page: stops and forgets its counters and
 * drops the page.  v is current or cannot run.  Interrupts are on.
 */
void pmu_release_slow(struct vcpu *v)
{
    struct vpmu_struct *vpmu = vcpu_vpmu(v);
    struct pmu_vcpu *p;
    unsigned long flags;

    spin_lock(&vpmu->vpmu_lock);

    p = pmu_of(v);
    if ( !p )
    {
        spin_unlock(&vpmu->vpmu_lock);
        return;
    }

    local_irq_save(flags);
    pmu_vcpu_move(v, p, PMU_GONE);
    vpmu->xenpmu_data = NULL;
    vpmu->priv_context = NULL;
    local_irq_restore(flags);
    if ( is_hvm_vcpu(v) )
        pmu_hvm_allow_rdpmc(v, false);

    spin_unlock(&vpmu->vpmu_lock);

    unmap_page(p->page);
    xfree(p);
}

int pmu_detach(struct vcpu *v)
{
    ASSERT(v == current);

    if ( !pmu_of(v) )
        return 0;

    pmu_release_slow(v);
    if ( is_pv_vcpu(v) )
        write_cr4(pv_make_cr4(v));

    return 0;
}
