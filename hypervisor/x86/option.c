/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot option pmu=off|ipc|arch|all (R11), and its initcall */
#include <xen/init.h>
#include <xen/param.h>

#include "policy.h"
#include "vcpu.h"

static unsigned int __initdata opt_pmu;
static char __initdata opt_bad[16];     /* a value that names no policy */

/* There is no console yet: pmu_init() reports a bad value. */
static int __init cf_check parse_pmu(const char *s)
{
    int policy = pmu_policy_parse(s, s + strlen(s));

    if ( policy < 0 )
        strlcpy(opt_bad, *s ? s : "(nothing)", sizeof(opt_bad));
    else
        opt_bad[0] = '\0';

    opt_pmu = policy < 0 ? XEN_PMU_POLICY_OFF : policy;

    return policy < 0 ? -EINVAL : 0;
}
custom_param("pmu", parse_pmu);

static int __init cf_check pmu_init(void)
{
    if ( opt_bad[0] )
        printk(XENLOG_ERR "PMU: pmu=%s is none of off, ipc, arch, all: off\n",
               opt_bad);

    if ( opt_pmu == XEN_PMU_POLICY_OFF )
        return 0;

    switch ( pmu_start(opt_pmu) )
    {
    case -EADDRINUSE:
        printk(XENLOG_ERR
               "PMU: pmu=%s needs the counter that the watchdog option uses: off\n",
               pmu_policy_name(opt_pmu));
        break;

    case -EAGAIN:
        printk(XENLOG_ERR "PMU: pmu=%s: xenoprof has the counters: off\n",
               pmu_policy_name(opt_pmu));
        break;

    case -EBUSY:
        printk(XENLOG_ERR
               "PMU: pmu=%s and the vpmu option exclude each other: pmu is off\n",
               pmu_policy_name(opt_pmu));
        break;

    case -ENODEV:
        printk(XENLOG_ERR
               "PMU: pmu=%s: no usable counters (AMD core ones are supported): off\n",
               pmu_policy_name(opt_pmu));
        break;
    }

    return 0;
}
presmp_initcall(pmu_init);
