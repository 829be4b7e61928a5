/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * x86 PMU: the CPU object's side: property, reset, saved state, statistics.
 */

#include "qemu/osdep.h"
#include "qapi/error.h"
#include "cpu.h"
#include "migration/vmstate.h"
#include "qom/object.h"
#include "system/cpu-timers.h"
#include "system/reset.h"

static void pmu_reset(void *opaque)
{
    CPUX86State *env = &X86_CPU(opaque)->env;
    X86PMUState *p = &env->pmu;
    unsigned i;

    for (i = 0; i < p->ops->counters; i++) {
        p->ctr[i].ctl = p->ctr[i].value = 0;
        p->ops->decode(env, &p->ctr[i]);
    }
    if (p->ops->reset) {
        p->ops->reset(p);
    }
    memset(p->pht, 1, sizeof(p->pht));
    memset(p->btb, 0, sizeof(p->btb));
    memset(p->ras, 0, sizeof(p->ras));
    p->ras_top = 0;
}

/* Property pmu-stats, for qom-get in the monitor: totals by mode, in text. */
static char *pmu_get_stats(Object *obj, Error **errp)
{
    static const char *const modes[X86_PMU_WHO] = {
        "kernel", "user", "pv-kernel", "guest-kernel", "guest-user",
    };
    X86PMUState *p = &X86_CPU(obj)->env.pmu;
    GString *text = g_string_new("");
    int i;

    for (i = 0; i < X86_PMU_WHO; i++) {
        uint64_t *t = p->total[i];

        g_string_append_printf(text, "%s-cycles %" PRIu64 " %s-instructions %"
                               PRIu64 " %s-exceptions %" PRIu64 " ",
                               modes[i], t[X86_PMU_CYCLE],
                               modes[i], t[X86_PMU_CYCLE] - t[X86_PMU_REP],
                               modes[i], t[X86_PMU_EXC]);
    }
    g_string_append_printf(text, "interrupts %" PRIu64 " overflows %" PRIu64,
                           p->hw_interrupts, p->overflows);
    return g_string_free(text, false);
}

/*
 * Chooses the unit that CPUID shows, which comes from the CPU model or from
 * options.
 */
static bool x86_pmu_choose(CPUX86State *env, Error **errp)
{
    bool core = env->features[FEAT_8000_0001_ECX] & CPUID_EXT3_PERFCORE;
    bool v2 = env->features[FEAT_8000_0022_EAX] &
              CPUID_8000_0022_EAX_PERFMON_V2;

    if (v2 && !core) {
        error_setg(errp, "perfmon-v2 is built on perfctr-core; "
                   "this CPU needs both or neither");
        return false;
    }
    env->pmu.ops = v2 ? &x86_pmu_amd_v2 :
                   core ? &x86_pmu_amd_core : &x86_pmu_amd_legacy;
    return true;
}

bool x86_pmu_realize(X86CPU *cpu, Error **errp)
{
    if (!cpu->enable_pmu) {
        return true;
    }
    if (!IS_AMD_CPU(&cpu->env)) {
        error_setg(errp, "pmu=on: the PMU modelled is AMD's; "
                   "choose an AMD CPU model, such as EPYC-Rome");
        return false;
    }
    if (icount_enabled() != ICOUNT_PRECISE) {
        error_setg(errp, "pmu=on counts instructions; "
                   "it needs -icount shift=N (0 makes one instruction 1 ns)");
        return false;
    }
    if (!cpu->apic_state) {
        /*
         * The APIC is created later in realize.  A CPU without APIC is refused.
         */
        if (!(cpu->env.features[FEAT_1_EDX] & CPUID_APIC)) {
            error_setg(errp, "pmu=on: the CPU needs a local APIC");
            return false;
        }
    }
    if (!x86_pmu_choose(&cpu->env, errp)) {
        return false;
    }
    cpu->env.pmu.enabled = true;
    qemu_register_reset(pmu_reset, cpu);
    object_property_add_str(OBJECT(cpu), "pmu-stats", pmu_get_stats, NULL);
    return true;
}

static bool pmu_needed(void *opaque)
{
    return X86_CPU(opaque)->env.pmu.enabled;
}

/* A stopped vCPU is at an instruction boundary: its position is accurate. */
static int pmu_pre_save(void *opaque)
{
    CPUX86State *env = &X86_CPU(opaque)->env;

    x86_pmu_mode_leave(env);
    return 0;
}

static int pmu_post_load(void *opaque, int version_id)
{
    X86CPU *cpu = opaque;
    X86PMUState *p = &cpu->env.pmu;
    unsigned i;

    /*
     * Positions count from the creation of the vCPU, so counting begins again
     * here.
     */
    p->pos = CPU(cpu)->icount_total;
    p->far_pending = p->int_pending = false;
    memcpy(p->last, p->src, sizeof(p->last));
    for (i = 0; i < p->ops->counters; i++) {
        p->ops->decode(&cpu->env, &p->ctr[i]);
    }
    p->ras_top %= X86_PMU_RAS_SIZE;
    return 0;
}

static const VMStateDescription vmstate_x86_pmu_counter = {
    .name = "cpu/pmu/counter",
    .version_id = 1,
    .minimum_version_id = 1,
    .fields = (const VMStateField[]) {
        VMSTATE_UINT64(ctl, X86PMUCounter),
        VMSTATE_UINT64(value, X86PMUCounter),
        VMSTATE_END_OF_LIST()
    }
};

const VMStateDescription vmstate_x86_pmu = {
    .name = "cpu/pmu",
    .version_id = 3,
    .minimum_version_id = 3,
    .needed = pmu_needed,
    .pre_save = pmu_pre_save,
    .post_load = pmu_post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT_ARRAY(env.pmu.ctr, X86CPU, X86_PMU_MAX_COUNTERS, 1,
                             vmstate_x86_pmu_counter, X86PMUCounter),
        VMSTATE_UINT64(env.pmu.global_ctl, X86CPU),
        VMSTATE_UINT64(env.pmu.global_status, X86CPU),
        VMSTATE_UINT64_ARRAY(env.pmu.src, X86CPU, X86_PMU_SOURCES),
        VMSTATE_UINT64_2DARRAY(env.pmu.total, X86CPU, X86_PMU_WHO,
                               X86_PMU_SOURCES),
        VMSTATE_UINT64_ARRAY(env.pmu.entries.vector, X86CPU, 256),
        VMSTATE_UINT64(env.pmu.entries.syscall, X86CPU),
        VMSTATE_UINT64_ARRAY(env.pmu.entries.hypercall, X86CPU,
                             X86_PMU_HYPERCALLS),
        VMSTATE_UINT64_ARRAY(env.pmu.entries.vmexit, X86CPU, X86_PMU_VMEXITS),
        VMSTATE_UINT64(env.pmu.hw_interrupts, X86CPU),
        VMSTATE_UINT64(env.pmu.overflows, X86CPU),
        VMSTATE_UINT64_ARRAY(env.pmu.btb, X86CPU, X86_PMU_BTB_SIZE),
        VMSTATE_UINT64_ARRAY(env.pmu.ras, X86CPU, X86_PMU_RAS_SIZE),
        VMSTATE_UINT32(env.pmu.ras_top, X86CPU),
        VMSTATE_UINT8_ARRAY(env.pmu.pht, X86CPU, X86_PMU_PHT_SIZE),
        VMSTATE_END_OF_LIST()
    }
};
