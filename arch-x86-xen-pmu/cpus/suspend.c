// SPDX-License-Identifier: GPL-2.0-only
/*
 * suspend.c - give the pages back before the guest sleeps, is saved or migrated, and attach again
 * after that.
 *
 * To Xen, a guest that comes back is a new domain, without pages and with RDPMC disabled.  A
 * device's callbacks run on the way to xen_suspend() and back (drivers/xen/manage.c), with all CPUs
 * up and interrupts on; syscore callbacks do not.  So the driver has a device.
 */
#include <linux/err.h>
#include <linux/platform_device.h>
#include <linux/pm.h>

#include "page.h"
#include "suspend.h"

static struct platform_device *device;

static int suspend(struct device *dev)
{
	xen_pmu_pages_suspend();
	return 0;
}

static int resume(struct device *dev)
{
	xen_pmu_pages_resume();
	return 0;
}

/* Sleep, hibernation, and Xen's save and migration (freeze, thaw, restore). */
static const struct dev_pm_ops pm_ops = {
	.suspend	= suspend,
	.resume		= resume,
	.freeze		= suspend,
	.thaw		= resume,
	.poweroff	= suspend,
	.restore	= resume,
};

static struct platform_driver driver = {
	.driver = {
		.name	= "xen_pmu",
		.pm	= &pm_ops,
	},
};

/* xen_pmu_suspend_init - be called when the guest suspends */
int xen_pmu_suspend_init(void)
{
	int err = platform_driver_register(&driver);

	if (err)
		return err;
	device = platform_device_register_simple("xen_pmu", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(device)) {
		platform_driver_unregister(&driver);
		return PTR_ERR(device);
	}
	return 0;
}

void xen_pmu_suspend_exit(void)
{
	platform_device_unregister(device);
	platform_driver_unregister(&driver);
}
