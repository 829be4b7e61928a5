// SPDX-License-Identifier: GPL-2.0-only
/*
 * rdpmc_denied - a VCPU without a page reads no counter, in no mode.
 *
 * Issued in user mode for 64 general and 64 fixed counters, RDPMC must fault each
 * time: as the process starts, and after the module xen_pmu_hostile has set CR4.PCE
 * for it, which in an HVM or PVH guest is the guest's own to set.  In kernel mode,
 * where CR4.PCE does not matter, the module tries the same and says how many
 * counters it could read.
 *
 * How it could fail: on a Xen that does not intercept RDPMC, an HVM guest that has
 * set CR4.PCE reads whatever the host's counters hold, and its kernel does even
 * without; on PV, a CR4.PCE that Xen has left set after another domain's VCPU.
 *
 * denied.sh loads the module and no driver.
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

/* What the kernel could read; from then on CR4.PCE is this process's. */
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
