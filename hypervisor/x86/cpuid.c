/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUID says of this CPU's counters, for start.c and cpu.c. */
#ifdef __XEN__
#include <asm/cpu-policy.h>
#include <asm/processor.h>

#include <xen/lib/x86/cpu-policy.h>
#else
#include "fake_xen.h"
#endif

#include "backend.h"

void pmu_cpu_read(struct pmu_cpu *cpu)
{
    const struct cpuinfo_x86 *c = &boot_cpu_data;
    uint32_t max = cpuid_eax(0x80000000U);

    cpu->vendor = c->x86_vendor & (X86_VENDOR_AMD | X86_VENDOR_HYGON)
                  ? XEN_PMU_VENDOR_AMD
                  : c->x86_vendor == X86_VENDOR_INTEL ? XEN_PMU_VENDOR_INTEL
                                                      : 0;
    cpu->family = c->x86;
    cpu->signature = cpuid_eax(1);
    /*
     * AMD CPUs have MSRs that mask CPUID leaves 1, 6, 7 and 80000001, and Xen
     * loads a PV guest's masks there (amd_ctxt_switch_masking()).  The
     * instruction then shows Xen no more than the guest that ran last, and no
     * guest is shown the counters.  So this leaf is taken from what Xen read at
     * boot, without masks.
     */
    cpu->ext_ecx = raw_cpu_policy.extd.e1c;
    cpu->ext21_eax = max >= 0x80000021U ? cpuid_eax(0x80000021U) : 0;
    cpu->perfmon_eax = max >= 0x80000022U ? cpuid_eax(0x80000022U) : 0;
    cpu->perfmon_ebx = max >= 0x80000022U ? cpuid_ebx(0x80000022U) : 0;
}
