// SPDX-License-Identifier: GPL-2.0-only
/*
 * The judge tests that this machine's PMU is the one in AMD's manuals. Each topic file
 * has one function. The order of the calls here matters: a topic relies only on
 * properties that the topics before it have tested.
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
