/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical CPUs.  Each is tried before its first use, and again after anything
 * that may have changed its registers: a hotplug or a suspend (R13).  A CPU
 * that fails is barred.
 */
#include "vcpu.h"
#include "trial.h"

/* Indexed by CPU number.  Each CPU uses only its own, with interrupts off. */
struct pmu_hw pmu_hw[NR_CPUS];

/* CPUs that a line in the log has named. */
static unsigned long named[(NR_CPUS + 63) / 64];

/*
 * Writes a line to the log for each barred CPU.  It is a tasklet, because a CPU
 * may get barred where nothing may be printed.
 */
static void cf_check name_barred(void *unused)
{
    unsigned int cpu;

    for ( cpu = 0; cpu < NR_CPUS; cpu++ )
    {
        unsigned long bit = 1UL << (cpu % 64);

        if ( pmu_hw[cpu].trial == PMU_CPU_UNTRIED ||
             pmu_hw[cpu].trial == PMU_CPU_GOOD || (named[cpu / 64] & bit) )
            continue;

        named[cpu / 64] |= bit;
        printk(XENLOG_WARNING
               "PMU: CPU%u's counters do less than the boot CPU's: counts stand still there\n",
               cpu);
    }
}
static DECLARE_TASKLET(tell_barred, name_barred, NULL);

bool pmu_cpu_usable(void)
{
    struct pmu_hw *hw = &pmu_hw[smp_processor_id()];
    struct pmu_cpu cpu;

    if ( likely(hw->trial != PMU_CPU_UNTRIED) )
        return hw->trial == PMU_CPU_GOOD;

    pmu_cpu_read(&cpu);
    pmu_backend->prepare(&cpu, &pmu_limits);
    if ( pmu_trial_equals(pmu_backend, &pmu_limits) )
        hw->trial = PMU_CPU_GOOD;
    else
    {
        hw->trial = pmu_trial_still(pmu_backend, &pmu_limits) ? PMU_CPU_BARRED
                                                              : PMU_CPU_BLIND;
        tasklet_schedule(&tell_barred);
    }

    return hw->trial == PMU_CPU_GOOD;
}

/*
 * The hook pmu_resume(), also for a CPU that comes up: forgets what this CPU's
 * registers held.  The CPU is tried again before its next use.
 */
void pmu_resume_slow(void)
{
    memset(&pmu_hw[smp_processor_id()], 0, sizeof(pmu_hw[0]));
}

static int cf_check cpu_callback(struct notifier_block *nfb,
                                 unsigned long action, void *hcpu)
{
    /* This runs on the new CPU, with interrupts off and SVM on. */
    if ( action == CPU_STARTING )
    {
        pmu_resume_slow();
        pmu_cpu_usable();
    }

    return NOTIFY_DONE;
}

static struct notifier_block cpu_nfb = {
    .notifier_call = cpu_callback,
};

static void cf_check try_cpu(void *unused)
{
    unsigned long flags;

    local_irq_save(flags);
    pmu_cpu_usable();
    local_irq_restore(flags);
}

void pmu_cpus_start(void)
{
    register_cpu_notifier(&cpu_nfb);
    on_each_cpu(try_cpu, NULL, 1);
}
