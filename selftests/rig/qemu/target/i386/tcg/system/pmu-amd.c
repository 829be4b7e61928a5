/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * AMD core performance counters (CPUID Fn8000_0001_ECX[PerfCtrExtCore]): six
 * counters of 48 bits with the events of family 17h, models 30h-3Fh (Zen 2).
 *
 * Sources: AMD64 Architecture Programmer's Manual volume 2 (APM), section
 * 13.2, for the registers; Processor Programming Reference (PPR) for family
 * 17h for the events, the wording of which is also that of Linux's
 * tools/perf/pmu-events/arch/x86/amdzen2/core.json.
 */

#include "qemu/osdep.h"
#include "cpu.h"

#define MSR_K7_PERF_CTL0        0xc0010000  /* 4 controls, then 4 counters */
#define MSR_K7_PERF_END         0xc0010007
#define MSR_CORE_PERF_CTL0      0xc0010200  /* 6 pairs of control, counter */
#define MSR_CORE_PERF_END       0xc001020b

#define NR_COUNTERS             6
#define NR_LEGACY               4
#define WIDTH                   48

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

/*
 * Event = plus - minus.  Events which are not here count nothing.  None of
 * these has unit masks; theirs are ignored.
 */
static const struct {
    uint16_t code;              /* EventSelect[11:0] */
    uint32_t plus;
    uint32_t minus;
} events[] = {
    /* LsNotHaltedCyc: one cycle per instruction and REP iteration */
    { 0x076, SRC(CYCLE), 0 },
    /* ExRetInstr: a REP string is one instruction, when it ends */
    { 0x0c0, SRC(CYCLE), SRC(REP) },
    /* ExRetBrn: "all types of architectural control flow changes" */
    { 0x0c2, NEAR_TAKEN | SRC(COND_NOT) | FAR, 0 },
    /* ExRetBrnMisp: includes those for which prediction is not attempted */
    { 0x0c3, MISP_NEAR_TAKEN | SRC(MISP_NOT) | FAR, 0 },
    /* ExRetBrnTkn */
    { 0x0c4, NEAR_TAKEN | FAR, 0 },
    /* ExRetBrnTknMisp: the taken ones of 0xc3 */
    { 0x0c5, MISP_NEAR_TAKEN | FAR, 0 },
    /* ExRetBrnFar */
    { 0x0c6, FAR, 0 },
    /* ExRetNearRet, ExRetNearRetMispred */
    { 0x0c8, SRC(RET), 0 },
    { 0x0c9, SRC(MISP_RET), 0 },
    /* ExRetBrnIndMisp */
    { 0x0ca, SRC(MISP_INDIRECT), 0 },
    /* ExRetCond, ExRetCondMisp */
    { 0x0d1, SRC(COND_TAKEN) | SRC(COND_NOT), 0 },
    { 0x0d2, SRC(MISP_TAKEN) | SRC(MISP_NOT), 0 },
};

/*
 * CntMask and Inv (APM 13.2.1).  A cycle of this machine is one instruction
 * or REP iteration, so at most one event happens in it:
 *   CntMask = 1:        cycles with the event: the event itself;
 *   CntMask > 1:        never;
 *   CntMask = 1, Inv:   cycles without the event;
 *   CntMask > 1, Inv:   every cycle.
 * Inv is without meaning where CntMask = 0.  Exceptions and interrupts are
 * taken between two instructions and are in no cycle.  Edge would need the
 * order of events; a counter that asks for it counts nothing.
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

static void amd_core_decode(X86PMUCounter *c)
{
    uint16_t code = extract64(c->ctl, 0, 8) | extract64(c->ctl, 32, 4) << 8;
    unsigned i;

    c->plus = c->minus = 0;
    for (i = 0; i < ARRAY_SIZE(events); i++) {
        if (events[i].code == code) {
            c->plus = events[i].plus;
            c->minus = events[i].minus;
            apply_count_mask(c);
            return;
        }
    }
}

/*
 * HG_ONLY (APM 13.2.1, table of bits 41:40): either bit, or both, make the
 * counter stand still while EFER.SVME is clear.
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

static bool amd_core_counts(CPUX86State *env, unsigned i)
{
    uint64_t ctl = env->pmu.ctr[i].ctl;

    return (ctl & CTL_EN) &&
           (ctl & ((env->hflags & HF_CPL_MASK) ? CTL_USR : CTL_OS)) &&
           host_guest_matches(env, ctl);
}

/* AMD leaves the mask bit of LVTPC alone: no need to ask for its state. */
static bool amd_core_interrupts(const X86PMUCounter *c)
{
    return c->ctl & CTL_INT;
}

/*
 * The register behind an MSR number, as an offset from MSR_CORE_PERF_CTL0:
 * even for a control, odd for a counter; -1 if it is none of them.
 */
static int amd_core_register(uint32_t msr)
{
    int n;

    if (msr >= MSR_CORE_PERF_CTL0 && msr <= MSR_CORE_PERF_END) {
        return msr - MSR_CORE_PERF_CTL0;
    }
    if (msr >= MSR_K7_PERF_CTL0 && msr <= MSR_K7_PERF_END) {
        n = msr - MSR_K7_PERF_CTL0;
        return n % NR_LEGACY * 2 + n / NR_LEGACY;
    }
    return -1;
}

/*
 * Performance registers which this processor does not have.  QEMU reads MSRs
 * that it does not know as zero; these fault as they should.
 */
static const struct {
    uint32_t first, last;
} absent[] = {
    { 0xc001020c, 0xc00102ff },     /* more core, L2I, L3 and DF counters */
    { 0xc0000300, 0xc0000303 },     /* PerfMonV2: global status and control */
    { 0x000000c1, 0x000000c8 },     /* Intel: counters, ... */
    { 0x00000186, 0x0000018d },     /* ... event selects, ... */
    { 0x00000309, 0x0000030d },     /* ... fixed counters, ... */
    { 0x00000345, 0x00000345 },     /* ... capabilities, ... */
    { 0x0000038d, 0x00000391 },     /* ... control of these, global control */
};

static X86PMUAccess amd_core_check(CPUX86State *env, uint32_t msr, bool write,
                                   uint64_t val)
{
    unsigned i;

    if (amd_core_register(msr) >= 0) {
        return X86_PMU_OK;
    }
    for (i = 0; i < ARRAY_SIZE(absent); i++) {
        if (msr >= absent[i].first && msr <= absent[i].last) {
            return X86_PMU_FAULT;
        }
    }
    return X86_PMU_NOT_MINE;
}

static uint64_t amd_core_rdmsr(CPUX86State *env, uint32_t msr)
{
    int reg = amd_core_register(msr);
    X86PMUCounter *c = &env->pmu.ctr[reg / 2];

    return reg & 1 ? c->value : c->ctl;
}

static void amd_core_wrmsr(CPUX86State *env, uint32_t msr, uint64_t val)
{
    int reg = amd_core_register(msr);
    X86PMUCounter *c = &env->pmu.ctr[reg / 2];

    if (reg & 1) {
        /* Bits 63:48 are not there: ignored, and read as zero. */
        c->value = extract64(val, 0, WIDTH);
    } else {
        c->ctl = val & ~CTL_RESERVED;
        x86_pmu_counter_changed(env, reg / 2);
    }
}

/* ECX 0-5: core counters.  No others: see PerfCtrExtNB, PerfCtrExtLLC. */
static bool amd_core_rdpmc(CPUX86State *env, uint32_t index, uint64_t *val)
{
    if (index >= NR_COUNTERS) {
        return false;
    }
    *val = env->pmu.ctr[index].value;
    return true;
}

const X86PMUOps x86_pmu_amd_core = {
    .name = "AMD core counters",
    .counters = NR_COUNTERS,
    .width = WIDTH,
    .decode = amd_core_decode,
    .counts = amd_core_counts,
    .interrupts = amd_core_interrupts,
    .check = amd_core_check,
    .rdmsr = amd_core_rdmsr,
    .wrmsr = amd_core_wrmsr,
    .rdpmc = amd_core_rdpmc,
};
