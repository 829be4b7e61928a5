/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies: what the owner of the host lets a domain count (R11).  option.c and
 * start.c call these functions.
 */
#ifndef PMU_POLICY_H
#define PMU_POLICY_H

#include "backend.h"

/*
 * The policy (XEN_PMU_POLICY_*) whose name is the text from s to the character
 * before e: "off", "ipc", "arch" or "all".  Returns -1 for any other text.
 */
int pmu_policy_parse(const char *s, const char *e);

/* The name of a policy, or "?".  Never NULL. */
const char *pmu_policy_name(unsigned int policy);

/*
 * Narrows *lim, as a back end's probe and the trial have left it, to a policy
 * (IPC, ARCH or ALL).  Below "all", only the events of the back end's list are
 * allowed.  Edge, inversion and threshold are not allowed there, because they
 * would make other events of them.
 */
void pmu_policy_apply(struct pmu_limits *lim, unsigned int policy);

#endif /* PMU_POLICY_H */
