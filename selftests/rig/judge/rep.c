// SPDX-License-Identifier: GPL-2.0-only
/*
 * A repeated string instruction (REP) is one instruction, with 0, 1 or 3000 rounds, if
 * it ends early, and if an interrupt or a page fault comes half way. (APM volume 3,
 * 1.2.6: an exception or interrupt leaves RCX, RSI and RDI so that the instruction
 * continues where it stopped. It retires when it completes.)
 *
 * Too many by the number of rounds: the emulator's instruction counter runs once for
 * each round. Too many by one for each interrupt or fault: the part before the
 * interruption is counted as well.
 *
 * Cycles on this rig: one for each round, and one for finding RCX zero. So there are as
 * many cycles more than instructions as there are rounds, except that the round that
 * ends REPE or REPNE by the comparison adds none.
 */
#include "judge.h"

#define ROUNDS 3000

#define REP_BODIES(X)							\
	X(stosb_0, "xor %ecx, %ecx; rep stosb; ret", 3, 0)			\
	X(stosb_1, "mov $1, %ecx; rep stosb; ret", 3, 1)			\
	X(stosb, "mov $" STR(ROUNDS) ", %ecx; rep stosb; ret", 3, ROUNDS) \
	X(stosq, "mov $500, %ecx; rep stosq; ret", 3, 500)			\
	X(stosb_down, "add $4000, %rdi; mov $" STR(ROUNDS) ", %ecx; std; rep stosb; cld; ret", 6, ROUNDS) \
	X(movsb, "mov %rdi, %rsi; mov $" STR(ROUNDS) ", %ecx; rep movsb; ret", 4, ROUNDS) \
	X(movsq, "mov %rdi, %rsi; mov $500, %ecx; rep movsq; ret", 4, 500)	\
	X(lodsb, "mov %rdi, %rsi; mov $" STR(ROUNDS) ", %ecx; rep lodsb; ret", 4, ROUNDS) \
	/* equal areas: goes round to the end */			\
	X(cmpsb, "mov %rdi, %rsi; mov $" STR(ROUNDS) ", %ecx; repe cmpsb; ret", 4, ROUNDS) \
	/* equal areas: REPNE ends after the first */			\
	X(cmpsb_early, "mov %rdi, %rsi; mov $" STR(ROUNDS) ", %ecx; repne cmpsb; ret", 4, 0) \
	/* finds byte 100 of 3000, the last of 101 rounds */					\
	X(scasb, "movb $0xa5, 100(%rdi); mov %rdi, %rbx; xor %eax, %eax;" \
	  "mov $" STR(ROUNDS) ", %ecx; rep stosb; mov %rbx, %rdi;"	\
	  "movb $0xa5, 100(%rdi); mov $0xa5, %al; mov $" STR(ROUNDS) ", %ecx;" \
	  "repne scasb; ret", 11, ROUNDS + 100)					\
	/* ten REPs in a row, and ten with the counter used up */	\
	X(many, ".rept 10; mov $7, %ecx; rep stosb; rep stosb; .endr; ret", 31, 10 * 7)

#define REP_BODY(name, text, n, rounds) BODY(rep_##name, text);
REP_BODIES(REP_BODY)

#define REP_ROW(name, text, n, rounds) { "rep: " #name, rep_##name, n, rounds },
static const struct {
	const char *name;
	void *fn;
	u64 insn, rounds;
} rows[] = { REP_BODIES(REP_ROW) };

/* CPL 0: a hundred bytes to a port. mov, mov, mov, rep outsb, ret. */
BODY(rep_outsb, "mov %rdi, %rsi; mov $0x80, %edx; mov $100, %ecx; rep outsb; ret");

/*
 * Interrupted: the timer fires after about half the rounds of REP STOSB. The handler
 * stores RCX and the interrupted address. If the address is that of the REP, and RCX is
 * neither 0 nor the full count, the interrupt came inside of the REP.
 * Body: movl, mov, sti, rep stosb, cli, ret = 6, and the handler's 5.
 */
u64 seen_rcx, seen_rip, hits;	/* for the handlers, hence not static */
extern u8 rep_stosb_at[];
BODY(rep_timer,
	"movl $" STR(ROUNDS) " / 2, " STR(APIC_VA) " + " STR(APIC_TMICT) "\n"
	"mov $" STR(ROUNDS) ", %ecx\n"
	"sti\n"
	".globl rep_stosb_at\n rep_stosb_at: rep stosb\n"
	"cli\n"
	"ret");
BODY(on_timer_rep,
	"mov %rcx, seen_rcx\n"
	"popq seen_rip; pushq seen_rip\n"
	"movl $0, " STR(APIC_VA) " + " STR(APIC_EOI) "\n"
	"iretq");
#define ON_TIMER_REP	5

/*
 * Interrupted many times, by a periodic timer. The handler counts its interrupts (incq,
 * movl, iretq = 3), and the test reads their number.
 * Body: mov, movl, sti, rep stosb, cli, movl (timer off), ret = 7.
 */
BODY(rep_periodic,
	"mov $" STR(ROUNDS) ", %ecx\n"
	"movl $100, " STR(APIC_VA) " + " STR(APIC_TMICT) "\n"
	"sti\n"
	"rep stosb\n"
	"cli\n"
	"movl $0, " STR(APIC_VA) " + " STR(APIC_TMICT) "\n"
	"ret");
BODY(on_timer_count,
	"incq hits\n"
	"movl $0, " STR(APIC_VA) " + " STR(APIC_EOI) "\n"
	"iretq");
#define ON_TIMER_COUNT	3

static void timer_once(void)
{
	seen_rcx = seen_rip = 0;
	apic_write(APIC_LVTT, VEC_TIMER);
}

static void timer_periodic(void)
{
	hits = 0;
	apic_write(APIC_LVTT, VEC_TIMER | LVT_PERIODIC);
}

static void interrupted(void)
{
	const struct paper once = {
		.insn = 6 + ON_TIMER_REP, .branch = 1, .taken = 1, .far = 2,
		.rounds = ROUNDS, .before = timer_once,
	};
	const struct paper often = {
		.insn = 7, .branch = 1, .taken = 1, .rounds = ROUNDS, .before = timer_periodic,
		.hits = &hits, .hit_insn = ON_TIMER_COUNT,
	};

	set_gate(VEC_TIMER, on_timer_rep);
	judge("rep: STOSB interrupted half way", 0, rep_timer, (u64)scratch, 1, 0, &once);
	check(seen_rip == (u64)rep_stosb_at && seen_rcx > 0 && seen_rcx < ROUNDS,
	      "rep: the interrupt came in the middle of it (RCX %u of %u)",
	      seen_rcx, (u64)ROUNDS);
	set_gate(VEC_TIMER, on_timer_count);
	judge("rep: STOSB interrupted many times", 0, rep_periodic, (u64)scratch, 1, 0, &often);
	apic_write(APIC_LVTT, LVT_MASKED);
	drain_interrupts();
	check(hits > 5, "rep: it was interrupted more than five times (%u)", hits);
	set_gate(VEC_TIMER, NULL);
}

/*
 * A page fault half way: 200 bytes, of which 100 lie in a page that is not present.
 * The handler maps the page: orq, add (the error code), iretq = 3.
 * Body: mov, rep stosb, ret.
 */
BODY(rep_fault, "mov $200, %ecx; rep stosb; ret");
BODY(rep_fault_movs, "mov $200, %ecx; mov $scratch, %esi; rep movsb; ret");
BODY(on_fault_map, "orq $1, test_pt + 8; add $8, %rsp; iretq");
#define ON_FAULT_MAP	3

static void second_page_away(void)
{
	test_map(0, frames[0]);
	test_map(1, frames[1]);
	test_unmap(1);
}

static void page_fault(unsigned int cpl)
{
	const u64 insns[] = { 3, 4 };
	void *const fns[] = { rep_fault, rep_fault_movs };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const struct paper p = {
			.insn = insns[i] + (cpl ? 0 : ON_FAULT_MAP),
			.other = cpl ? ON_FAULT_MAP : 0,
			.branch = 1, .taken = 1, .far = 2, .rounds = 200, .before = second_page_away,
		};

		judge(i ? "rep: MOVSB with a page fault half way" :
		      "rep: STOSB with a page fault half way",
		      cpl, fns[i], TEST_VA + 4096 - 100, 1, 0, &p);
	}
}

void rep(void)
{
	struct paper p = { .branch = 1, .taken = 1 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		p.insn = rows[i].insn;
		p.rounds = rows[i].rounds;
		judge_both(rows[i].name, rows[i].fn, &p);
	}
	p.insn = 5;
	p.rounds = 100;
	judge("rep: OUTSB", 0, rep_outsb, (u64)scratch, 1, 0, &p);
	interrupted();
	set_gate(VEC_PF, on_fault_map);
	page_fault(0);
	page_fault(3);
	set_gate(VEC_PF, NULL);
	test_unmap(0);
	test_unmap(1);
}
