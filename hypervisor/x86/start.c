/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding a back end, and turning the interface on: at boot by the option in
 * option.c, or later by whoever brought this code into a running Xen (R4).
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

/* The first that drives this CPU and works, for policy "all". */
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
 * The hardware guests that were there before this code: RDPMC must exit, as it does
 * for VCPUs that are made from now on, and their DEBUGCTL must not freeze counters.
 * The caller is no VCPU of a guest: see pmu_start().
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
 * Each step relies on those before it, and other CPUs run guests all the while.
 * pmu_backend: VCPUs that are made now let RDPMC exit, and the legacy vPMU leaves
 * vpmu_mode alone.  vpmu_mode: context_switch() calls vpmu_save() and vpmu_load();
 * the legacy vPMU stays off in this mode without its own option: its hypercalls,
 * MSRs and CPUID leaves answer as before.  pmu_policy, when nobody is left who
 * could read or freeze counters: guests may attach.
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
     * tame_guests() waits until the VCPUs of a domain are off their CPUs.  One of them
     * may be in a hypercall that waits for the current VCPU in the same way.  Nobody
     * waits for an idle VCPU.
     */
    if ( !is_idle_vcpu(current) )
        return -EDEADLK;

    /*
     * The control domain can switch the legacy vPMU off and on while Xen runs.  VCPUs
     * that have used it keep their xenpmu_data, which the hooks would take for a page
     * of ours.  So it must not have been available since boot.
     */
    if ( pmu_backend || opt_vpmu_enabled || vpmu_mode != XENPMU_MODE_OFF )
        return -EBUSY;

    if ( nmi_watchdog != NMI_NONE )
        return -EADDRINUSE;

    /* It is never given back: there is no way to turn the interface off. */
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
