/* SPDX-License-Identifier: GPL-2.0-only */
/* What the owner of the host lets a domain count (R11). */
#ifndef PMU_POLICY_H
#define PMU_POLICY_H

#include "backend.h"

/*
 * The policy named by the text from s to the character before e ("off", "ipc",
 * "arch", "all"), or -1.
 */
int pmu_policy_parse(const char *s, const char *e);

/* The name of a policy: never NULL. */
const char *pmu_policy_name(unsigned int policy);

/*
 * Narrows *lim, as a back end's probe and the trial left it, to policy (IPC, ARCH
 * or ALL).  Below "all", only whole events of the back end's list are allowed:
 * without edge, inversion and threshold, which make other events of them.
 */
void pmu_policy_apply(struct pmu_limits *lim, unsigned int policy);

#endif /* PMU_POLICY_H */
