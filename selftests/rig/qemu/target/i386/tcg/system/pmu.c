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
 * Events made of rare sources only (mispredictions, far transfers) are not
 * approached by instruction count when this close to overflow: each
 * occurrence stops the vCPU instead.
 */
#define RARE_DISTANCE 64

/* Sources that do not announce themselves to the main loop. */
#define FREQUENT_SOURCES (1u << X86_PMU_CYCLE | 1u << X86_PMU_REP | \
                          1u << X86_PMU_JMP | 1u << X86_PMU_COND_TAKEN | \
                          1u << X86_PMU_COND_NOT)

/*
 * The number of instructions charged to this vCPU since it was created.  In a
 * helper this includes the whole running TB, so it is exact (and includes the
 * running instruction) on the last instruction of a TB, and after unwinding,
 * which takes off the running instruction and all behind it.
 */
static int64_t pmu_position(CPUX86State *env)
{
    CPUState *cs = env_cpu(env);

    return cs->icount_total + cs->icount_budget -
           (cs->neg.icount_decr.u16.low + cs->icount_extra);
}

/* Let the vCPU run @run instructions of the @left it has; keep the others. */
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
     * One more to run; the budget stays, so that the position falls by one.
     * The same as what unwinding does, without touching the CPU state.
     */
    left = cs->neg.icount_decr.u16.low + cs->icount_extra + 1;
    cs->neg.icount_decr.u16.low = MIN(left, 0xffff);
    cs->icount_extra = left - MIN(left, 0xffff);
}

/*
 * A far transfer retires unless the instruction was unwound: then the
 * position is before it again.
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
     * The one before, if any, is behind us and retired, unless it was this
     * very instruction, unwound without an exception and restarted.
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

/* One interrupt, however many counters overflowed at the same boundary. */
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

/* Adds to the live counters what happened; true: one of them interrupts. */
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

/* Bring counters and statistics up to position @pos, in the present mode. */
static void pmu_account(CPUX86State *env, int64_t pos)
{
    X86PMUState *p = &env->pmu;
    int64_t delta[X86_PMU_SOURCES];
    uint64_t *total;
    int i;

    /*
     * A VMRUN that fails its checks is unwound after the mode change that it
     * began was accounted.  Nothing runs backwards: wait until the vCPU is
     * past this position again.
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
 * Plan the next stop: no counter that interrupts can overflow before it.  One
 * instruction makes an event happen at most once, so the distance of a counter
 * to its overflow is also a lower bound in instructions.  Exceptions come on
 * top, but each of them is accounted, and planned for anew, when it is taken.
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
        /* INIT and reset change the mode without telling. */
        pmu_find_live(env);
        pmu_plan(env);
    }
}

void x86_pmu_exec_exit(CPUX86State *env)
{
    /* The rest of the slice is not ours to keep. */
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
        /* The delivery of an INTn faulted: it did not retire after all. */
        x86_pmu_deliver_cancel(env);
    }
    p->delivered_from = x86_pmu_who(env);
    pos = pmu_position(env);
    pmu_settle_far(p, pos);
    p->hw_interrupts += is_hw;
    /*
     * An INTn has been charged; it is a far transfer of the old mode.  Unless
     * it was injected by a VMRUN: up to that one all is accounted.
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
        /* Belongs to the handler's mode: user counts have no interrupts. */
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

/* A reading instruction sees the counters as of before itself. */
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
 * A writing instruction itself is counted under the old programming; what it
 * writes is in force from the next instruction on.
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
