/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding a back end, and turning the interface on: at boot by the option in
 * option.c, or later by whoever brought this code into a running Xen (R4).
 */
#include <xen/sched.h>

#include <asm/msr.h>
#include <asm/processor.h>
#include <asm/vpmu.h>

#include "policy.h"
#include "vcpu.h"

unsigned int __read_mostly pmu_policy = XEN_PMU_POLICY_OFF;
const struct pmu_backend *__read_mostly pmu_backend;
struct pmu_limits __read_mostly pmu_limits;

static void read_cpu(struct pmu_cpu *cpu)
{
    const struct cpuinfo_x86 *c = &boot_cpu_data;
    uint32_t max = cpuid_eax(0x80000000U);

    cpu->vendor = c->x86_vendor & (X86_VENDOR_AMD | X86_VENDOR_HYGON)
                  ? XEN_PMU_VENDOR_AMD
                  : c->x86_vendor == X86_VENDOR_INTEL ? XEN_PMU_VENDOR_INTEL
                                                      : 0;
    cpu->family = c->x86;
    cpu->signature = cpuid_eax(1);
    cpu->ext_ecx = max >= 0x80000001U ? cpuid_ecx(0x80000001U) : 0;
    cpu->perfmon_eax = max >= 0x80000022U ? cpuid_eax(0x80000022U) : 0;
    cpu->perfmon_ebx = max >= 0x80000022U ? cpuid_ebx(0x80000022U) : 0;
}

static const struct pmu_backend *find_backend(struct pmu_limits *lim)
{
    struct pmu_cpu cpu;
    unsigned int i;

    read_cpu(&cpu);

    for ( i = 0; i < pmu_nr_backends; i++ )
    {
        memset(lim, 0, sizeof(*lim));
        if ( pmu_backends[i]->probe(&cpu, lim) )
        {
            lim->signature = cpu.signature;
            lim->features |= XEN_PMU_FEAT_RDPMC | XEN_PMU_FEAT_SPENT;
            strlcpy(lim->name, pmu_backends[i]->name, sizeof(lim->name));
            return pmu_backends[i];
        }
    }

    return NULL;
}

/* Makes exactly the slots in "on" count.  False: an MSR is not there. */
static bool try_control(const struct pmu_backend *be, uint64_t all,
                        const uint64_t *ctl, uint64_t on)
{
    struct pmu_hw hw = {};
    struct pmu_plan plan;
    unsigned int i;

    plan.nr = 0;
    be->control(&hw, all, ctl, on, &plan);

    for ( i = 0; i < plan.nr; i++ )
        if ( wrmsr_safe(plan.write[i].msr, plan.write[i].val) )
            return false;

    return true;
}

/* Each counter keeps what is written to it.  Leaves them zero. */
static bool counters_keep(const struct pmu_backend *be,
                          const struct pmu_limits *lim)
{
    unsigned int slot;

    for ( slot = 0; slot < pmu_nr_slots(lim); slot++ )
    {
        uint64_t want = pmu_width_mask(lim, slot) / 3, got = 0;
        uint32_t msr = be->counter[slot];

        if ( wrmsr_safe(msr, want) || rdmsr_safe(msr, got) || got != want ||
             wrmsr_safe(msr, 0) )
            return false;
    }

    return true;
}

#define TRIAL_LOOPS 1000

/* Slot 0 counts the back end's first event, while Xen makes some of them. */
static bool counter_counts(const struct pmu_backend *be, uint64_t all)
{
    const uint64_t ctl[XEN_PMU_SLOTS] = {
        be->events[0].event | XEN_PMU_CTL_OS
    };
    uint64_t count = 0;
    unsigned int i;
    bool ok;

    ok = try_control(be, all, ctl, PMU_BIT(0));
    for ( i = 0; i < TRIAL_LOOPS; i++ )
        barrier();
    ok &= try_control(be, all, ctl, 0) && !rdmsr_safe(be->counter[0], count);

    return ok && count >= TRIAL_LOOPS && !wrmsr_safe(be->counter[0], 0);
}

/*
 * Are the counters there?  A hypervisor below may show the feature and have no
 * counters, and an MSR that faults later would be fatal; firmware may have left
 * counters running, or a global control that stops them all.
 */
static bool counters_work(const struct pmu_backend *be,
                          const struct pmu_limits *lim)
{
    uint64_t all = pmu_all_slots(lim);
    unsigned long flags;
    bool ok;

    local_irq_save(flags);
    ok = try_control(be, all, NULL, 0) && counters_keep(be, lim) &&
         counter_counts(be, all);
    local_irq_restore(flags);

    return ok;
}

int pmu_start(unsigned int policy)
{
    const struct pmu_backend *be;
    struct pmu_limits lim;

    if ( policy == XEN_PMU_POLICY_OFF || policy > XEN_PMU_POLICY_ALL )
        return -EINVAL;

    if ( pmu_active() || vpmu_mode != XENPMU_MODE_OFF )
        return -EBUSY;

    be = find_backend(&lim);
    if ( !be || !cpu_has_apic || !counters_work(be, &lim) )
        return -ENODEV;

    pmu_policy_apply(&lim, be, policy);
    pmu_limits = lim;
    pmu_backend = be;
    smp_wmb();
    pmu_policy = policy;

    /*
     * Only this makes context_switch() call vpmu_save() and vpmu_load().  The
     * legacy vPMU stays off in this mode without its own option: its
     * hypercalls, MSRs and CPUID leaves answer as before.
     */
    vpmu_mode = XENPMU_MODE_HV;

    printk(XENLOG_INFO "PMU: policy %s, %s, %u+%u counters of %u bits\n",
           pmu_policy_name(policy), lim.name, lim.nr_gp, lim.nr_fixed,
           lim.gp_width);

    return 0;
}
