/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trials: what the counters of a physical CPU really do (R13).
 *
 * A hypervisor below Xen may announce counters in CPUID and have none.  It may
 * fault for some bits of their registers, or drop bits silently.  So a trial
 * writes every register and every bit that a guest can cause to be written,
 * with accesses that may fault.  Guests are offered only what came back as it
 * was written.  Other code may then write these values with accesses that must
 * not fault.
 *
 * start.c and cpu.c call these functions on the CPU that is tried, with
 * interrupts off and no VCPU loaded there.
 */
#ifndef PMU_TRIAL_H
#define PMU_TRIAL_H

#include "backend.h"

/*
 * Tries the counters of this CPU and removes from *lim what they cannot do.
 * Returns false if they cannot do what every guest needs.  Leaves them stopped
 * and zero.
 */
bool pmu_trial(const struct pmu_backend *be, struct pmu_limits *lim);

/*
 * Can this CPU do everything that *lim promises?  Another CPU's trial has made
 * *lim.  Leaves the counters stopped and zero.
 */
bool pmu_trial_equals(const struct pmu_backend *be,
                      const struct pmu_limits *lim);

/*
 * For a CPU that has failed its trial: are its counters stopped, and do they
 * keep what is written to them?  Leaves them zero.
 */
bool pmu_trial_still(const struct pmu_backend *be,
                     const struct pmu_limits *lim);

#endif /* PMU_TRIAL_H */
