// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mispredicted branches. No processor's predictor is documented; the rig's is a
 * model of its own, written down in ../qemu/target/i386/tcg/system/pmu-branch.c
 * so that it can be worked out on paper:
 *
 * - conditional: two-bit counters by physical address; 2 and 3 predict taken,
 *   taken adds one up to 3, not taken takes one off down to 0;
 * - indirect JMP and CALL: the last target at this address;
 * - RET: a circular stack of 32 return addresses;
 * - direct JMP and CALL: always right; far transfers, exceptions and interrupts:
 *   never (PMCx0C3: "those for which prediction is not attempted").
 *
 * In each case the code first runs a few times ("warm"), and then runs once more
 * between two reads of a counter. Calls of the code are direct, so nothing else is
 * predicted, and the code starts from the state that its previous run has left. A
 * failure means that the predictor differs from its description, or that its state
 * changes between the runs.
 */
#include "judge.h"

/* name(): RAX = what counter 0 adds while name_code runs, after "warm" runs of warm_code. */
#define PREDICT(name, warm, warm_code, text)				\
	BODY(name##_code, text);					\
	BODY(name, ".rept " #warm "; call " #warm_code "; .endr\n"	\
		"xor %ecx, %ecx; rdpmc; mov %eax, %r10d\n"		\
		"call " #name "_code\n"					\
		"xor %ecx, %ecx; rdpmc; sub %r10d, %eax; ret")

#define LOOP_N	1000
/* Taken 999 times, then not. From state 2 or 3 only the end is wrong, and leaves state 2. */
PREDICT(long_loop, 4, long_loop_code, "mov $" STR(LOOP_N) ", %r8d; 1: dec %r8d; jnz 1b; ret");
PREDICT(always, 4, always_code, "xor %eax, %eax; jz 1f; nop; 1: ret");
PREDICT(never, 4, never_code, "xor %eax, %eax; jnz 1f; nop; 1: ret");
PREDICT(direct, 4, direct_code, "jmp 1f; nop; 1: call 2f; call 2f; ret; 2: ret");

/*
 * JC on the bits of PATTERN, lowest first, in a loop of 16. The pattern begins with
 * 111, so that its counter is 3 after three rounds from any state. The initial state is
 * the one in which the previous run ended. Wrong are the rounds that pattern_model()
 * finds, and the end of the loop.
 */
#define PATTERN	0xa697		/* 1110 1001 0110 0101 in order */
#define BITS	16
PREDICT(pattern, 4, pattern_code,
	"mov $" STR(PATTERN) ", %eax; mov $" STR(BITS) ", %r8d\n"
	"1: shr $1, %eax; jc 2f; nop; 2: dec %r8d; jnz 1b; ret");

/* One indirect jump, the same target each time; two targets in turn, ten times. */
#define TURNS	10
PREDICT(same_target, 4, same_target_code, "lea 1f, %rax; jmp *%rax; nop; 1: ret");
PREDICT(two_targets, 4, two_targets_code,
	"lea 2f, %rax; lea 3f, %rdx; mov $" STR(TURNS) ", %r8d\n"
	"1: xchg %rax, %rdx; jmp *%rax; 2: nop; 3: dec %r8d; jnz 1b; ret");
PREDICT(same_call, 4, same_call_code, "lea 1f, %rax; call *%rax; ret; 1: ret");

/*
 * Calls nested n deep, including the call of name_code. All return addresses differ.
 * The stack holds the last 32, so that the oldest ones are lost if n > 32.
 */
#define NEST(n) ".rept " #n " - 1; call 1f; ret; 1:; .endr; ret"
PREDICT(nest_32, 4, nest_32_code, NEST(32));
PREDICT(nest_33, 4, nest_33_code, NEST(33));
PREDICT(nest_40, 4, nest_40_code, NEST(40));

/*
 * A RET to an address that no CALL pushed takes the caller's entry (wrong), and the
 * caller's RET then takes an older entry (wrong). nest_40 runs first and fills the
 * stack with addresses of its own.
 */
PREDICT(ret_jump, 1, nest_40_code, "pushq $1f; ret; nop; 1: ret");

/* An INT n and its IRETQ, five times. */
PREDICT(ints_wrong, 4, ints_wrong_code, ".rept 5; int $" STR(VEC_INT) "; .endr; ret");
BODY(on_predict_int, "iretq");

/* Wrong predictions on paper, by kind. C3 counts all, C5 counts the taken ones. */
struct wrong {
	u64 cond_taken, cond_not, indirect, ret, far;
};

/* The two-bit counter of JC in pattern_code, from the state at the end of a run. */
static struct wrong pattern_model(void)
{
	struct wrong w = { 0 };
	unsigned int i, run, state = 3;

	for (run = 0; run < 2; run++) {
		w = (struct wrong) { .cond_not = 1 };	/* the end of the loop */
		for (i = 0; i < BITS; i++) {
			bool taken = PATTERN >> i & 1;

			w.cond_taken += taken && state < 2;
			w.cond_not += !taken && state >= 2;
			state = taken ? state + (state < 3) : state - (state > 0);
		}
	}
	return w;
}

static void one(const char *name, void (*fn)(void), const struct wrong *w)
{
	const struct {
		u64 event, paper;
		const char *name;
	} col[] = {
		{ EV_MISPRED, w->cond_taken + w->cond_not + w->indirect + w->ret + w->far,
		  "mispredicted" },
		{ 0xc5, w->cond_taken + w->indirect + w->ret + w->far, "taken mispredicted" },
		{ 0xc9, w->ret, "RET mispredicted" },
		{ 0xca, w->indirect, "indirect mispredicted" },
		{ EV_COND_MISP, kind == ZEN ? w->cond_taken + w->cond_not : 0,
		  "conditional mispredicted" },
	};
	u64 (*run)(void) = (void *)fn;
	unsigned int i;
	bool ok = true;

	for (i = 0; i < ARRAY_SIZE(col); i++) {
		u64 got;

		pmu_set(0, EVENT(col[i].event) | CTL_OS | CTL_EN, 0);
		got = (u32)run();
		pmu_stop();
		if (got != col[i].paper)
			say("  %s: got %u, paper %u", col[i].name, got, col[i].paper);
		ok &= got == col[i].paper;
	}
	check(ok, "predict: %s", name);
}

void predict(void)
{
	const struct wrong by_pattern = pattern_model();
	const struct {
		const char *name;
		void (*fn)(void);
		struct wrong w;
	} rows[] = {
		{ "a loop is wrong at its end", long_loop, { .cond_not = 1 } },
		{ "always taken", always, { 0 } },
		{ "never taken", never, { 0 } },
		{ "direct JMP and CALL", direct, { 0 } },
		{ "a pattern", pattern, by_pattern },
		{ "an indirect JMP with one target", same_target, { 0 } },
		{ "an indirect CALL with one target", same_call, { 0 } },
		{ "an indirect JMP with two targets in turn", two_targets,
		  { .indirect = TURNS, .cond_not = 1 } },
		{ "32 calls deep", nest_32, { 0 } },
		{ "33 calls deep", nest_33, { .ret = 1 } },
		{ "40 calls deep", nest_40, { .ret = 8 } },
		{ "a RET used as a jump", ret_jump, { .ret = 2 } },
		{ "INT n and IRETQ", ints_wrong, { .far = 10 } },
	};
	unsigned int i;

	set_gate(VEC_INT, on_predict_int);
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		one(rows[i].name, rows[i].fn, &rows[i].w);
	set_gate(VEC_INT, NULL);
}
