/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86 PMU, the part common to all implementations: positions, accounting and
 * the planning of overflow stops.
 */

#include "qemu/osdep.h"
#include "qemu/main-loop.h"
#include "cpu.h"
#include "hw/core/cpu.h"
#include "hw/i386/apic.h"

/*
 * A counter of rare sources only (mispredictions, far transfers) that is this
 * close to its overflow gets no stop by instruction count.  Each occurrence of
 * a source stops the vCPU instead.
 */
#define RARE_DISTANCE 64

/* Sources that do not stop the vCPU when they occur. */
#define FREQUENT_SOURCES (1u << X86_PMU_CYCLE | 1u << X86_PMU_REP | \
                          1u << X86_PMU_JMP | 1u << X86_PMU_COND_TAKEN | \
                          1u << X86_PMU_COND_NOT)

/*
 * The number of instructions charged to this vCPU since it was created.  In a
 * helper this includes the whole running TB.  So it is exact on the last
 * instruction of a TB, and then includes this instruction.  It is also exact
 * after unwinding, which subtracts the running instruction and all later ones.
 */
static int64_t pmu_position(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    return cs->icount_total + cs->icount_budget -
           (cs->neg.icount_decr.u16.low + cs->icount_extra);
}

/*
 * Lets the vCPU run @run of its @left instructions; the others stay in reserve.
 */
static void pmu_set_budget(CPUX86State *env, int64_t left, int64_t run)
{
    CPUState *cs = env_cpu(env);
    int64_t now = cs->neg.icount_decr.u16.low + cs->icount_extra;

    cs->icount_budget += run - now;
    cs->neg.icount_decr.u16.low = MIN(run, 0xffff);
    cs->icount_extra = run - cs->neg.icount_decr.u16.low;
    env->pmu.reserve = left - run;
}

static int64_t pmu_budget_left(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    return cs->neg.icount_decr.u16.low + cs->icount_extra + env->pmu.reserve;
}

void x86_pmu_uncount(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);
    int64_t left;

    if (!env->pmu.enabled) {
        return;
    }
    /*
     * The vCPU gets one more instruction to run, and the budget stays.  So the
     * position falls by one.  Unwinding does the same, and also changes the CPU
     * state.
     */
    left = cs->neg.icount_decr.u16.low + cs->icount_extra + 1;
    cs->neg.icount_decr.u16.low = MIN(left, 0xffff);
    cs->icount_extra = left - MIN(left, 0xffff);
}

/*
 * Counts a pending far transfer.  It has retired unless the instruction was
 * unwound; in that case the position is before the instruction again.
 */
static void pmu_settle_far(X86PMUState *p, int64_t pos)
{
    if (p->far_pending) {
        p->far_pending = false;
        p->src[X86_PMU_FAR] += pos >= p->far_pos;
    }
}

void x86_pmu_far_begin(CPUX86State *env)
{
    X86PMUState *p = &env->pmu;
    int64_t pos = pmu_position(env);

    /*
     * An earlier pending far transfer has retired, unless it is this
     * instruction, which was unwound without an exception and restarted.
     */
    pmu_settle_far(p, pos - 1);
    p->far_pending = true;
    p->far_pos = pos;
}

static int64_t pmu_sum(uint32_t sources, const int64_t *delta)
{
    int64_t sum = 0;

    for (; sources; sources &= sources - 1) {
        sum += delta[ctz32(sources)];
    }
    return sum;
}

/*
 * Raises one interrupt, even if several counters overflowed at this boundary.
 */
static void pmu_raise(CPUX86State *env)
{
    bool locked = bql_locked();

    env->pmu.overflows++;
    if (!locked) {
        bql_lock();
    }
    apic_deliver_perf(env_archcpu(env)->apic_state);
    if (!locked) {
        bql_unlock();
    }
}

/*
 * Adds the events to the live counters; returns true if one of them interrupts.
 */
static bool pmu_advance(X86PMUState *p, const int64_t *delta)
{
    uint64_t mask = MAKE_64BIT_MASK(0, p->ops->width);
    bool interrupt = false;
    uint32_t live;

    for (live = p->live; live; live &= live - 1) {
        X86PMUCounter *c = &p->ctr[ctz32(live)];
        int64_t n = pmu_sum(c->plus, delta) - pmu_sum(c->minus, delta);
        uint64_t sum = c->value + n;

        /* An overflow does not stop the counter: it goes on from zero. */
        if (n > 0 && sum > mask) {
            interrupt |= p->ops->interrupts(c);
            if (p->ops->overflowed) {
                p->ops->overflowed(p, ctz32(live));
            }
        }
        c->value = sum & mask;
    }
    return interrupt;
}

/* Brings counters and statistics up to position @pos, in the current mode. */
static void pmu_account(CPUX86State *env, int64_t pos)
{
    X86PMUState *p = &env->pmu;
    int64_t delta[X86_PMU_SOURCES];
    uint64_t *total;
    int i;

    /*
     * A VMRUN that fails its checks is unwound after its mode change was
     * accounted. Counters cannot go back, so wait until the vCPU is past this
     * position again.
     */
    if (pos < p->pos) {
        return;
    }
    pmu_settle_far(p, pos);
    p->src[X86_PMU_CYCLE] += pos - p->pos;
    p->pos = pos;

    total = p->total[x86_pmu_who(env)];
    for (i = 0; i < X86_PMU_SOURCES; i++) {
        delta[i] = p->src[i] - p->last[i];
        p->last[i] = p->src[i];
        total[i] += delta[i];
    }
    if (p->live && pmu_advance(p, delta)) {
        pmu_raise(env);
    }
}

/*
 * Plans the next stop, before which no counter that interrupts can overflow.
 * An instruction makes an event happen at most once, so a counter's distance to
 * its overflow is also a lower bound in instructions.  Exceptions are
 * additional events, but each of them is accounted when it is taken, with a new
 * plan.
 */
static void pmu_plan(CPUX86State *env)
{
    X86PMUState *p = &env->pmu;
    int64_t left = pmu_budget_left(env);
    int64_t run = left;
    int64_t ahead = pmu_position(env) - p->pos;
    uint32_t live;

    p->exit_on_event = 0;
    for (live = p->live; live; live &= live - 1) {
        X86PMUCounter *c = &p->ctr[ctz32(live)];
        int64_t distance = (1ull << p->ops->width) - c->value;

        if (!c->plus || !p->ops->interrupts(c)) {
            continue;
        }
        if (!(c->plus & FREQUENT_SOURCES) && distance <= RARE_DISTANCE) {
            p->exit_on_event = 0xffff;
        } else {
            run = MIN(run, MAX(distance - ahead, 0));
        }
    }
    pmu_set_budget(env, left, run);
}

static void pmu_find_live(CPUX86State *env)
{
    X86PMUState *p = &env->pmu;
    unsigned i;

    p->live = 0;
    for (i = 0; i < p->ops->counters; i++) {
        if (p->ops->counts(env, i)) {
            p->live |= 1u << i;
        }
    }
}

void x86_pmu_account(CPUX86State *env, int ahead)
{
    if (env->pmu.enabled) {
        pmu_account(env, pmu_position(env) + ahead);
    }
}

static void pmu_update(CPUX86State *env)
{
    pmu_account(env, pmu_position(env));
    pmu_plan(env);
}

void x86_pmu_counter_changed(CPUX86State *env, unsigned i)
{
    env->pmu.ops->decode(env, &env->pmu.ctr[i]);
    pmu_find_live(env);
}

void x86_pmu_control_changed(CPUX86State *env)
{
    pmu_find_live(env);
}

void x86_pmu_exec_enter(CPUX86State *env)
{
    if (env->pmu.enabled) {
        pmu_account(env, pmu_position(env));
        /* INIT and reset change the mode without a call of the unit. */
        pmu_find_live(env);
        pmu_plan(env);
    }
}

void x86_pmu_exec_exit(CPUX86State *env)
{
    /* The rest of the slice belongs to QEMU's main loop. */
    env->pmu.reserve = 0;
}

void x86_pmu_boundary(CPUState *cs)
{
    CPUX86State *env = cpu_env(cs);
    X86PMUState *p = &env->pmu;

    if (p->exit_on_event ||
        (p->reserve && !cs->neg.icount_decr.u16.low && !cs->icount_extra)) {
        pmu_update(env);
    }
}

void x86_pmu_halt(CPUX86State *env)
{
    if (env->pmu.enabled) {
        pmu_update(env);
    }
}

void x86_pmu_mode_leave(CPUX86State *env)
{
    if (env->pmu.enabled) {
        pmu_account(env, pmu_position(env));
    }
}

void x86_pmu_mode_enter(CPUX86State *env)
{
    if (env->pmu.enabled) {
        pmu_find_live(env);
        pmu_plan(env);
    }
}

void x86_pmu_deliver_begin(CPUX86State *env, bool is_int, bool is_hw)
{
    X86PMUState *p = &env->pmu;
    int64_t pos;

    if (!p->enabled) {
        return;
    }
    if (p->int_pending) {
        /* The delivery of an INTn faulted, so the INTn did not retire. */
        x86_pmu_deliver_cancel(env);
    }
    p->delivered_from = x86_pmu_who(env);
    pos = pmu_position(env);
    pmu_settle_far(p, pos);
    p->hw_interrupts += is_hw;
    /*
     * An executed INTn has been charged, and is a far transfer of the old
     * mode.  An INTn that VMRUN injects has not: everything up to the VMRUN is
     * accounted.
     */
    if (is_int && pos > p->pos) {
        p->int_pending = true;
        p->far_pending = true;
        p->far_pos = pos;
    }
}

void x86_pmu_deliver_end(CPUX86State *env, unsigned vector)
{
    X86PMUState *p = &env->pmu;

    if (!p->enabled) {
        return;
    }
    if (!p->int_pending) {
        /*
         * The event belongs to the handler's mode: user counts have no
         * interrupts.
         */
        p->src[X86_PMU_EXC]++;
    }
    p->int_pending = false;
    x86_pmu_entered_by_vector(env, vector, p->delivered_from);
    pmu_update(env);
}

void x86_pmu_deliver_cancel(CPUX86State *env)
{
    if (env->pmu.int_pending) {
        env->pmu.int_pending = false;
        env->pmu.far_pending = false;
        x86_pmu_uncount(env);
    }
}

/* A reading instruction sees the values that the counters had before it. */
X86PMUAccess x86_pmu_rdmsr(CPUX86State *env, uint32_t msr, uint64_t *val)
{
    X86PMUAccess access;

    if (!env->pmu.enabled) {
        return X86_PMU_NOT_MINE;
    }
    access = env->pmu.ops->check(env, msr, false, 0);
    if (access == X86_PMU_OK) {
        pmu_account(env, pmu_position(env) - 1);
        *val = env->pmu.ops->rdmsr(env, msr);
    }
    return access;
}

bool x86_pmu_rdpmc(CPUX86State *env, uint32_t index, uint64_t *val)
{
    if (!env->pmu.enabled) {
        return false;
    }
    pmu_account(env, pmu_position(env) - 1);
    return env->pmu.ops->rdpmc(env, index, val);
}

/*
 * A writing instruction is counted under the old programming.  The new
 * programming holds from the next instruction on.
 */
X86PMUAccess x86_pmu_wrmsr(CPUX86State *env, uint32_t msr, uint64_t val)
{
    X86PMUAccess access;

    if (!env->pmu.enabled) {
        return X86_PMU_NOT_MINE;
    }
    access = env->pmu.ops->check(env, msr, true, val);
    if (access == X86_PMU_OK) {
        pmu_account(env, pmu_position(env));
        env->pmu.ops->wrmsr(env, msr, val);
        pmu_plan(env);
    }
    return access;
}
