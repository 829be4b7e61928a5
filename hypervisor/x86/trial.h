/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the counters of a physical CPU really do (R13).
 *
 * A hypervisor below Xen may show counters in CPUID and have none, or have some
 * bits of their registers and fault for others, or drop bits without a word.  So
 * every register and every bit that a guest can cause to be written is written
 * here first, with accesses that may fault, and only what came back as it was
 * written is used.  Other code may then write these values without such care.
 *
 * Interrupts must be off, and no VCPU may have its counters on this CPU.
 */
#ifndef PMU_TRIAL_H
#define PMU_TRIAL_H

#include "backend.h"

/*
 * Tries the counters of this CPU and takes from *lim what they cannot do.  False:
 * they cannot even do what every guest needs.  Leaves them stopped and zero.
 */
bool pmu_trial(const struct pmu_backend *be, struct pmu_limits *lim);

/* Can this CPU do all that lim promises, which another one could? */
bool pmu_trial_equals(const struct pmu_backend *be,
                      const struct pmu_limits *lim);

/*
 * For a CPU of which one of the two has said no: are its counters stopped, and do they
 * show what is written to them?
 */
bool pmu_trial_still(const struct pmu_backend *be,
                     const struct pmu_limits *lim);

#endif /* PMU_TRIAL_H */
