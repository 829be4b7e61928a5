// SPDX-License-Identifier: GPL-2.0-only
/*
 * An instruction that faults does not retire (APM volume 2, 8.1.3: the state is as if
 * it had not begun). It is counted once, when it has been restarted and completes. If
 * the handler steps over it, it is never counted. A trap comes after an instruction
 * that did retire.
 *
 * Too many by one for each fault: the failed attempt is counted. Too few: the second
 * attempt, which completes, is taken back with the first.
 *
 * Every handler has two or three instructions and is written here, so that the
 * kernel's side is known on paper too.
 */
#include "judge.h"

#define ROUNDS 100
#define LOOP(text) "mov $" STR(ROUNDS) ", %ebx; 1: " text "; dec %ebx; jnz 1b; ret"

/* UD2 is stepped over and never counted. Round: [ud2], dec, jnz; handler: addq, iretq. */
BODY(ud2s, LOOP("ud2"));
BODY(on_ud2, "addq $2, (%rsp); iretq");

/*
 * Restarted: DIV by zero; the handler puts 1 into ECX. Round: xor ecx, xor edx,
 * div, dec, jnz = 5; handler: mov, iretq.
 */
BODY(divs, LOOP("xor %ecx, %ecx; xor %edx, %edx; div %ecx"));
BODY(on_div, "mov $1, %ecx; iretq");

/*
 * Restarted: a load from a non-canonical address; the handler mends it. Round:
 * mov rcx, mov load, dec, jnz = 4; handler: mov, add, iretq.
 */
BODY(gps, LOOP("movabs $0x8000000000000000, %rcx; mov (%rcx), %rax"));
BODY(on_gp, "mov $scratch, %ecx; add $8, %rsp; iretq");

/*
 * Restarted: a load, a store and a read-modify-write of a page that is not present; the
 * handler maps the page. Only CPL 0 can unmap it again (INVLPG), so each run has one
 * fault. nop, mov, nop, ret; handler: orq, add, iretq.
 */
BODY(pf_load, "nop; mov (%rdi), %rax; nop; ret");
BODY(pf_store, "nop; mov %rax, (%rdi); nop; ret");
BODY(pf_rmw, "nop; lock incq (%rdi); nop; ret");
BODY(pf_push, "mov %rsp, %rax; lea 8(%rdi), %rsp; push $0; mov %rax, %rsp; ret");
BODY(on_pf, "orq $1, test_pt; add $8, %rsp; iretq");

/*
 * Restarted fetch: a call into a page that is not present. The page holds NOP, RET.
 * Body: sub, call, nop, ret, add, ret.
 */
BODY(pf_fetch, "sub $8, %rsp; call *%rdi; add $8, %rsp; ret");

/*
 * A fetch that faults in the middle of an instruction, whose second half is in
 * the next page: NOP, MOV imm32 across the end, RET. Body: sub, call, nop, mov,
 * ret, add, ret; the handler maps the second page.
 */
BODY(on_pf_second, "orq $1, test_pt + 8; add $8, %rsp; iretq");

/*
 * Single step: TF set by POPFQ; #DB after each instruction that began with TF
 * set: nop, nop, nop, pushfq, andl, popfq. Body: pushfq, orl, popfq, 3 NOPs,
 * pushfq, andl, popfq, ret = 10; the handler: iretq, six times.
 */
BODY(steps,
	"pushfq; orl $0x100, (%rsp); popfq\n"
	"nop; nop; nop\n"
	"pushfq; andl $~0x100, (%rsp); popfq\n"
	"ret");
BODY(on_step, "iretq");
#define STEPS 6

/*
 * Several faults of one instruction, a load: the handler maps the page at the third
 * fault only. decl, jz, [add, iretq] twice, then decl, jz (taken), orq, add, iretq.
 * That is 2 * 4 + 5 = 13, with 3 faults.
 */
unsigned int tries;		/* for on_pf_third, hence not static */
BODY(on_pf_third,
	"decl tries; jz 1f; add $8, %rsp; iretq\n"
	"1: orq $1, test_pt; add $8, %rsp; iretq");

/*
 * Far transfers that fault; the handler steps over them: INT n to a gate that CPL 3
 * may not use, IRETQ and far RET to a selector beyond the GDT. They count neither as
 * instructions nor as branches. The #GP and the handler's IRETQ are branches. Rounds:
 * INT: [int], dec, jnz = 2. IRETQ, RET: 5 or 2 pushes, [iretq or lretq], add, dec, jnz.
 * Handler: add (error code), addq, iretq.
 */
BODY(int_refused, LOOP("int $" STR(VEC_TIMER)));
BODY(iret_refused, LOOP("pushq $0; pushq $0; pushq $2; pushq $0xfff8; pushq $0; iretq; add $40, %rsp"));
BODY(lret_refused, LOOP("pushq $0xfff8; pushq $0; lretq; add $16, %rsp"));
BODY(on_gp_skip, "add $8, %rsp; addq $2, (%rsp); iretq");

static void page_away(void)
{
	tries = 3;
	test_map(0, frames[0]);
	test_unmap(0);
}

static void code_away(void)
{
	test_map(0, frames[0]);
	((u8 *)TEST_VA)[0] = 0x90;
	((u8 *)TEST_VA)[1] = 0xc3;
	test_unmap(0);
}

#define SPLIT_AT (4096 - 3)	/* NOP, then two of MOV's five bytes */
static void split_code_away(void)
{
	static const u8 code[] = { 0x90, 0xb8, 1, 2, 3, 4, 0xc3 };

	test_map(0, frames[0]);
	test_map(1, frames[1]);
	memcpy((u8 *)TEST_VA + SPLIT_AT, code, sizeof(code));
	test_unmap(1);
}

static const struct fault_case {
	const char *name;
	unsigned int vec;
	void (*handler)(void);
	void *fn;
	u64 a;			/* RDI; 0: nothing */
	u64 insn, handler_insn;	/* the body's, all of its faults' */
	u64 cond, taken;	/* conditional branches; all taken branches */
	u64 branch;
	u64 faults;
	void (*before)(void);
} cases[] = {
	{ "fault: #UD, stepped over", VEC_UD, on_ud2, ud2s, 0,
	  1 + 2 * ROUNDS + 1, 2 * ROUNDS, ROUNDS, ROUNDS, ROUNDS + 1, ROUNDS },
	{ "fault: #DE, restarted", VEC_DE, on_div, divs, 0,
	  1 + 5 * ROUNDS + 1, 2 * ROUNDS, ROUNDS, ROUNDS, ROUNDS + 1, ROUNDS },
	{ "fault: #GP, restarted", VEC_GP, on_gp, gps, 0,
	  1 + 4 * ROUNDS + 1, 3 * ROUNDS, ROUNDS, ROUNDS, ROUNDS + 1, ROUNDS },
	{ "fault: #PF on a load", VEC_PF, on_pf, pf_load, TEST_VA, 4, 3, 0, 1, 1, 1, page_away },
	{ "fault: #PF on a store", VEC_PF, on_pf, pf_store, TEST_VA, 4, 3, 0, 1, 1, 1, page_away },
	{ "fault: #PF on a locked add", VEC_PF, on_pf, pf_rmw, TEST_VA, 4, 3, 0, 1, 1, 1, page_away },
	{ "fault: three #PF on one load", VEC_PF, on_pf_third, pf_load, TEST_VA,
	  4, 2 * 4 + 5, 3, 1 + 1, 1 + 3, 3, page_away },
	{ "fault: #PF on a fetch", VEC_PF, on_pf, pf_fetch, TEST_VA, 6, 3, 0, 3, 3, 1, code_away },
	{ "fault: #PF in the middle of an instruction", VEC_PF, on_pf_second, pf_fetch,
	  TEST_VA + SPLIT_AT, 7, 3, 0, 3, 3, 1, split_code_away },
	{ "fault: IRETQ refused", VEC_GP, on_gp_skip, iret_refused, 0,
	  1 + 8 * ROUNDS + 1, 3 * ROUNDS, ROUNDS, ROUNDS, ROUNDS + 1, ROUNDS },
	{ "fault: far RET refused", VEC_GP, on_gp_skip, lret_refused, 0,
	  1 + 5 * ROUNDS + 1, 3 * ROUNDS, ROUNDS, ROUNDS, ROUNDS + 1, ROUNDS },
	{ "fault: #DB, single steps", VEC_DB, on_step, steps, 0, 10, STEPS, 0, 1, 1, STEPS },
};

static void run(const struct fault_case *c, unsigned int cpl)
{
	const struct paper p = {
		.insn = c->insn + (cpl ? 0 : c->handler_insn),
		.other = cpl ? c->handler_insn : 0,
		.branch = c->branch, .taken = c->taken, .cond = c->cond,
		.far = 2 * c->faults,	/* the exception and its IRETQ */
		.before = c->before,
	};

	set_gate(c->vec, c->handler);
	judge(c->name, cpl, c->fn, c->a, 0, 0, &p);
	set_gate(c->vec, NULL);
}

/* For CPL 3 only, because at CPL 0 the CPU would push the fault's frame to the same page. */
static const struct fault_case push_case = {
	"fault: #PF on a push", VEC_PF, on_pf, pf_push, TEST_VA, 5, 3, 0, 1, 1, 1, page_away
};

/* For CPL 3 only, because CPL 0 may use every gate. */
static const struct fault_case int_case = {
	"fault: INT n refused", VEC_GP, on_gp_skip, int_refused, 0,
	1 + 2 * ROUNDS + 1, 3 * ROUNDS, ROUNDS, ROUNDS, ROUNDS + 1, ROUNDS
};

void fault(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		run(&cases[i], 0);
		run(&cases[i], 3);
	}
	run(&push_case, 3);
	run(&int_case, 3);
	test_unmap(0);
	test_unmap(1);
}
