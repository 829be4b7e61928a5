/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD performance counters of 48 bits: four legacy counters or, with CPUID
 * Fn8000_0001_ECX[PerfCtrExtCore], six core counters.  The first four core
 * counters also have the legacy names.  The events depend on the processor
 * family.
 *
 * Sources: AMD64 Architecture Programmer's Manual volume 2 (APM), section
 * 13.2, for the registers.  For the events: BIOS and Kernel Developer's Guide
 * (BKDG) for family 10h (31116), 3.14; Processor Programming References (PPR)
 * for family 17h models 30h-3Fh and family 19h model 11h, the wording of which
 * is also that of Linux's tools/perf/pmu-events/arch/x86/amdzen2/core.json and
 * .../amdzen4/{branch,core}.json.
 */

#include "qemu/osdep.h"
#include "cpu.h"
#include "pmu-amd.h"

#define MSR_K7_PERF_CTL0        0xc0010000  /* 4 controls, then 4 counters */
#define MSR_K7_PERF_END         0xc0010007
#define MSR_CORE_PERF_CTL0      0xc0010200  /* 6 pairs of control, counter */
#define MSR_CORE_PERF_END       0xc001020b

#define NR_LEGACY               4

#define CTL_USR                 (1ull << 16)
#define CTL_OS                  (1ull << 17)
#define CTL_EDGE                (1ull << 18)
#define CTL_INT                 (1ull << 20)
#define CTL_EN                  (1ull << 22)
#define CTL_INV                 (1ull << 23)
#define CTL_GUEST_ONLY          (1ull << 40)
#define CTL_HOST_ONLY           (1ull << 41)
/*
 * Reserved: 19, 21, 39:36, 63:42.  Processors do not fault on them (see Linux
 * commit 9b026073db2f, which found that no EPYC does); here they read zero.
 */
#define CTL_RESERVED            0xfffffcf000280000ull

#define SRC(name)               (1u << X86_PMU_##name)
#define NEAR_TAKEN              (SRC(JMP) | SRC(COND_TAKEN) | \
                                 SRC(INDIRECT) | SRC(RET))
#define FAR                     (SRC(FAR) | SRC(EXC))
#define MISP_NEAR_TAKEN         (SRC(MISP_TAKEN) | SRC(MISP_INDIRECT) | \
                                 SRC(MISP_RET))

/* Kinds of processors that differ in their events, see amd_kind(). */
#define K8                      (1u << 0)       /* to family 16h */
#define ZEN                     (1u << 1)       /* family 17h to Zen 3 */
#define ZEN4                    (1u << 2)       /* Zen 4 and later */
#define ALL                     (K8 | ZEN | ZEN4)

/*
 * Event = plus - minus, on the processors in kinds.  An event that is not in
 * this table counts nothing.  With units = 0 the event has no unit masks, and
 * they are ignored.  Otherwise the control must have one of the units.
 */
static const struct {
    uint16_t code;              /* EventSelect[11:0] */
    uint8_t units;
    uint8_t kinds;
    uint32_t plus;
    uint32_t minus;
} events[] = {
    /* LsNotHaltedCyc: one cycle per instruction and REP iteration */
    { 0x076, 0, ALL, SRC(CYCLE), 0 },
    /* ExRetInstr: a REP string is one instruction, when it ends */
    { 0x0c0, 0, ALL, SRC(CYCLE), SRC(REP) },
    /* ExRetBrn: "all types of architectural control flow changes" */
    { 0x0c2, 0, ALL, NEAR_TAKEN | SRC(COND_NOT) | FAR, 0 },
    /* ExRetBrnMisp: includes those for which prediction is not attempted */
    { 0x0c3, 0, ALL, MISP_NEAR_TAKEN | SRC(MISP_NOT) | FAR, 0 },
    /* ExRetBrnTkn */
    { 0x0c4, 0, ALL, NEAR_TAKEN | FAR, 0 },
    /* ExRetBrnTknMisp: the taken ones of 0xc3 */
    { 0x0c5, 0, ALL, MISP_NEAR_TAKEN | FAR, 0 },
    /* ExRetBrnFar */
    { 0x0c6, 0, ALL, FAR, 0 },
    /* ExRetNearRet, ExRetNearRetMispred */
    { 0x0c8, 0, ALL, SRC(RET), 0 },
    { 0x0c9, 0, ALL, SRC(MISP_RET), 0 },
    /* ExRetBrnIndMisp */
    { 0x0ca, 0, ALL, SRC(MISP_INDIRECT), 0 },
    /* ExRetCond, ExRetCondMisp; before family 17h these are dispatch stalls */
    { 0x0d1, 0, ZEN | ZEN4, SRC(COND_TAKEN) | SRC(COND_NOT), 0 },
    { 0x0d2, 0, ZEN, SRC(MISP_TAKEN) | SRC(MISP_NOT), 0 },
    /* LsNotHaltedP0Cyc.P0FreqCyc: the P0 clock is the only one here */
    { 0x120, 1, ZEN | ZEN4, SRC(CYCLE), 0 },
};

/*
 * CntMask and Inv (APM 13.2.1).  A cycle of this machine is one instruction
 * or REP iteration, so at most one event happens in it:
 *   CntMask = 1:        cycles with the event: the event itself;
 *   CntMask > 1:        never;
 *   CntMask = 1, Inv:   cycles without the event;
 *   CntMask > 1, Inv:   every cycle.
 * Inv has no meaning if CntMask = 0.  Exceptions and interrupts are taken
 * between two instructions, and so are in no cycle.  Edge would need the order
 * of events; a counter with Edge counts nothing.
 */
static void apply_count_mask(X86PMUCounter *c)
{
    unsigned count_mask = extract64(c->ctl, 24, 8);
    uint32_t plus = c->plus & ~SRC(EXC);

    if (c->ctl & CTL_EDGE) {
        c->plus = c->minus = 0;
        return;
    }
    if (count_mask == 0) {
        return;
    }
    if (count_mask > 1) {
        plus = c->minus = 0;
    }
    if (c->ctl & CTL_INV) {
        c->plus = SRC(CYCLE) | c->minus;
        c->minus = plus;
        if (c->plus & c->minus & SRC(CYCLE)) {
            c->plus &= ~SRC(CYCLE);
            c->minus &= ~SRC(CYCLE);
        }
    } else {
        c->plus = plus;
    }
}

/*
 * Zen 4 is models 10h-1Fh and 60h-AFh of family 19h (Linux, arch/x86/kernel/
 * cpu/amd.c, bsp_init_amd()), the others are Zen 3.
 */
static unsigned amd_kind(CPUX86State *env)
{
    unsigned family = extract32(env->cpuid_version, 8, 4);
    unsigned model = extract32(env->cpuid_version, 4, 4);

    if (family == 0xf) {
        family += extract32(env->cpuid_version, 20, 8);
        model |= extract32(env->cpuid_version, 16, 4) << 4;
    }
    if (family < 0x17) {
        return K8;
    }
    if (family == 0x19) {
        return (model >= 0x10 && model <= 0x1f) ||
               (model >= 0x60 && model <= 0xaf) ? ZEN4 : ZEN;
    }
    return family < 0x19 ? ZEN : ZEN4;
}

void amd_decode(CPUX86State *env, X86PMUCounter *c)
{
    uint16_t code = extract64(c->ctl, 0, 8) | extract64(c->ctl, 32, 4) << 8;
    uint8_t units = extract64(c->ctl, 8, 8);
    unsigned kind = amd_kind(env);
    unsigned i;

    c->plus = c->minus = 0;
    for (i = 0; i < ARRAY_SIZE(events); i++) {
        if (events[i].code == code && (events[i].kinds & kind) &&
            (!events[i].units || (events[i].units & units))) {
            c->plus = events[i].plus;
            c->minus = events[i].minus;
            apply_count_mask(c);
            return;
        }
    }
}

/*
 * HG_ONLY (APM 13.2.1, table of bits 41:40): with one or both bits set, the
 * counter does not count while EFER.SVME is clear.
 */
static bool host_guest_matches(CPUX86State *env, uint64_t ctl)
{
    if (!(ctl & (CTL_GUEST_ONLY | CTL_HOST_ONLY))) {
        return true;
    }
    if (!(env->efer & MSR_EFER_SVME)) {
        return false;
    }
    return ctl & ((env->hflags & HF_GUEST_MASK) ? CTL_GUEST_ONLY
                                                : CTL_HOST_ONLY);
}

bool amd_counts(CPUX86State *env, unsigned i)
{
    uint64_t ctl = env->pmu.ctr[i].ctl;

    return (ctl & CTL_EN) &&
           (ctl & ((env->hflags & HF_CPL_MASK) ? CTL_USR : CTL_OS)) &&
           host_guest_matches(env, ctl);
}

/* AMD does not set the mask bit of LVTPC, so its state does not matter here. */
bool amd_interrupts(const X86PMUCounter *c)
{
    return c->ctl & CTL_INT;
}

/*
 * The register of an MSR number, as an offset from MSR_CORE_PERF_CTL0: even for
 * a control, odd for a counter; -1 for any other MSR.
 */
static int amd_register(CPUX86State *env, uint32_t msr)
{
    int n;

    if (msr >= MSR_CORE_PERF_CTL0 && msr <= MSR_CORE_PERF_END &&
        env->pmu.ops->counters == AMD_NR_CORE) {
        return msr - MSR_CORE_PERF_CTL0;
    }
    if (msr >= MSR_K7_PERF_CTL0 && msr <= MSR_K7_PERF_END) {
        n = msr - MSR_K7_PERF_CTL0;
        return n % NR_LEGACY * 2 + n / NR_LEGACY;
    }
    return -1;
}

/*
 * Performance registers that this processor does not have.  QEMU reads unknown
 * MSRs as zero; accesses to these registers fault as on a processor.
 */
static const struct {
    uint32_t first, last;
} absent[] = {
    { 0xc0010200, 0xc00102ff },     /* (more) core, L2I, L3 and DF counters */
    { 0xc0000300, 0xc0000303 },     /* PerfMonV2: global status and control */
    { 0x000000c1, 0x000000c8 },     /* Intel: counters, ... */
    { 0x00000186, 0x0000018d },     /* ... event selects, ... */
    { 0x00000309, 0x0000030d },     /* ... fixed counters, ... */
    { 0x00000345, 0x00000345 },     /* ... capabilities, ... */
    { 0x0000038d, 0x00000391 },     /* ... control of these, global control */
};

X86PMUAccess amd_core_check(CPUX86State *env, uint32_t msr, bool write,
                            uint64_t val)
{
    unsigned i;

    if (amd_register(env, msr) >= 0) {
        return X86_PMU_OK;
    }
    for (i = 0; i < ARRAY_SIZE(absent); i++) {
        if (msr >= absent[i].first && msr <= absent[i].last) {
            return X86_PMU_FAULT;
        }
    }
    return X86_PMU_NOT_MINE;
}

uint64_t amd_core_rdmsr(CPUX86State *env, uint32_t msr)
{
    int reg = amd_register(env, msr);
    X86PMUCounter *c = &env->pmu.ctr[reg / 2];

    return reg & 1 ? c->value : c->ctl;
}

void amd_core_wrmsr(CPUX86State *env, uint32_t msr, uint64_t val)
{
    int reg = amd_register(env, msr);
    X86PMUCounter *c = &env->pmu.ctr[reg / 2];

    if (reg & 1) {
        /*
         * Bits 63:48 do not exist: writes ignore them, and they read as zero.
         */
        c->value = extract64(val, 0, AMD_WIDTH);
    } else {
        c->ctl = val & ~CTL_RESERVED;
        x86_pmu_counter_changed(env, reg / 2);
    }
}

/*
 * Only the core counters have numbers: there is no PerfCtrExtNB or
 * PerfCtrExtLLC.
 */
bool amd_rdpmc(CPUX86State *env, uint32_t index, uint64_t *val)
{
    if (index >= env->pmu.ops->counters) {
        return false;
    }
    *val = env->pmu.ctr[index].value;
    return true;
}

const X86PMUOps x86_pmu_amd_legacy = {
    .name = "AMD legacy counters",
    .counters = NR_LEGACY,
    .width = AMD_WIDTH,
    .decode = amd_decode,
    .counts = amd_counts,
    .interrupts = amd_interrupts,
    .check = amd_core_check,
    .rdmsr = amd_core_rdmsr,
    .wrmsr = amd_core_wrmsr,
    .rdpmc = amd_rdpmc,
};

const X86PMUOps x86_pmu_amd_core = {
    .name = "AMD core counters",
    .counters = AMD_NR_CORE,
    .width = AMD_WIDTH,
    .decode = amd_decode,
    .counts = amd_counts,
    .interrupts = amd_interrupts,
    .check = amd_core_check,
    .rdmsr = amd_core_rdmsr,
    .wrmsr = amd_core_wrmsr,
    .rdpmc = amd_rdpmc,
};
