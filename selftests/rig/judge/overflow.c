// SPDX-License-Identifier: GPL-2.0-only
/*
 * Overflow: -k is written to a counter; the k-th event takes it to zero, and the
 * interrupt comes at the boundary after the instruction that was the k-th event:
 * the RIP it reports is the next instruction to run (skid 0 of this rig, where
 * hardware has some). k runs over every instruction of each piece of code.
 *
 * Sources: APM volume 2, 13.2.1 (INT), 13.2.3 and 16.4 (LVTPC); 8.1 and 8.2 for
 * the boundary at which interrupts are taken, held off by IF, by STI and by
 * loads of SS for one instruction.
 *
 * A RIP too late: the model noticed at the end of a block. Too early: events are
 * counted at their begin. Two interrupts: the counter was stopped or the mask
 * bit of LVTPC expected, which AMD does not set. None: a hang or a lost event.
 */
#include "judge.h"

#define SKID_STEPS	17
#define ROUNDS		3
#define NMI_MODE	true
#define FIXED_MODE	false

extern const u64 skid_steps[SKID_STEPS], skid_end[];
void skid_arm(u64 rounds, void *area, u64 value, u32 msr);
void skid_loop(void);
extern const u8 user_return[], trap_return[], trap_return_popped[];	/* trap.S */

/* What the interrupts saw; the first two are kept whole. */
static struct {
	unsigned int hits;
	u64 rip[2], cs[2];
	u64 period;		/* not 0: the handler re-arms counter 0 */
	u64 rounds, events;	/* of skid_loop at CPL 3; seen so far */
	bool nmi, right;	/* right: every RIP so far was periodic_rip(events) */
} pmi;

/*
 * Where the CPU is after pmi.events instructions at CPL 3: in the loop, at its
 * RET, at the INT of user_return, or past that in the gate: an NMI is taken at the
 * gate's first instruction, a fixed interrupt when its POPFQ has set IF.
 */
static u64 periodic_rip(void)
{
	u64 beyond = pmi.events - SKID_STEPS * pmi.rounds;

	if (pmi.events < SKID_STEPS * pmi.rounds)
		return skid_steps[pmi.events % SKID_STEPS];
	if (beyond == 0)
		return (u64)skid_end;
	if (beyond == 1)
		return (u64)user_return;
	return pmi.nmi ? (u64)trap_return : (u64)trap_return_popped;
}

static void on_pmi(struct regs *r)
{
	if (pmi.hits < 2) {
		pmi.rip[pmi.hits] = r->rip;
		pmi.cs[pmi.hits] = r->cs;
	}
	pmi.hits++;
	if (pmi.period) {
		pmi.events += pmi.period;
		pmi.right &= r->rip == periodic_rip();
		wrmsr(PERF_CTR(0), -pmi.period);
	}
	if (r->vec == VEC_PMI)
		apic_write(APIC_EOI, 0);
}

static void pmi_begin(bool nmi)
{
	memset(&pmi, 0, sizeof(pmi));
	apic_write(APIC_LVTPC, nmi ? LVT_NMI : VEC_PMI);
	set_hook(VEC_PMI, on_pmi);
	set_hook(VEC_NMI, on_pmi);
}

static void pmi_end(void)
{
	pmu_stop();
	apic_write(APIC_LVTPC, LVT_MASKED);
	drain_interrupts();
	set_hook(VEC_PMI, NULL);
	set_hook(VEC_NMI, NULL);
}

/* One line to say which k was the first to go wrong. */
static bool at(u64 k, u64 paper, bool *ok)
{
	bool good = pmi.hits == 1 && pmi.rip[0] == paper;

	if (!good && *ok)
		say("  k = %u: %u interrupts, RIP 0x%x, paper 0x%x", k, (u64)pmi.hits,
		    pmi.rip[0], paper);
	*ok &= good;
	return good;
}

/* Where the loop is after k of its instructions. */
static u64 loop_rip(u64 k)
{
	return k == SKID_STEPS * ROUNDS ? (u64)skid_end : skid_steps[k % SKID_STEPS];
}

/* Instructions at CPL 0: WRMSR of -k, the loop. */
static void loop_kernel(u64 event, bool nmi, const char *name)
{
	bool ok = true;
	u64 k;

	for (k = 1; k <= SKID_STEPS * ROUNDS; k++) {
		pmi_begin(nmi);
		pmu_set(0, EVENT(event) | CTL_OS | CTL_EN | CTL_INT, 0);
		if (!nmi)
			sti();
		skid_arm(ROUNDS, scratch, -k, PERF_CTR(0));
		cli();
		pmi_end();
		at(k, loop_rip(k), &ok);
	}
	check(ok, "overflow: %s at each instruction of a loop, CPL 0, %s", name,
	      nmi ? "NMI" : "fixed");
}

/* At CPL 3, counter n: user_call() is at CPL 0 until the loop's first instruction. */
static void run_user(unsigned int n, u64 event, bool nmi, u64 k)
{
	pmi_begin(nmi);
	pmu_set(n, EVENT(event) | CTL_USR | CTL_EN | CTL_INT, -k);
	if (!nmi)
		sti();
	user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
	cli();
}

/* The whole loop, its RET, the INT of user_return. */
#define USER_INSNS	(SKID_STEPS * ROUNDS + 1 + 1)

static void loop_user(unsigned int n, u64 event, bool nmi, const char *name)
{
	bool ok = true, on = true;
	u64 k;

	for (k = 1; k <= SKID_STEPS * ROUNDS; k++) {
		run_user(n, event, nmi, k);
		/* From zero it went on. */
		on &= rdmsr(PERF_CTR(n)) == USER_INSNS - k;
		pmi_end();
		at(k, loop_rip(k), &ok);
	}
	check(ok, "overflow: counter %u, %s at each instruction of a loop, CPL 3, %s", (u64)n,
	      name, nmi ? "NMI" : "fixed");
	check(on, "overflow: counter %u went on from zero each time", (u64)n);
}

/*
 * Branches at CPL 3: of each round's instructions 5, 7, 9, 10, 13 and 16 are
 * branches; all but 13 are taken, 16 not in the last round; 13 and 16 are
 * conditional; 9 is the RET.
 */
static bool is_event(u64 event, u64 i)
{
	u64 step = i % SKID_STEPS;
	bool last = i == SKID_STEPS * ROUNDS - 1;

	switch (event) {
	case EV_RET:
		return step == 9;
	case EV_COND:
		return step == 13 || step == 16;
	case EV_TAKEN:
		return step == 5 || step == 7 || step == 9 || step == 10 || (step == 16 && !last);
	default:
		return step == 5 || step == 7 || step == 9 || step == 10 || step == 13 || step == 16;
	}
}

static void loop_branches(u64 event, bool nmi, const char *name)
{
	bool ok = true;
	u64 i, k = 0;

	for (i = 0; i < SKID_STEPS * ROUNDS; i++) {
		if (!is_event(event, i))
			continue;
		run_user(0, event, nmi, ++k);
		pmi_end();
		at(k, loop_rip(i + 1), &ok);
	}
	check(ok && k, "overflow: each of %u %s of a loop, CPL 3, %s", k, name,
	      nmi ? "NMI" : "fixed");
}

/* Two counters, one instruction apart: two interrupts, each in its place. */
static void two_counters(void)
{
	bool ok = true;
	u64 k;

	for (k = 1; k < SKID_STEPS * ROUNDS; k++) {
		pmi_begin(FIXED_MODE);
		pmu_set(1, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -k);
		pmu_set(4, EVENT(EV_CYCLES) | CTL_USR | CTL_EN | CTL_INT, -(k + 1));
		sti();
		user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
		cli();
		ok &= pmi.hits == 2 && pmi.rip[0] == loop_rip(k) && pmi.rip[1] == loop_rip(k + 1);
		pmi_end();
	}
	check(ok, "overflow: two counters one instruction apart, two interrupts");
	pmi_begin(FIXED_MODE);
	pmu_set(1, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -7ul);
	pmu_set(4, EVENT(EV_CYCLES) | CTL_USR | CTL_EN | CTL_INT, -7ul);
	sti();
	user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
	cli();
	pmi_end();
	check(pmi.hits == 1 && pmi.rip[0] == loop_rip(7),
	      "overflow: two counters at the same instruction, one interrupt");
}

/*
 * A period: each interrupt writes -P again. Of N = 17 * 10007 instructions and
 * the RET and the INT, floor((N + 2) / P) samples, each P after the last.
 */
static void periodic(u64 period, bool nmi)
{
	const u64 rounds = 10007, insns = SKID_STEPS * rounds + 2;

	pmi_begin(nmi);
	pmi.period = period;
	pmi.rounds = rounds;
	pmi.nmi = nmi;
	pmi.right = true;
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -period);
	if (!nmi)
		sti();
	user_call(skid_loop, rounds, (u64)scratch, 0, 0, 0);
	cli();
	pmi_end();
	check_eq(pmi.hits, insns / period, "overflow: every %u instructions, %s: number of samples",
		 period, nmi ? "NMI" : "fixed");
	check(pmi.right, "overflow: every %u instructions: each sample in its place", period);
}

/*
 * Pieces of skid.S at CPL 0: paper[k - 1] is the step at which the interrupt of
 * the k-th instruction must find the processor.
 */
struct piece {
	const char *name;
	void (*code)(void);
	const u64 *steps;
	bool nmi;
	u8 count, paper[8];
};

extern const u64 skid_sti[], skid_cli[], skid_ss[], skid_rep[], skid_hlt[], skid_ud2[];
void skid_sti_code(void);
void skid_cli_code(void);
void skid_ss_code(void);
void skid_rep_code(void);
void skid_hlt_code(void);
void skid_ud2_code(void);

static const struct piece pieces[] = {
	/* nop nop sti nop | nop nop cli: taken after STI and one more; then at once */
	{ "IF clear until STI", skid_sti_code, skid_sti, FIXED_MODE, 6, { 4, 4, 4, 4, 5, 6 } },
	/* nop cli nop sti nop nop nop: after CLI it waits for STI and one more */
	{ "CLI and STI", skid_cli_code, skid_cli, FIXED_MODE, 6, { 1, 5, 5, 5, 5, 6 } },
	/* the same by NMI: IF is nothing to it (k = 4 is STI's shadow, left out) */
	{ "CLI, NMI", skid_cli_code, skid_cli, NMI_MODE, 3, { 1, 2, 3 } },
	/* nop, mov ss, nop, nop, nop: the instruction after MOV SS runs first */
	{ "MOV SS", skid_ss_code, skid_ss, FIXED_MODE, 4, { 1, 3, 3, 4 } },
	/* mov, rep stosb, nop, nop: before REP, after it, never inside */
	{ "REP STOSB", skid_rep_code, skid_rep, FIXED_MODE, 3, { 1, 2, 3 } },
	{ "REP STOSB, NMI", skid_rep_code, skid_rep, NMI_MODE, 3, { 1, 2, 3 } },
	/* nop, sti, hlt, nop: pending at HLT or by HLT: it ends at once */
	{ "HLT", skid_hlt_code, skid_hlt, FIXED_MODE, 3, { 3, 3, 3 } },
};

/* Steps over UD2: two instructions, with IF clear. */
BODY(on_skid_ud2, "addq $2, (%rsp); iretq");

static void run_piece(const struct piece *p)
{
	void (*code)(u64 unused, void *area, u64 value, u32 msr) = (void *)p->code;
	bool ok = true;
	u64 k;

	for (k = 1; k <= p->count; k++) {
		pmi_begin(p->nmi);
		pmu_set(0, EVENT(EV_INSN) | CTL_OS | CTL_EN | CTL_INT, 0);
		code(0, scratch, -k, PERF_CTR(0));
		pmi_end();
		at(k, p->steps[p->paper[k - 1]], &ok);
	}
	check(ok, "overflow: %s", p->name);
}

/*
 * UD2 at CPL 0, k = 2 and 3 are the handler's addq and iretq, with IF clear: the
 * interrupt is taken when IRETQ has set IF, at the instruction after UD2; k = 4
 * is that instruction: at the next.
 */
static void over_ud2(void)
{
	static const u8 paper[] = { 1, 2, 2, 3 };
	void (*code)(u64 unused, void *area, u64 value, u32 msr) = (void *)skid_ud2_code;
	bool ok = true;
	u64 k;

	set_gate(VEC_UD, on_skid_ud2);
	for (k = 1; k <= ARRAY_SIZE(paper); k++) {
		pmi_begin(FIXED_MODE);
		pmu_set(0, EVENT(EV_INSN) | CTL_OS | CTL_EN | CTL_INT, 0);
		code(0, scratch, -k, PERF_CTR(0));
		pmi_end();
		at(k, skid_ud2[paper[k - 1]], &ok);
	}
	set_gate(VEC_UD, NULL);
	check(ok, "overflow: around a fault and its handler");
}

/*
 * User instructions that enter the kernel. nop, syscall, nop, int, nop, ret. The
 * overflow of SYSCALL itself: FMASK clears IF, so a fixed interrupt waits for
 * SYSRET and is taken at the NOP behind SYSCALL; an NMI is taken in the kernel,
 * at the handler's first instruction, before it. INT n goes through an interrupt
 * gate: the same.
 */
extern const u64 skid_syscall[];
void skid_syscall_code(void);
void skid_on_syscall(void);
void skid_on_int(void);

static void entries(u64 event, bool nmi, const char *name)
{
	const u64 paper[] = {
		skid_syscall[1],
		nmi ? (u64)skid_on_syscall : skid_syscall[2],
		skid_syscall[3],
		nmi ? (u64)skid_on_int : skid_syscall[4],
		skid_syscall[5],
	};
	bool ok = true;
	u64 i, k = 0;

	wrmsr(MSR_LSTAR, (u64)skid_on_syscall);
	set_gate(VEC_INT, skid_on_int);
	for (i = 0; i < ARRAY_SIZE(paper); i++) {
		bool enters = i == 1 || i == 3;

		/* SYSCALL and INT n are the far transfers, never predicted. */
		if (event != EV_INSN && !enters)
			continue;
		pmi_begin(nmi);
		pmu_set(2, EVENT(event) | CTL_USR | CTL_EN | CTL_INT, -++k);
		if (!nmi)
			sti();
		user_call(skid_syscall_code, 0, 0, 0, 0, 0);
		cli();
		pmi_end();
		at(k, paper[i], &ok);
		ok &= pmi.cs[0] == (nmi && enters ? SEL_KCODE : SEL_UCODE);
	}
	set_gate(VEC_INT, NULL);
	check(ok, "overflow: %s, SYSCALL and INT n at CPL 3, %s", name, nmi ? "NMI" : "fixed");
}

/* Overflows that must not interrupt; LVTPC is as it was after one that did. */
static void none(void)
{
	pmi_begin(FIXED_MODE);
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN, -5ul);
	sti();
	user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
	cli();
	check_eq(rdmsr(PERF_CTR(0)), USER_INSNS - 5, "overflow: INT clear: the counter goes on");
	pmi_end();
	check_eq(pmi.hits, 0, "overflow: INT clear: no interrupt");

	pmi_begin(FIXED_MODE);
	apic_write(APIC_LVTPC, LVT_MASKED | VEC_PMI);
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -5ul);
	sti();
	user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
	apic_write(APIC_LVTPC, VEC_PMI);
	cli();
	check_eq(rdmsr(PERF_CTR(0)), USER_INSNS - 5, "overflow: LVTPC masked: the counter goes on");
	pmi_end();
	check_eq(pmi.hits, 0, "overflow: LVTPC masked: no interrupt, none later");

	run_user(0, EV_INSN, FIXED_MODE, 5);
	check_eq(apic_read(APIC_LVTPC), VEC_PMI, "overflow: LVTPC is not masked by the interrupt");
	pmi_end();

	pmi_begin(FIXED_MODE);
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, 0);
	sti();
	user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
	cli();
	pmi_end();
	check_eq(pmi.hits, 0, "overflow: 2^48 events away: no interrupt");

	pmi_begin(FIXED_MODE);
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -1ul);
	wrmsr(PERF_CTR(0), 0);
	pmu_set(1, EVENT(EV_INSN) | CTL_USR | CTL_OS | CTL_INT, -1ul);
	drain_interrupts();
	pmi_end();
	check_eq(pmi.hits, 0, "overflow: writing a counter is no overflow");
}

/* With IF clear, two overflows of the same vector are one interrupt (one IRR bit). */
static void pending_once(void)
{
	unsigned int i;

	pmi_begin(FIXED_MODE);
	for (i = 0; i < 2; i++) {
		pmu_set(0, EVENT(EV_INSN) | CTL_OS | CTL_EN | CTL_INT, -3ul);
		skid_arm(ROUNDS, scratch, -3ul, PERF_CTR(0));
		wrmsr(PERF_CTL(0), 0);
	}
	check_eq(pmi.hits, 0, "overflow: IF clear: nothing yet");
	drain_interrupts();
	check_eq(pmi.hits, 1, "overflow: two with IF clear are one interrupt");
	pmi_end();
}

void overflow(void)
{
	unsigned int i, nmi;

	for (nmi = 0; nmi <= 1; nmi++) {
		loop_kernel(EV_INSN, nmi, "instructions");
		loop_kernel(EV_CYCLES, nmi, "cycles");
		for (i = 0; i < NR_COUNTERS; i++)
			loop_user(i, EV_INSN, nmi, "instructions");
		loop_user(0, EV_CYCLES, nmi, "cycles");
		loop_branches(EV_BRANCH, nmi, "branches");
		loop_branches(EV_TAKEN, nmi, "taken branches");
		loop_branches(EV_COND, nmi, "conditional branches");
		loop_branches(EV_RET, nmi, "near returns");
		entries(EV_INSN, nmi, "instructions");
		entries(EV_FAR, nmi, "far transfers");
		entries(EV_MISPRED, nmi, "mispredicted branches");
		periodic(1, nmi);
		periodic(2, nmi);
		periodic(SKID_STEPS, nmi);
		periodic(1003, nmi);
		periodic(100003, nmi);
	}
	two_counters();
	for (i = 0; i < ARRAY_SIZE(pieces); i++)
		run_piece(&pieces[i]);
	over_ud2();
	none();
	pending_once();
}
