// SPDX-License-Identifier: GPL-2.0-only
/*
 * The account (../qemu/target/i386/pmu-account.h) is right: instructions by mode, and
 * entries into the kernel by cause. The benchmarks measure costs with it.
 *
 * told() executes the account's instruction before and after a body, so that the
 * instructions between are known on paper at any privilege level. The account takes
 * code at CPL 3 in the upper half of the addresses for a PV guest's kernel. Here this
 * is the same code at a second address.
 *
 * How it could fail: an instruction is given to the mode that it enters; an entry is
 * counted that began in the kernel; reading the account changes it.
 */
#include <stdint.h>

#include "judge.h"
#include "../qemu/target/i386/pmu-account.h"

#define ROUNDS 100
#define HYPERCALL 37
#define EXIT_VMMCALL 0x81
#define UPPER 0xffffff8000000000ul		/* the last entry of the PML4 */

static struct X86PMUAccount seen[2];
extern u64 pml4[512];

/* a: seen, b: the body, c: sizeof(seen[0]). Between the two: nopl, call, body, add. */
BODY(told, "push %rbx; push %r12; push %rbp; mov %rdi, %r12; mov %rdx, %rbp;"
     "mov $" STR(HYPERCALL) ", %eax; nopl " STR(X86_PMU_ACCOUNT_MAGIC) "(%rdi);"
     "call *%rsi; lea (%r12,%rbp), %rdi; nopl " STR(X86_PMU_ACCOUNT_MAGIC) "(%rdi);"
     "pop %rbp; pop %r12; pop %rbx; ret");
#define TOLD 3

/* mov; ROUNDS times (syscall, dec, jnz); ret. */
BODY(told_syscalls, "mov $" STR(ROUNDS) ", %r8d; 1: syscall; dec %r8d; jnz 1b; ret");
BODY(told_ints, "mov $" STR(ROUNDS) ", %r8d; 1: int $" STR(VEC_INT) "; dec %r8d; jnz 1b; ret");
#define LOOP (1 + 3 * ROUNDS + 1)
BODY(told_sysret, "nop; sysretq");
BODY(told_iret, "iretq");
/* REP with N rounds: one instruction, N + 1 cycles. mov, mov, rep lodsb, ret */
BODY(told_rep, "mov $" STR(ROUNDS) ", %ecx; lea scratch, %rsi; rep lodsb; ret");
/* As in svm.c. mov, vmrun, stgi, ret in the host; mov, ROUNDS times (dec, jnz) in the guest. */
BODY(told_run, "mov $vmcb, %eax; vmrun; stgi; ret");
BODY(told_guest, "mov $" STR(ROUNDS) ", %ecx; 1: dec %ecx; jnz 1b; vmmcall");

static u64 instructions(enum X86PMUWho who)
{
	return seen[1].instructions[who] - seen[0].instructions[who];
}

static u64 sum(const u64 *after, const u64 *before, unsigned int nr)
{
	u64 total = 0;

	while (nr--)
		total += after[nr] - before[nr];
	return total;
}

/* Entries of all causes. */
static u64 entries(void)
{
	return sum(seen[1].vector, seen[0].vector, ARRAY_SIZE(seen[0].vector)) +
	       sum(seen[1].hypercall, seen[0].hypercall, ARRAY_SIZE(seen[0].hypercall)) +
	       sum(seen[1].vmexit, seen[0].vmexit, ARRAY_SIZE(seen[0].vmexit)) +
	       seen[1].syscall - seen[0].syscall;
}

/* One case: instructions of each mode, entries of one cause, and entries of all causes. */
static void told_case(const char *name, const u64 paper[X86_PMU_WHO], u64 cause, u64 of_cause)
{
	bool ok = cause == of_cause && entries() == of_cause;
	unsigned int i;

	for (i = 0; i < X86_PMU_WHO; i++)
		ok &= instructions(i) == paper[i];
	if (!check(ok && seen[0].version == X86_PMU_ACCOUNT_VERSION, "account: %s", name))
		say("  version %u; instructions %u %u %u %u %u, entries %u of %u, paper %u",
		    seen[0].version, instructions(0), instructions(1), instructions(2),
		    instructions(3), instructions(4), cause, entries(), of_cause);
}

#define CAUSE(field) (seen[1].field - seen[0].field)

static void tell_user(void *body, u64 half)
{
	user_call((void *)((u64)told + half), (u64)seen, (u64)body + half, sizeof(seen[0]), 0, 0);
}

static void tell_kernel(void *body)
{
	void (*volatile call)(void *, void *, u64) = (void *)told;

	call(seen, body, sizeof(seen[0]));
}

static void from_user(void)
{
	wrmsr(MSR_LSTAR, (u64)told_sysret);
	set_gate(VEC_INT, told_iret);
	tell_user(told_syscalls, 0);
	told_case("SYSCALL of a program",
		  (u64[X86_PMU_WHO]) { 2 * ROUNDS, TOLD + LOOP }, CAUSE(syscall), ROUNDS);
	tell_user(told_ints, 0);
	told_case("INT n of a program",
		  (u64[X86_PMU_WHO]) { ROUNDS, TOLD + LOOP }, CAUSE(vector[VEC_INT]), ROUNDS);

	pml4[511] = pml4[0];
	tell_user(told_syscalls, UPPER);
	told_case("SYSCALL of a PV kernel",
		  (u64[X86_PMU_WHO]) { 2 * ROUNDS, 0, TOLD + LOOP },
		  CAUSE(hypercall[HYPERCALL]), ROUNDS);
	pml4[511] = 0;
	set_gate(VEC_INT, NULL);
}

static void from_kernel(void)
{
	set_gate(VEC_INT, told_iret);
	tell_kernel(told_ints);
	told_case("INT n in the kernel is no entry",
		  (u64[X86_PMU_WHO]) { TOLD + LOOP + ROUNDS }, CAUSE(vector[VEC_INT]), 0);
	set_gate(VEC_INT, NULL);
	tell_kernel(told_rep);
	check_eq(instructions(X86_PMU_HOST_KERNEL), TOLD + 4, "account: REP, instructions");
	check_eq(CAUSE(cycles[X86_PMU_HOST_KERNEL]), TOLD + 4 + ROUNDS, "account: REP, cycles");
}

static void from_guest(void)
{
	unsigned int cpl;

	if (!svm_enable()) {
		check(true, "account: guests # SKIP no SVM");
		return;
	}
	for (cpl = 0; cpl <= 3; cpl += 3) {
		u64 paper[X86_PMU_WHO] = { TOLD + 4 };

		paper[cpl ? X86_PMU_GUEST_USER : X86_PMU_GUEST_KERNEL] = 1 + 2 * ROUNDS;
		guest_at(told_guest, cpl, 0);
		tell_kernel(told_run);
		told_case(cpl ? "guest, program" : "guest, kernel", paper,
			  CAUSE(vmexit[EXIT_VMMCALL]), 1);
	}
	svm_disable();
}

void account(void)
{
	from_user();
	from_kernel();
	from_guest();
}
