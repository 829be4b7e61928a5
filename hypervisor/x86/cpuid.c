/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUID says of the counters. */
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
     * Xen masks leaves 1, 6, 7 and 80000001 for PV guests, on AMD CPUs that have MSRs for
     * that (amd_ctxt_switch_masking()).  CPUID then shows Xen no more than the guest
     * that has run last, and no guest is shown that there are counters.  So this one is
     * asked as Xen found it when it booted, without those masks.
     */
    cpu->ext_ecx = raw_cpu_policy.extd.e1c;
    cpu->ext21_eax = max >= 0x80000021U ? cpuid_eax(0x80000021U) : 0;
    cpu->perfmon_eax = max >= 0x80000022U ? cpuid_eax(0x80000022U) : 0;
    cpu->perfmon_ebx = max >= 0x80000022U ? cpuid_ebx(0x80000022U) : 0;
}
