/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86 PMU: the account of instructions by mode and of entries into the host's
 * kernel by cause, and the instruction that reads it (pmu-account.h).
 */

#include "qemu/osdep.h"
#include "cpu.h"
#include "exec/helper-proto.h"
#include "accel/tcg/getpc.h"
#include "exec/cpu_ldst.h"
#include "hw/core/cpu.h"
#include "qemu/timer.h"

enum X86PMUWho x86_pmu_who(CPUX86State *env)
{
    bool user = env->hflags & HF_CPL_MASK;

    if (env->hflags & HF_GUEST_MASK) {
        return user ? X86_PMU_GUEST_USER : X86_PMU_GUEST_KERNEL;
    }
    if (!user) {
        return X86_PMU_HOST_KERNEL;
    }
    return (int64_t)env->eip < 0 ? X86_PMU_PV_KERNEL : X86_PMU_HOST_USER;
}

void x86_pmu_entered_by_vector(CPUX86State *env, unsigned vector,
                               enum X86PMUWho from)
{
    if (from != X86_PMU_HOST_KERNEL &&
        x86_pmu_who(env) == X86_PMU_HOST_KERNEL) {
        env->pmu.entries.vector[vector & 0xff]++;
    }
}

void x86_pmu_entered_by_syscall(CPUX86State *env)
{
    X86PMUEntries *e = &env->pmu.entries;

    if (!env->pmu.enabled) {
        return;
    }
    switch (x86_pmu_who(env)) {
    case X86_PMU_HOST_USER:
        e->syscall++;
        break;
    case X86_PMU_PV_KERNEL:
        e->hypercall[env->regs[R_EAX] % X86_PMU_HYPERCALLS]++;
        break;
    default:
        break;
    }
}

void x86_pmu_entered_by_vmexit(CPUX86State *env, uint64_t code)
{
    if (!env->pmu.enabled) {
        return;
    }
    if (code == SVM_EXIT_NPF) {
        code = X86_PMU_VMEXIT_NPF;
    } else if (code > X86_PMU_VMEXIT_OTHER) {
        code = X86_PMU_VMEXIT_OTHER;
    }
    env->pmu.entries.vmexit[code]++;
}

static void add(uint64_t *to, const uint64_t *what, size_t nr)
{
    size_t i;

    for (i = 0; i < nr; i++) {
        to[i] += what[i];
    }
}

/*
 * The vCPUs take turns in one thread.  The other vCPUs are between two slices,
 * so their positions are accurate.
 */
void helper_pmu_tell(CPUX86State *env)
{
    struct X86PMUAccount a = {
        .version = X86_PMU_ACCOUNT_VERSION,
        .time = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL),
    };
    target_ulong to = env->regs[R_EDI];
    uint64_t word;
    CPUState *cs;
    size_t at;
    int i;

    CPU_FOREACH(cs) {
        CPUX86State *other = cpu_env(cs);
        X86PMUEntries *e = &other->pmu.entries;

        x86_pmu_account(other, other == env ? -1 : 0);
        for (i = 0; i < X86_PMU_WHO; i++) {
            uint64_t *t = other->pmu.total[i];

            a.cycles[i] += t[X86_PMU_CYCLE];
            a.instructions[i] += t[X86_PMU_CYCLE] - t[X86_PMU_REP];
        }
        add(a.vector, e->vector, ARRAY_SIZE(a.vector));
        a.syscall += e->syscall;
        add(a.hypercall, e->hypercall, ARRAY_SIZE(a.hypercall));
        add(a.vmexit, e->vmexit, ARRAY_SIZE(a.vmexit));
    }
    for (at = 0; at < sizeof(a); at += sizeof(word)) {
        memcpy(&word, (char *)&a + at, sizeof(word));
        cpu_stq_le_data_ra(env, to + at, word, GETPC());
    }
}
