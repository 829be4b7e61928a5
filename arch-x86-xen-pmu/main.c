// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - start and stop of the guest driver.
 *
 * The order of the steps is the architecture: make sure that the name "cpu" is free, ask Xen,
 * find perf's functions for samples, be ready for NMIs, share a page per CPU with Xen, be told of
 * switches between tasks, prepare user mode's RDPMC, and only then show the PMU to perf.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/namei.h>
#include <linux/path.h>
#include <xen/xen.h>

#include "cpus/interrupt.h"
#include "cpus/page.h"
#include "cpus/suspend.h"
#include "cpus/switch.h"
#include "debugfs.h"
#include "kernel/compat.h"
#include "perf/pmu.h"
#include "perf/report.h"
#include "perf/sample.h"
#include "perf/user.h"
#include "xen/hypercall.h"
#include "xen/offer.h"

/* Does Xen have the interface, and may this domain use it?  If not, say what to do. */
static int __init ask_xen(void)
{
	u32 major, minor;
	u64 policy;
	int err;

	err = xen_pmu_query(&major, &minor, &policy);
	if (err) {
		pr_err("this Xen offers no batched PMU (error %d): boot a Xen that has it, with pmu=all (or ipc, or arch) on its command line\n",
		       err);
		return -ENODEV;
	}
	if (policy == XEN_PMU_POLICY_OFF) {
		pr_err("performance counters are off for this domain: boot Xen with pmu=all (or ipc, or arch)\n");
		return -ENODEV;
	}
	if (major != XEN_PMU_PAGE_MAJOR) {
		pr_err("Xen speaks version %u.%u of the interface, this module %u.%u: use the module that belongs to this Xen\n",
		       major, minor, XEN_PMU_PAGE_MAJOR, XEN_PMU_PAGE_MINOR);
		return -EPROTONOSUPPORT;
	}
	return 0;
}

/*
 * perf_pmu_register() warns with a backtrace if the type is taken, so look first.  Every PMU is
 * shown here.  On hybrid CPUs the kernel's own driver has two, and "cpu_core" is the one with the
 * type.
 */
static int __init check_cpu_pmu_free(void)
{
	static const char * const names[] = { "cpu", "cpu_core" };
	struct path path;
	char where[64];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(where, sizeof(where),
			 "/sys/bus/event_source/devices/%s", names[i]);
		if (kern_path(where, 0, &path))
			continue;
		path_put(&path);
		pr_err("the kernel has a PMU named \"%s\" already: boot Xen without vpmu, and with pmu=all (or ipc, or arch)\n",
		       names[i]);
		return -EBUSY;
	}
	return 0;
}

static int __init xen_pmu_init(void)
{
	int err;

	if (!xen_domain()) {
		pr_err("this is not a Xen guest: use the kernel's own PMU driver\n");
		return -ENODEV;
	}
	err = check_cpu_pmu_free();
	if (err)
		return err;
	err = ask_xen();
	if (err)
		return err;
	err = xen_pmu_sample_init();
	if (err)
		pr_warn("perf_event_overflow() not found (error %d): counting works, sampling (perf record) does not\n",
			err);
	xen_pmu_report_init();
	xen_pmu_interrupt_init();
	err = xen_pmu_pages_init();
	if (err)
		goto err_interrupt;
	err = xen_pmu_suspend_init();
	if (err)
		goto err_pages;
	xen_pmu_user_init(xen_pmu_switch_init());
	err = xen_pmu_register();
	if (err) {
		pr_err("perf refused the PMU (error %d)\n", err);
		goto err_user;
	}
	xen_pmu_debugfs_init();
	if (!XEN_PMU_CAN_UNLOAD) {
		__module_get(THIS_MODULE);
		pr_info("this kernel keeps tasks' contexts of a PMU that is gone: the module stays loaded\n");
	}
	pr_info("%.16s, %u counters of %u bits, policy %s\n",
		xen_pmu_offer.backend, xen_pmu_offer.nr_gp + xen_pmu_offer.nr_fixed,
		xen_pmu_offer.gp_width, xen_pmu_policy_name(xen_pmu_offer.policy));
	return 0;

err_user:
	xen_pmu_switch_exit();
	xen_pmu_user_exit();
	xen_pmu_suspend_exit();
err_pages:
	xen_pmu_pages_exit();
err_interrupt:
	xen_pmu_interrupt_exit();
	xen_pmu_pages_free();
	return err;
}

static void __exit xen_pmu_exit(void)
{
	xen_pmu_debugfs_exit();
	xen_pmu_unregister();
	xen_pmu_switch_exit();
	xen_pmu_user_exit();
	xen_pmu_suspend_exit();
	xen_pmu_pages_exit();
	xen_pmu_interrupt_exit();
	xen_pmu_pages_free();
}

module_init(xen_pmu_init);
module_exit(xen_pmu_exit);
MODULE_DESCRIPTION("perf in Xen guests by batched shared-page programming");
MODULE_LICENSE("GPL");
