/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Turning the interface on: finding a back end, and the order of the steps.
 * pmu_init() in option.c calls pmu_start() at boot.  Code that is brought into
 * a running Xen may call it later (R4).
 */
#include "policy.h"
#include "vcpu.h"
#include "hvm.h"
#include "trial.h"

unsigned int __read_mostly pmu_policy = XEN_PMU_POLICY_OFF;
const struct pmu_backend *__read_mostly pmu_backend;
struct pmu_limits __read_mostly pmu_limits;
uint64_t __read_mostly pmu_debugctl_denied;

static bool try_backend(const struct pmu_backend *be, const struct pmu_cpu *cpu,
                        struct pmu_limits *lim)
{
    unsigned long flags;
    bool ok;

    local_irq_save(flags);
    be->prepare(cpu, lim);
    ok = pmu_trial(be, lim);
    local_irq_restore(flags);

    return ok;
}

/*
 * The first back end that drives this CPU and passes its trial.  *lim is then
 * what it offers with policy "all".  Returns NULL if there is none.
 */
static const struct pmu_backend *find_backend(struct pmu_limits *lim)
{
    struct pmu_cpu cpu;
    unsigned int i;

    pmu_cpu_read(&cpu);

    for ( i = 0; i < pmu_nr_backends; i++ )
    {
        const struct pmu_backend *be = pmu_backends[i];

        memset(lim, 0, sizeof(*lim));
        if ( !be->probe(&cpu, lim) || !try_backend(be, &cpu, lim) )
            continue;

        lim->signature = cpu.signature;
        lim->features |= XEN_PMU_FEAT_RDPMC | XEN_PMU_FEAT_SPENT;
        strlcpy(lim->name, be->name, sizeof(lim->name));

        return be;
    }

    return NULL;
}

/*
 * For the hardware guests that exist at a late start: makes their RDPMC exit,
 * as it does in VCPUs that are made later, and keeps their DEBUGCTL from
 * freezing counters.  Pauses each domain, so current must be an idle VCPU: see
 * pmu_start().
 */
static void tame_guests(void)
{
    struct domain *d;
    struct vcpu *v;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain ( d )
    {
        if ( !is_hvm_domain(d) )
            continue;

        domain_pause(d);
        for_each_vcpu ( d, v )
            pmu_hvm_tame(v);
        domain_unpause(d);
    }
    rcu_read_unlock(&domlist_read_lock);
}

/*
 * Turns the interface on while other CPUs run guests.  Each step relies on
 * those before it.
 *
 * pmu_backend: RDPMC exits in VCPUs that are made from now on, and the legacy
 * vPMU leaves vpmu_mode alone.
 *
 * vpmu_mode: context_switch() calls vpmu_save() and vpmu_load().  Without its
 * own option the legacy vPMU stays off in this mode: its hypercalls, MSRs and
 * CPUID leaves answer as before.
 *
 * pmu_policy: guests may attach.  At this point no guest can read or freeze
 * counters any more.
 */
static void turn_on(const struct pmu_backend *be, const struct pmu_limits *lim)
{
    pmu_limits = *lim;
    pmu_debugctl_denied = lim->freezes;
    smp_wmb();
    pmu_backend = be;
    smp_wmb();
    vpmu_mode = XENPMU_MODE_HV;
    smp_wmb();
    tame_guests();
    pmu_cpus_start();
    smp_wmb();
    pmu_policy = lim->policy;
}

int pmu_start(unsigned int policy)
{
    const struct pmu_backend *be;
    struct pmu_limits lim;

    if ( policy == XEN_PMU_POLICY_OFF || policy > XEN_PMU_POLICY_ALL )
        return -EINVAL;

    /*
     * tame_guests() waits until the VCPUs of a domain are off their CPUs.  One
     * of them may be in a hypercall that waits for the current VCPU in the same
     * way.  Nothing waits for an idle VCPU.
     */
    if ( !is_idle_vcpu(current) )
        return -EDEADLK;

    /*
     * The control domain can switch the legacy vPMU off and on while Xen runs.
     * A VCPU that has used it keeps its xenpmu_data, which the hooks would take
     * for one of our pages.  So the legacy vPMU must not have been available
     * since boot.
     */
    if ( pmu_backend || opt_vpmu_enabled || vpmu_mode != XENPMU_MODE_OFF )
        return -EBUSY;

    if ( nmi_watchdog != NMI_NONE )
        return -EADDRINUSE;

    /* The interface cannot be turned off, so ownership is kept. */
    if ( !acquire_pmu_ownership(PMU_OWNER_HVM) )
        return -EAGAIN;

    be = cpu_has_apic ? find_backend(&lim) : NULL;
    if ( !be )
    {
        release_pmu_ownership(PMU_OWNER_HVM);
        return -ENODEV;
    }

    pmu_policy_apply(&lim, policy);
    turn_on(be, &lim);

    printk(XENLOG_INFO "PMU: policy %s, %s, %u+%u counters of %u bits%s\n",
           pmu_policy_name(policy), lim.name, lim.nr_gp, lim.nr_fixed,
           lim.gp_width,
           lim.guest_only ? "" : ", not for HVM and PVH guests");

    return 0;
}
