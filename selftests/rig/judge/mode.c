// SPDX-License-Identifier: GPL-2.0-only
/*
 * An instruction belongs to the CPL at which it began. SYSCALL and INT n are user
 * instructions, SYSRET and IRETQ are kernel instructions (judge.h).
 *
 * The handlers here are in assembly, so that both sides are known on paper. If both
 * sides are off by one in a round, in opposite directions, the model gives the
 * instruction that changes the CPL to the new CPL. If all instructions are on one
 * side, the filter looks at the CPL at the time of reading.
 */
#include "judge.h"

#define ROUNDS 1000

/* mov; ROUNDS times (syscall, dec, jnz); ret. SYSCALL overwrites RCX and R11. */
BODY(syscalls, "mov $" STR(ROUNDS) ", %ebx; 1: syscall; dec %ebx; jnz 1b; ret");
BODY(on_syscall, "sysretq");
/* nop, nop, jmp, sysretq: one near branch. */
BODY(on_syscall_4, "nop; nop; jmp 1f; nop; 1: sysretq");

/* mov; ROUNDS times (int, dec, jnz); ret. */
BODY(ints, "mov $" STR(ROUNDS) ", %ebx; 1: int $" STR(VEC_INT) "; dec %ebx; jnz 1b; ret");
BODY(on_int, "iretq");
/* push, pop, iretq */
BODY(on_int_3, "push %rax; pop %rax; iretq");

/* ROUNDS times INT3, a trap: it retires. */
BODY(int3s, "mov $" STR(ROUNDS) ", %ebx; 1: int3; dec %ebx; jnz 1b; ret");

static void syscall_case(const char *name, void (*handler)(void), u64 insns, u64 branches)
{
	const struct paper p = {
		.insn = 1 + 3 * ROUNDS + 1, .other = insns * ROUNDS,
		.branch = ROUNDS + branches * ROUNDS + 1,
		.taken = ROUNDS - 1 + branches * ROUNDS + 1,
		.cond = ROUNDS, .far = 2 * ROUNDS,
	};

	wrmsr(MSR_LSTAR, (u64)handler);
	judge(name, 3, syscalls, 0, 0, 0, &p);
}

static void int_case(const char *name, unsigned int cpl, void *body, unsigned int vec,
		     void (*handler)(void), u64 insns)
{
	const struct paper p = {
		.insn = 1 + 3 * ROUNDS + 1 + (cpl ? 0 : insns * ROUNDS),
		.other = cpl ? insns * ROUNDS : 0,
		.branch = ROUNDS + 1, .taken = ROUNDS - 1 + 1,
		.cond = ROUNDS, .far = 2 * ROUNDS,
	};

	set_gate(vec, handler);
	judge(name, cpl, body, 0, 0, 0, &p);
	set_gate(vec, NULL);
}

/*
 * A counter of user instructions runs from before user_call() to after it. Only the
 * body and the INT of user_return are at CPL 3. Unlike in measure(), the reads are at
 * another CPL than the body.
 */
static void user_only(void)
{
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN, 0);
	pmu_set(1, EVENT(EV_CYCLES) | CTL_USR | CTL_EN, 0);
	user_call(syscalls, 0, 0, 0, 0, 0);
	check_eq(rdpmc(0), 1 + 3 * ROUNDS + 1 + 1,
		 "mode: user instructions, read from the kernel");
	check_eq(rdpmc(1), 1 + 3 * ROUNDS + 1 + 1,
		 "mode: user cycles, read from the kernel");
	check_eq(rdmsr(PERF_CTR(0)), 1 + 3 * ROUNDS + 1 + 1,
		 "mode: user instructions, read by RDMSR");
	pmu_stop();
}

/*
 * Branches by mode, at CPL 3. SYSCALL, INT n and INT3 are user branches, SYSRET and
 * IRETQ kernel branches, as they are as instructions. An exception is not an
 * instruction, and the manuals do not say to which mode its branch belongs. On this
 * rig the branch belongs to the mode that the exception enters, so user counts contain
 * no exceptions. ROUNDS of each; the other user branches are JNZ in each round, RET,
 * and measure()'s CALL.
 */
BODY(ud2_rounds, "mov $" STR(ROUNDS) ", %ebx; 1: ud2; dec %ebx; jnz 1b; ret");
BODY(on_ud2_round, "addq $2, (%rsp); iretq");

static void branches_by_mode(void)
{
	const u64 near = ROUNDS + 1 + MEASURE_BRANCHES;
	const struct {
		const char *name;
		void (*body)(void);
		unsigned int vec;
		void (*handler)(void);
		u64 user, kernel;	/* far transfers */
	} rows[] = {
		{ "SYSCALL", syscalls, VEC_INT, on_int, ROUNDS, ROUNDS },
		{ "INT n", ints, VEC_INT, on_int, ROUNDS, ROUNDS },
		{ "INT3", int3s, VEC_BP, on_int, ROUNDS, ROUNDS },
		{ "#UD", ud2_rounds, VEC_UD, on_ud2_round, 0, 2 * ROUNDS },
	};
	u64 out[2 * MAX_COUNTERS];
	unsigned int i;

	wrmsr(MSR_LSTAR, (u64)on_syscall);
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		bool ok;

		set_gate(rows[i].vec, rows[i].handler);
		pmu_set(0, EVENT(EV_BRANCH) | CTL_USR | CTL_EN, 0);
		pmu_set(1, EVENT(EV_BRANCH) | CTL_OS | CTL_EN, 0);
		pmu_set(2, EVENT(EV_FAR) | CTL_USR | CTL_EN, 0);
		pmu_set(3, EVENT(EV_FAR) | CTL_OS | CTL_EN, 0);
		if (kind != K8) {
			pmu_set(4, EVENT(EV_COND) | CTL_USR | CTL_EN, 0);
			pmu_set(5, EVENT(EV_COND) | CTL_OS | CTL_EN, 0);
		}
		user_call(measure, (u64)rows[i].body, (u64)out, 0, 0, 0);
		pmu_stop();
		set_gate(rows[i].vec, NULL);
		ok = out[6] - out[0] == near + rows[i].user &&
		     out[7] - out[1] == rows[i].kernel &&
		     out[8] - out[2] == rows[i].user && out[9] - out[3] == rows[i].kernel;
		if (kind != K8)
			ok &= out[10] - out[4] == ROUNDS && out[11] - out[5] == 0;
		if (!check(ok, "mode: branches by mode, %s", rows[i].name))
			say("  branches u %u k %u, far u %u k %u, conditional u %u k %u",
			    out[6] - out[0], out[7] - out[1], out[8] - out[2],
			    out[9] - out[3], out[10] - out[4], out[11] - out[5]);
	}
}

void mode(void)
{
	unsigned int cpl;

	syscall_case("mode: SYSCALL and SYSRET", on_syscall, 1, 0);
	syscall_case("mode: SYSCALL, four instructions in the kernel", on_syscall_4, 4, 1);
	/* Every CPL above 0 is user mode (APM volume 2, 13.2.1, OS_USER). */
	for (cpl = 0; cpl <= 3; cpl++) {
		int_case("mode: INT n and IRETQ", cpl, ints, VEC_INT, on_int, 1);
		int_case("mode: INT n, three instructions in the handler", cpl, ints, VEC_INT,
			 on_int_3, 3);
		int_case("mode: INT3", cpl, int3s, VEC_BP, on_int, 1);
	}
	wrmsr(MSR_LSTAR, (u64)on_syscall);
	user_only();
	branches_by_mode();
}
