/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of the policies, and what each takes from a CPU's limits (R11). */
#include "policy.h"

static const char *const names[] = {
    [XEN_PMU_POLICY_OFF]  = "off",
    [XEN_PMU_POLICY_IPC]  = "ipc",
    [XEN_PMU_POLICY_ARCH] = "arch",
    [XEN_PMU_POLICY_ALL]  = "all",
};

int pmu_policy_parse(const char *s, const char *e)
{
    size_t len = e - s;
    unsigned int i;

    for ( i = 0; i < sizeof(names) / sizeof(names[0]); i++ )
        if ( strlen(names[i]) == len && !memcmp(names[i], s, len) )
            return i;

    return -1;
}

const char *pmu_policy_name(unsigned int policy)
{
    return policy < sizeof(names) / sizeof(names[0]) ? names[policy] : "?";
}

void pmu_policy_apply(struct pmu_limits *lim, unsigned int policy)
{
    unsigned int i;

    lim->policy = policy;
    lim->nr_allowed = 0;

    if ( policy == XEN_PMU_POLICY_ALL )
        return;

    lim->ctl_mask &= ~(XEN_PMU_CTL_EDGE | XEN_PMU_CTL_INV |
                       XEN_PMU_CTL_CMASK);

    for ( i = 0; i < lim->nr_events && lim->nr_allowed < XEN_PMU_ALLOWED; i++ )
        if ( lim->event[i].policy <= policy &&
             !(lim->event[i].event & ~lim->event_mask) )
            lim->allowed[lim->nr_allowed++] = lim->event[i].event;
}
