// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge: is this machine's PMU the one that AMD's manuals describe? Each
 * topic file has one function, called here in an order in which each needs only
 * what the ones before it have shown.
 */
#include "judge.h"

void judge_main(void)
{
	apic_init();
	pmu_identify();
	global_after_reset();
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
	global();
	overflow();
	boundary();
	stress();
	svm();
	account();
	smp();
	global_smp();
	judge_exit();
}
