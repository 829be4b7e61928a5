// SPDX-License-Identifier: GPL-2.0-only
/*
 * registers - a program keeps its vector registers, even if other programs and
 * domains use theirs.
 *
 * The test fills all sixteen YMM registers with numbers that never repeat, and
 * checks them after a while, over and over.  Children do the same meanwhile, and
 * so does another domain if there is one.
 *
 * This tests the machine under the other tests.  A PV guest's kernel saves vector
 * registers when it switches tasks.  Xen saves them after it has switched VCPUs,
 * when another VCPU uses them (CR0.TS and #NM).  If one of the two saves or loads
 * at the wrong moment, programs get each other's numbers, and their results are
 * wrong without any error.  This happened on the rig, because QEMU executed XSAVE
 * in spite of CR0.TS.
 *
 * usage: registers [rounds], 0: until a register is lost
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest.h"

#define REGISTERS	16
#define WORDS		(REGISTERS * 4)
#define ROUNDS		20000UL		/* each of 10,000 instructions */
#define CHILDREN	2

static uint64_t want[WORDS] __attribute__((aligned(32)));
static uint64_t got[WORDS] __attribute__((aligned(32)));

/* Loads all registers, waits for 9,000 instructions, and stores all. */
static void keep(void)
{
	asm volatile("vmovdqa 0x000(%0), %%ymm0\n\t"
		     "vmovdqa 0x020(%0), %%ymm1\n\t"
		     "vmovdqa 0x040(%0), %%ymm2\n\t"
		     "vmovdqa 0x060(%0), %%ymm3\n\t"
		     "vmovdqa 0x080(%0), %%ymm4\n\t"
		     "vmovdqa 0x0a0(%0), %%ymm5\n\t"
		     "vmovdqa 0x0c0(%0), %%ymm6\n\t"
		     "vmovdqa 0x0e0(%0), %%ymm7\n\t"
		     "vmovdqa 0x100(%0), %%ymm8\n\t"
		     "vmovdqa 0x120(%0), %%ymm9\n\t"
		     "vmovdqa 0x140(%0), %%ymm10\n\t"
		     "vmovdqa 0x160(%0), %%ymm11\n\t"
		     "vmovdqa 0x180(%0), %%ymm12\n\t"
		     "vmovdqa 0x1a0(%0), %%ymm13\n\t"
		     "vmovdqa 0x1c0(%0), %%ymm14\n\t"
		     "vmovdqa 0x1e0(%0), %%ymm15\n\t"
		     "mov $4500, %%ecx\n"
		     "1:\tdec %%ecx\n\t"
		     "jnz 1b\n\t"
		     "vmovdqa %%ymm0, 0x000(%1)\n\t"
		     "vmovdqa %%ymm1, 0x020(%1)\n\t"
		     "vmovdqa %%ymm2, 0x040(%1)\n\t"
		     "vmovdqa %%ymm3, 0x060(%1)\n\t"
		     "vmovdqa %%ymm4, 0x080(%1)\n\t"
		     "vmovdqa %%ymm5, 0x0a0(%1)\n\t"
		     "vmovdqa %%ymm6, 0x0c0(%1)\n\t"
		     "vmovdqa %%ymm7, 0x0e0(%1)\n\t"
		     "vmovdqa %%ymm8, 0x100(%1)\n\t"
		     "vmovdqa %%ymm9, 0x120(%1)\n\t"
		     "vmovdqa %%ymm10, 0x140(%1)\n\t"
		     "vmovdqa %%ymm11, 0x160(%1)\n\t"
		     "vmovdqa %%ymm12, 0x180(%1)\n\t"
		     "vmovdqa %%ymm13, 0x1a0(%1)\n\t"
		     "vmovdqa %%ymm14, 0x1c0(%1)\n\t"
		     "vmovdqa %%ymm15, 0x1e0(%1)\n\t"
		     "vzeroupper"
		     : : "r"(want), "r"(got)
		     : "ecx", "cc", "memory",
		       "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
		       "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",
		       "xmm13", "xmm14", "xmm15");
}

/* Knuth's generator.  Its period is longer than the test. */
static void renew(void)
{
	static uint64_t number;

	if (!number)
		number = getpid();
	for (int i = 0; i < WORDS; i++) {
		number = number * 6364136223846793005ULL + 1442695040888963407;
		want[i] = number;
	}
}

/* The round in which a register was lost, from 1; 0: no register was lost. */
static uint64_t lost(uint64_t rounds)
{
	for (uint64_t i = 1; !rounds || i <= rounds; i++) {
		renew();
		keep();
		if (memcmp(want, got, sizeof(want)))
			return i;
	}
	return 0;
}

static void say(uint64_t round)
{
	int shown = 0;

	for (int i = 0; i < WORDS && shown < 4; i++) {
		if (want[i] == got[i])
			continue;
		ksft_print_msg("round %llu, ymm%d, word %d: %#llx became %#llx\n",
			       (unsigned long long)round, i / 4, i % 4,
			       (unsigned long long)want[i],
			       (unsigned long long)got[i]);
		shown++;
	}
}

static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	exit(lost(0) ? 1 : 0);
}

int main(int argc, char **argv)
{
	uint64_t rounds = argc > 1 ? strtoull(argv[1], NULL, 0) : ROUNDS, round;
	pid_t children[CHILDREN];
	int alive = 0;

	ksft_print_header();
	ksft_set_plan(2);
	if (!__builtin_cpu_supports("avx"))
		ksft_exit_skip("the CPU has no YMM registers\n");
	fflush(stdout);
	for (int i = 0; i < CHILDREN; i++)
		children[i] = start_child();
	round = lost(rounds);
	if (round)
		say(round);
	for (int i = 0; i < CHILDREN; i++) {
		alive += !waitpid(children[i], NULL, WNOHANG);
		kill(children[i], SIGKILL);
	}
	ksft_test_result(!round, "the vector registers are kept\n");
	ksft_test_result(alive == CHILDREN, "the children keep their vector registers, too\n");
	ksft_finished();
}
