/* SPDX-License-Identifier: GPL-2.0-only */
/* What CPUID says of the counters. */
#include <asm/processor.h>

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
    cpu->ext_ecx = max >= 0x80000001U ? cpuid_ecx(0x80000001U) : 0;
    cpu->ext21_eax = max >= 0x80000021U ? cpuid_eax(0x80000021U) : 0;
    cpu->perfmon_eax = max >= 0x80000022U ? cpuid_eax(0x80000022U) : 0;
    cpu->perfmon_ebx = max >= 0x80000022U ? cpuid_ebx(0x80000022U) : 0;
}
