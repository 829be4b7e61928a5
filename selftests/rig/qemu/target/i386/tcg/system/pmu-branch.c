/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86 PMU: branches.  The predictor is simple enough to be worked out on
 * paper.  It is not the predictor of any processor.
 *
 * - Conditional branches (pmu-translate.c.inc has the code, inline): 4096
 *   two-bit counters, 0 and 1 predict not taken, 2 and 3 taken; start at 1;
 *   taken adds one up to 3, not taken takes one off down to 0.  Index: the
 *   physical address of the branch, bits 11:0 exclusive-or bits 23:12.
 * - Near indirect JMP and CALL: the target is predicted to be the last one of
 *   the branch with this index (512 entries, physical address modulo 512).
 * - Near RET: a circular stack of 32 return addresses, filled by near CALL.
 * - Direct JMP and CALL are always predicted; far transfers, exceptions and
 *   interrupts never are, and leave the predictor alone.
 *
 * State is per vCPU, survives mode and address space changes, and is saved.
 */

#include "qemu/osdep.h"
#include "cpu.h"
#include "exec/helper-proto.h"
#include "hw/core/cpu.h"

/*
 * Stops the vCPU after this instruction if a counter is close to its overflow.
 */
static void pmu_rare_event(CPUX86State *env)
{
    if (env->pmu.exit_on_event) {
        qatomic_set(&env_cpu(env)->neg.icount_decr.u16.high, -1);
    }
}

void helper_pmu_call(CPUX86State *env, target_ulong return_address)
{
    X86PMUState *p = &env->pmu;

    p->ras_top = (p->ras_top + 1) % X86_PMU_RAS_SIZE;
    p->ras[p->ras_top] = return_address;
}

void helper_pmu_ret(CPUX86State *env, target_ulong target)
{
    X86PMUState *p = &env->pmu;

    p->src[X86_PMU_RET]++;
    p->src[X86_PMU_MISP_RET] += p->ras[p->ras_top] != target;
    p->ras_top = (p->ras_top + X86_PMU_RAS_SIZE - 1) % X86_PMU_RAS_SIZE;
    pmu_rare_event(env);
}

void helper_pmu_indirect(CPUX86State *env, uint32_t key, target_ulong target)
{
    X86PMUState *p = &env->pmu;
    uint64_t *entry = &p->btb[key % X86_PMU_BTB_SIZE];

    p->src[X86_PMU_INDIRECT]++;
    p->src[X86_PMU_MISP_INDIRECT] += *entry != target;
    *entry = target;
    pmu_rare_event(env);
}

/*
 * A far transfer begins.  It is the last instruction of its TB.  The position
 * shows later whether it has retired (pmu_settle_far).
 */
void helper_pmu_far(CPUX86State *env)
{
    x86_pmu_far_begin(env);
    pmu_rare_event(env);
}
