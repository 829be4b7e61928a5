// SPDX-License-Identifier: GPL-2.0-only
/*
 * Modes: an instruction belongs to the CPL at which it began. SYSCALL and INT n
 * belong to the user who made them, SYSRET and IRETQ to the kernel that ended
 * them (judge.h).
 *
 * The handlers here are written out, so that both sides are known on paper. Off
 * by one a round on both sides, in opposite directions: the instruction that
 * changes the CPL is given to the CPL that it changes to. All on one side: the
 * filter looks at the CPL at the time of reading.
 */
#include "judge.h"

#define ROUNDS 1000

/* mov; ROUNDS times (syscall, dec, jnz); ret. RCX and R11 are SYSCALL's. */
BODY(syscalls, "mov $" STR(ROUNDS) ", %ebx; 1: syscall; dec %ebx; jnz 1b; ret");
BODY(on_syscall, "sysretq");
/* nop, nop, jmp, sysretq: one branch of its own. */
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
 * In and out: a counter of user instructions runs from before user_call() to
 * after it, all of which but the body and the INT of user_return is at CPL 0.
 * Unlike measure(), the reads are at the other CPL than the body.
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

void mode(void)
{
	unsigned int cpl;

	syscall_case("mode: SYSCALL and SYSRET", on_syscall, 1, 0);
	syscall_case("mode: SYSCALL, four instructions in the kernel", on_syscall_4, 4, 1);
	for (cpl = 0; cpl <= 3; cpl += 3) {
		int_case("mode: INT n and IRETQ", cpl, ints, VEC_INT, on_int, 1);
		int_case("mode: INT n, three instructions in the handler", cpl, ints, VEC_INT,
			 on_int_3, 3);
		int_case("mode: INT3", cpl, int3s, VEC_BP, on_int, 1);
	}
	wrmsr(MSR_LSTAR, (u64)on_syscall);
	user_only();
}
