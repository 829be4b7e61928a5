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

static const struct pmu_backend *const backends[] = {
    &pmu_amd_core,
};

static void read_cpu(struct pmu_cpu *cpu)
{
    const struct cpuinfo_x86 *c = &boot_cpu_data;

    cpu->vendor = c->x86_vendor & (X86_VENDOR_AMD | X86_VENDOR_HYGON)
                  ? XEN_PMU_VENDOR_AMD
                  : c->x86_vendor == X86_VENDOR_INTEL ? XEN_PMU_VENDOR_INTEL
                                                      : 0;
    cpu->family = c->x86;
    cpu->signature = cpuid_eax(1);
    cpu->ext_ecx = cpuid_eax(0x80000000U) >= 0x80000001U
                   ? cpuid_ecx(0x80000001U) : 0;
}

static const struct pmu_backend *find_backend(struct pmu_limits *lim)
{
    struct pmu_cpu cpu;
    unsigned int i;

    read_cpu(&cpu);

    for ( i = 0; i < ARRAY_SIZE(backends); i++ )
    {
        memset(lim, 0, sizeof(*lim));
        if ( backends[i]->probe(&cpu, lim) )
        {
            lim->signature = cpu.signature;
            lim->features = XEN_PMU_FEAT_RDPMC;
            strlcpy(lim->name, backends[i]->name, sizeof(lim->name));
            return backends[i];
        }
    }

    return NULL;
}

/*
 * Are the counters there?  A hypervisor below may show the feature and have no
 * counters, and an MSR that faults later would be fatal: so each counter must
 * keep what is written to it.
 */
static bool counters_work(const struct pmu_backend *be,
                          const struct pmu_limits *lim)
{
    unsigned int slot;

    for ( slot = 0; slot < pmu_nr_slots(lim); slot++ )
    {
        uint64_t want = pmu_width_mask(lim, slot) / 3, got = 0;
        uint32_t msr = be->counter(slot);

        if ( wrmsr_safe(msr, want) || rdmsr_safe(msr, got) || got != want ||
             wrmsr_safe(msr, 0) )
            return false;
    }

    return true;
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
