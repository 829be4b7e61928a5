// SPDX-License-Identifier: GPL-2.0-only
/*
 * rdpmc_denied - a VCPU without a page can read no counter in any mode.
 *
 * The test executes RDPMC in user mode for 64 general and 64 fixed counters.  Each
 * RDPMC must fault: when the process starts, and again after the module
 * xen_pmu_hostile has set CR4.PCE for the process.  (An HVM or PVH guest controls
 * that bit itself.)  CR4.PCE does not matter in kernel mode.  There the module
 * executes RDPMC, and reports how many counters it could read.
 *
 * How it could fail: if Xen does not intercept RDPMC, an HVM guest that has set
 * CR4.PCE reads the host's counters in user mode, and its kernel reads them even
 * without CR4.PCE.  On PV, Xen may leave CR4.PCE set after the VCPU of another domain.
 *
 * denied.sh loads the module, and does not load the driver.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>

#include "kselftest.h"
#include "perf.h"

#define INDEXES		64
#define KERNEL_FILE	"/sys/kernel/debug/xen_pmu_hostile_rdpmc"

static sigjmp_buf escape;

static void caught(int sig)
{
	siglongjmp(escape, 1);
}

static bool can_read(uint32_t counter)
{
	uint32_t low, high;

	if (sigsetjmp(escape, 1))
		return false;
	asm volatile("rdpmc" : "=a" (low), "=d" (high) : "c" (counter));
	ksft_print_msg("counter %#x is %#llx\n", counter,
		       (unsigned long long)high << 32 | low);
	return true;
}

static int readable(void)
{
	int n = 0;

	for (uint32_t i = 0; i < INDEXES; i++)
		n += can_read(i) + can_read(1u << 30 | i);
	return n;
}

/* How many counters the kernel could read.  From then on this process has CR4.PCE. */
static int kernel_readable(void)
{
	FILE *f = fopen(KERNEL_FILE, "r");
	int n = -1;

	if (f && fscanf(f, "%d", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

int main(void)
{
	int kernel;

	ksft_print_header();
	ksft_set_plan(3);
	pin_here();
	signal(SIGSEGV, caught);
	signal(SIGILL, caught);
	ksft_test_result(!readable(), "RDPMC faults in user mode\n");
	kernel = kernel_readable();
	if (kernel < 0)
		ksft_print_msg("%s cannot be read\n", KERNEL_FILE);
	else
		ksft_print_msg("the kernel could read %d counters\n", kernel);
	ksft_test_result(!kernel, "RDPMC faults in kernel mode\n");
	ksft_test_result(!readable(),
			 "RDPMC faults in user mode although the guest has set CR4.PCE\n");
	ksft_finished();
}
