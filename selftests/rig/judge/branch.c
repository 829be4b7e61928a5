// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every kind of branch is counted once by "branches", once by "taken" if it was taken,
 * and once by "conditional" if it could have gone both ways.
 *
 * Sources: Family 17h PPR, PMCx0C2 (retired branch instructions), PMCx0C4
 * (retired taken branches), PMCx0D1 (retired conditional branches: Jcc, JrCXZ and
 * LOOPcc). CMOVcc, SETcc and REP are not branches.
 *
 * Too few: a kind is not counted, or a branch to the next instruction is not counted.
 * Too many: an emulator's own jumps (at the end of a block) are counted.
 */
#include "judge.h"

/* The conditions of the 16 kinds that hold after "xor %eax, %eax" (ZF=1, PF=1, others 0). */
BODY(jcc_taken,
	"xor %eax, %eax\n"
	"jno 1f; 1: jnc 1f; 1: je 1f; 1: jbe 1f; 1: jns 1f; 1: jp 1f; 1: jge 1f; 1: jle 1f\n"
	"1: ret");
BODY(jcc_not_taken,
	"xor %eax, %eax\n"
	"jo 1f; 1: jc 1f; 1: jne 1f; 1: ja 1f; 1: js 1f; 1: jnp 1f; 1: jl 1f; 1: jg 1f\n"
	"1: ret");
/* The same with 32-bit displacements, over 200 bytes of instructions that do not run. */
BODY(jcc_far_taken,
	"xor %eax, %eax\n"
	"je 1f; .skip 200, 0x90; 1: jp 1f; .skip 200, 0x90; 1: jne 1f; nop\n"
	"1: ret");

/* mov; 1000 times dec, jnz; ret: the last JNZ is not taken. */
#define LOOP_N		1000
BODY(loop_jnz, "mov $" STR(LOOP_N) ", %ecx; 1: dec %ecx; jnz 1b; ret");
BODY(loop_loop, "mov $" STR(LOOP_N) ", %ecx; 1: loop 1b; ret");
BODY(loop_loope, "mov $5, %ecx; xor %eax, %eax; 1: loope 1b; loopne 1f; nop; 1: ret");
BODY(loop_jrcxz, "xor %ecx, %ecx; jrcxz 1f; nop; 1: inc %ecx; jrcxz 1f; 1: ret");
#define LONG_N		100000000
BODY(loop_long, "mov $" STR(LONG_N) ", %ecx; 1: dec %ecx; jnz 1b; ret");

/*
 * Taken every other time: ECX from 1000 down, TEST $1 and JZ over a NOP.
 * On paper, for each ECX: test, jz, [nop if odd], dec, jnz.
 */
BODY(alternate,
	"mov $" STR(LOOP_N) ", %ecx\n"
	"1: test $1, %cl; jz 2f; nop; 2: dec %ecx; jnz 1b\n"
	"ret");

BODY(jmp_next, "jmp 1f; 1: jmp 1f; 1: .byte 0xe9; .long 0; ret");
BODY(jmp_indirect, "lea 1f, %rax; jmp *%rax; nop; 1: movq $2f, (%rdi); jmp *(%rdi); nop; 2: ret");
BODY(call_ret, "call 1f; call 1f; ret; 1: ret");
BODY(call_indirect,
	"lea 1f, %rax; call *%rax; mov %rax, (%rdi); call *(%rdi); ret\n"
	"1: ret");
BODY(call_next_pop, "call 1f; 1: pop %rax; ret");
BODY(call_ret_imm, "push $0; call 1f; ret; 1: ret $8");
BODY(rep_ret, "rep ret");
BODY(not_branches, "xor %eax, %eax; cmovz %rsi, %rax; setz %al; mov $3, %ecx; rep stosb; ret");
/* Recursion, 50 deep: each level is dec, jz, call, ret; the last dec, jz, ret. */
#define DEPTH		50
BODY(recursion,
	"mov $" STR(DEPTH) ", %ecx\n"
	"call 1f; ret\n"
	"1: dec %ecx; jz 2f; call 1b; 2: ret");

static const struct {
	const char *name;
	void *fn;
	struct paper p;
} both[] = {
	{ "branch: each Jcc, taken", jcc_taken,
	  { .insn = 1 + 8 + 1, .branch = 8 + 1, .taken = 8 + 1, .cond = 8 } },
	{ "branch: each Jcc, not taken", jcc_not_taken,
	  { .insn = 1 + 8 + 1, .branch = 8 + 1, .taken = 1, .cond = 8 } },
	/* xor, je, jp, jne (not taken), nop, ret */
	{ "branch: Jcc with a 32-bit displacement", jcc_far_taken,
	  { .insn = 1 + 3 + 1 + 1, .branch = 3 + 1, .taken = 2 + 1, .cond = 3 } },
	{ "branch: a loop with DEC and JNZ", loop_jnz,
	  { .insn = 1 + 2 * LOOP_N + 1, .branch = LOOP_N + 1, .taken = LOOP_N - 1 + 1,
	    .cond = LOOP_N } },
	{ "branch: LOOP", loop_loop,
	  { .insn = 1 + LOOP_N + 1, .branch = LOOP_N + 1, .taken = LOOP_N - 1 + 1,
	    .cond = LOOP_N } },
	/* mov, xor, loope 5 times (4 taken, ZF stays 1), loopne once (ECX wraps, but ZF=1: not taken), nop, ret */
	{ "branch: LOOPE and LOOPNE", loop_loope,
	  { .insn = 2 + 5 + 1 + 1 + 1, .branch = 5 + 1 + 1, .taken = 4 + 1, .cond = 5 + 1 } },
	/* xor, jrcxz (taken), inc, jrcxz (not), ret */
	{ "branch: JRCXZ", loop_jrcxz,
	  { .insn = 5, .branch = 2 + 1, .taken = 1 + 1, .cond = 2 } },
	/* each ECX: 4 instructions, and a NOP for the odd half */
	{ "branch: taken every other time", alternate,
	  { .insn = 1 + 4 * LOOP_N + LOOP_N / 2 + 1, .branch = 2 * LOOP_N + 1,
	    .taken = LOOP_N / 2 + LOOP_N - 1 + 1, .cond = 2 * LOOP_N } },
	{ "branch: JMP to the next instruction", jmp_next,
	  { .insn = 3 + 1, .branch = 3 + 1, .taken = 3 + 1 } },
	/* lea, jmp, movq, jmp, ret */
	{ "branch: indirect JMP", jmp_indirect, { .insn = 5, .branch = 3, .taken = 3 } },
	/* call, ret, call, ret, ret */
	{ "branch: CALL and RET", call_ret, { .insn = 5, .branch = 5, .taken = 5 } },
	/* lea, call, ret, mov, call, ret, ret */
	{ "branch: indirect CALL", call_indirect, { .insn = 7, .branch = 5, .taken = 5 } },
	{ "branch: CALL of the next instruction", call_next_pop,
	  { .insn = 3, .branch = 2, .taken = 2 } },
	/* push, call, ret $8, ret */
	{ "branch: RET with an operand", call_ret_imm, { .insn = 4, .branch = 3, .taken = 3 } },
	{ "branch: REP RET", rep_ret, { .insn = 1, .branch = 1, .taken = 1 } },
	{ "branch: CMOV, SETcc and REP STOS are none", not_branches,
	  { .insn = 6, .rounds = 3, .branch = 1, .taken = 1 } },
	/* mov, call, DEPTH times (dec, jz), DEPTH - 1 calls, DEPTH rets, ret; JZ is taken once */
	{ "branch: recursion", recursion,
	  { .insn = 2 + 2 * DEPTH + (DEPTH - 1) + DEPTH + 1,
	    .branch = 1 + DEPTH + (DEPTH - 1) + DEPTH + 1,
	    .taken = 1 + 1 + (DEPTH - 1) + DEPTH + 1, .cond = DEPTH } },
	{ "branch: two hundred million instructions", loop_long,
	  { .insn = 1 + 2ul * LONG_N + 1, .branch = LONG_N + 1, .taken = LONG_N - 1 + 1,
	    .cond = LONG_N } },
};

/* call_ret_imm: RET $8 drops the pushed 0 too, so the last RET goes back to measure(). */

/* CPL 0: a far RET and an IRETQ to the same CPL are far transfers (judge.h). */
BODY(far_ret, "pushq $" STR(SEL_KCODE) "; pushq $1f; lretq; nop; 1: ret");
BODY(iret_same, "mov %rsp, %rax; pushq $" STR(SEL_KDATA) "; push %rax; pushfq\n"
	"pushq $" STR(SEL_KCODE) "; pushq $1f; iretq; nop; 1: ret");

void branch(void)
{
	/* push, push, lretq, ret */
	const struct paper far = { .insn = 4, .branch = 1, .taken = 1, .far = 1 };
	/* mov, push, push, pushfq, push, push, iretq, ret */
	const struct paper iret = { .insn = 8, .branch = 1, .taken = 1, .far = 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(both); i++)
		judge_both(both[i].name, both[i].fn, &both[i].p);
	judge("branch: far RET", 0, far_ret, 0, 0, 0, &far);
	judge("branch: IRETQ to the same CPL", 0, iret_same, 0, 0, 0, &iret);
}
