// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge: is this machine's PMU the one that AMD's manuals describe? Each
 * topic file has one function, called here in an order in which each needs only
 * what the ones before it have shown.
 */
#include "judge.h"

static void pmu_present(void)
{
	u32 r[4];

	cpuid(0x80000001, r);
	if (!check(r[2] >> 23 & 1, "CPUID 8000_0001 ECX.23: six core counters"))
		judge_exit();
}

void judge_main(void)
{
	apic_init();
	pmu_present();
	set_pce(true);
	pmu_stop();
	straight();
	branch();
	predict();
	rep();
	mode();
	fault();
	hlt();
	rdpmc_topic();
	gp();
	overflow();
	boundary();
	stress();
	svm();
	smp();
	judge_exit();
}
