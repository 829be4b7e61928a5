/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD performance monitoring version 2 (CPUID Fn8000_0022_EAX[PerfMonV2]): the
 * core counters, with a register that enables each of them and a register that
 * says which have overflowed.
 *
 * Sources: APM volume 2, 13.2, for the registers; PPR for family 19h model 11h
 * (55901), MSRC000_0300 to MSRC000_0303.  For cases that these leave open, the
 * model does what the authors of Linux's KVM found on processors (commit
 * 4a2771895ca6, "KVM: x86/svm/pmu: Add AMD PerfMonV2 support"): reserved bits
 * and writes to the read-only status are ignored, and the write-only registers
 * read zero.  By commit de120e1d692d, RESET enables every counter, so that
 * counters work for software that knows PERF_CTL only.  Linux's own driver
 * relies on the ignored reserved bits: it acknowledges overflows by writing the
 * complement of the overflows that it leaves.
 *
 * The model has no freezing by DebugCtl (Fn8000_0022_EAX[2]) and no LBR
 * (EAX[1]), so their bits of the status (59, 58) are reserved.
 */

#include "qemu/osdep.h"
#include "cpu.h"
#include "pmu-amd.h"

#define MSR_GLOBAL_STATUS       0xc0000300
#define MSR_GLOBAL_CTL          0xc0000301
#define MSR_GLOBAL_STATUS_CLR   0xc0000302
#define MSR_GLOBAL_STATUS_SET   0xc0000303

#define COUNTERS                MAKE_64BIT_MASK(0, X86_PMU_AMD_V2_COUNTERS)

QEMU_BUILD_BUG_ON(X86_PMU_AMD_V2_COUNTERS != AMD_NR_CORE);

static bool is_global(uint32_t msr)
{
    return msr >= MSR_GLOBAL_STATUS && msr <= MSR_GLOBAL_STATUS_SET;
}

static void amd_v2_reset(X86PMUState *p)
{
    p->global_ctl = COUNTERS;
    p->global_status = 0;
}

/* Both PERF_CTL[En] and PerfCntrGlobalCtl[PerfCntrEn] must be set. */
static bool amd_v2_counts(CPUX86State *env, unsigned i)
{
    return (env->pmu.global_ctl & BIT_ULL(i)) && amd_counts(env, i);
}

/* An overflow sets the status bit with and without PERF_CTL[Int]. */
static void amd_v2_overflowed(X86PMUState *p, unsigned i)
{
    p->global_status |= BIT_ULL(i);
}

static X86PMUAccess amd_v2_check(CPUX86State *env, uint32_t msr, bool write,
                                 uint64_t val)
{
    return is_global(msr) ? X86_PMU_OK : amd_core_check(env, msr, write, val);
}

static uint64_t amd_v2_rdmsr(CPUX86State *env, uint32_t msr)
{
    switch (msr) {
    case MSR_GLOBAL_STATUS:
        return env->pmu.global_status;
    case MSR_GLOBAL_CTL:
        return env->pmu.global_ctl;
    case MSR_GLOBAL_STATUS_CLR:
    case MSR_GLOBAL_STATUS_SET:
        return 0;
    default:
        return amd_core_rdmsr(env, msr);
    }
}

static void amd_v2_wrmsr(CPUX86State *env, uint32_t msr, uint64_t val)
{
    X86PMUState *p = &env->pmu;

    switch (msr) {
    case MSR_GLOBAL_STATUS:
        break;
    case MSR_GLOBAL_CTL:
        p->global_ctl = val & COUNTERS;
        x86_pmu_control_changed(env);
        break;
    case MSR_GLOBAL_STATUS_CLR:
        p->global_status &= ~val;
        break;
    case MSR_GLOBAL_STATUS_SET:
        p->global_status |= val & COUNTERS;
        break;
    default:
        amd_core_wrmsr(env, msr, val);
    }
}

const X86PMUOps x86_pmu_amd_v2 = {
    .name = "AMD PerfMonV2",
    .counters = X86_PMU_AMD_V2_COUNTERS,
    .width = AMD_WIDTH,
    .reset = amd_v2_reset,
    .decode = amd_decode,
    .counts = amd_v2_counts,
    .interrupts = amd_interrupts,
    .overflowed = amd_v2_overflowed,
    .check = amd_v2_check,
    .rdmsr = amd_v2_rdmsr,
    .wrmsr = amd_v2_wrmsr,
    .rdpmc = amd_rdpmc,
};
