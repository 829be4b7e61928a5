// SPDX-License-Identifier: GPL-2.0-only
/*
 * take.c - takes a CPU's page away from the driver, for taken.sh.
 *
 * take=N: while the module is loaded, CPU N has a page of this module attached, and
 * Xen refuses the driver's page.  revoke=1: at load, the module detaches the page of
 * this CPU without the driver's knowledge.  From then on RDPMC faults.
 */
#include <linux/cpu.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/smp.h>

#include "hostile.h"

static int take = -1;
module_param(take, int, 0);
MODULE_PARM_DESC(take, "keep a page attached on this CPU");
static bool revoke;
module_param(revoke, bool, 0);
MODULE_PARM_DESC(revoke, "detach what this CPU has attached");

static struct xen_pmu_page *taken;

static void attach_here(void *error)
{
	*(int *)error = page_attach(taken);
}

static void detach_here(void *error)
{
	*(int *)error = page_detach();
}

/* The script chooses the CPU that loads the module, with taskset. */
int take_init(void)
{
	int error = 0;

	if (revoke) {
		preempt_disable();
		error = page_detach();
		preempt_enable();
	}
	if (error || take < 0)
		return error;
	taken = (void *)get_zeroed_page(GFP_KERNEL);
	if (!taken)
		return -ENOMEM;
	if (smp_call_function_single(take, attach_here, &error, 1))
		error = -ENXIO;
	if (error) {
		free_page((unsigned long)taken);
		taken = NULL;
	}
	return error;
}

/* If the detach fails, Xen can still write to the page.  So the page is not freed. */
void take_exit(void)
{
	int error = 0;

	if (!taken)
		return;
	if (!smp_call_function_single(take, detach_here, &error, 1) && !error)
		free_page((unsigned long)taken);
}
