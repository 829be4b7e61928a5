// SPDX-License-Identifier: GPL-2.0-only
/*
 * The test writes -k to a counter. The k-th event takes the counter to zero, and the
 * interrupt must come at the boundary after the instruction of that event. Its RIP is
 * the next instruction (this rig has skid 0; hardware has some). The test tries every k
 * of each piece of code.
 *
 * Sources: APM volume 2, 13.2.1 (INT), 13.2.3 and 16.4 (LVTPC); 8.1 and 8.2 for
 * the boundary at which interrupts are taken, held off by IF, by STI and by
 * loads of SS for one instruction.
 *
 * A RIP too late: the model notices an overflow only at the end of a block. Too early:
 * events are counted when they begin. Two interrupts: the model relies on a stopped
 * counter or on LVTPC's mask bit, and AMD sets no mask bit. No interrupt: a hang or a
 * lost event.
 */
#include "pmi.h"

/* The RIP in the loop after k of its instructions. */
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
		pmi_at(k, loop_rip(k), &ok);
	}
	check(ok, "overflow: %s at each instruction of a loop, CPL 0, %s", name,
	      nmi ? "NMI" : "fixed");
}

/* Counter n at CPL 3. user_call() runs at CPL 0 up to the loop's first instruction. */
static void run_user(unsigned int n, u64 event, bool nmi, u64 k)
{
	pmi_begin(nmi);
	pmu_set(n, EVENT(event) | CTL_USR | CTL_EN | CTL_INT, -k);
	if (!nmi)
		sti();
	user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
	cli();
}

static void loop_user(unsigned int n, u64 event, bool nmi, const char *name)
{
	bool ok = true, on = true;
	u64 k;

	for (k = 1; k <= SKID_STEPS * ROUNDS; k++) {
		run_user(n, event, nmi, k);
		/* The counter went on from zero. */
		on &= rdmsr(PERF_CTR(n)) == USER_INSNS - k;
		pmi_end();
		pmi_at(k, loop_rip(k), &ok);
	}
	check(ok, "overflow: counter %u, %s at each instruction of a loop, CPL 3, %s", (u64)n,
	      name, nmi ? "NMI" : "fixed");
	check(on, "overflow: counter %u went on from zero each time", (u64)n);
}

/*
 * Branches at CPL 3: in each round instructions 5, 7, 9, 10, 13 and 16 are branches. 13
 * is never taken, 16 is not taken in the last round, and the others are always taken.
 * 13 and 16 are conditional; 9 is the RET.
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
		pmi_at(k, loop_rip(i + 1), &ok);
	}
	check(ok && k, "overflow: each of %u %s of a loop, CPL 3, %s", k, name,
	      nmi ? "NMI" : "fixed");
}

/* Two counters overflow one instruction apart: two interrupts come, each at its place. */
static void two_counters(void)
{
	bool ok = true;
	u64 k;

	for (k = 1; k < SKID_STEPS * ROUNDS; k++) {
		pmi_begin(FIXED_MODE);
		pmu_set(1, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -k);
		pmu_set(3, EVENT(EV_CYCLES) | CTL_USR | CTL_EN | CTL_INT, -(k + 1));
		sti();
		user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
		cli();
		ok &= pmi.hits == 2 && pmi.rip[0] == loop_rip(k) && pmi.rip[1] == loop_rip(k + 1);
		pmi_end();
	}
	check(ok, "overflow: two counters one instruction apart, two interrupts");
	pmi_begin(FIXED_MODE);
	pmu_set(1, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -7ul);
	pmu_set(3, EVENT(EV_CYCLES) | CTL_USR | CTL_EN | CTL_INT, -7ul);
	sti();
	user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
	cli();
	pmi_end();
	check(pmi.hits == 1 && pmi.rip[0] == loop_rip(7),
	      "overflow: two counters at the same instruction, one interrupt");
}

/*
 * A sampling period: each interrupt writes -P again. N = 17 * 10007 instructions, with
 * the RET and the INT, give floor((N + 2) / P) samples, each P after the previous one.
 */
static struct {
	u64 period, rounds, events;	/* of skid_loop at CPL 3; seen so far */
	bool right;			/* every RIP so far was periodic_rip() */
} sampling;

/*
 * The RIP after this number of instructions at CPL 3: in the loop, at its RET, at the
 * INT of user_return, or after that in the gate. There an NMI comes at the gate's first
 * instruction, and a fixed interrupt when the gate's POPFQ has set IF.
 */
static u64 periodic_rip(void)
{
	u64 in_loop = SKID_STEPS * sampling.rounds;

	if (sampling.events < in_loop)
		return skid_steps[sampling.events % SKID_STEPS];
	if (sampling.events == in_loop)
		return (u64)skid_end;
	if (sampling.events == in_loop + 1)
		return (u64)user_return;
	return pmi.nmi ? (u64)trap_return : (u64)trap_return_popped;
}

static void sample(struct regs *r)
{
	sampling.events += sampling.period;
	sampling.right &= r->rip == periodic_rip();
	wrmsr(PERF_CTR(0), -sampling.period);
}

static void periodic(u64 period, bool nmi)
{
	const u64 rounds = 10007, insns = SKID_STEPS * rounds + 2;

	sampling.period = period;
	sampling.rounds = rounds;
	sampling.events = 0;
	sampling.right = true;
	pmi_begin(nmi);
	pmi.more = sample;
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -period);
	if (!nmi)
		sti();
	user_call(skid_loop, rounds, (u64)scratch, 0, 0, 0);
	cli();
	pmi_end();
	check_eq(pmi.hits, insns / period, "overflow: every %u instructions, %s: number of samples",
		 period, nmi ? "NMI" : "fixed");
	check(sampling.right, "overflow: every %u instructions: each sample in its place", period);
}

/* Overflows that must not interrupt. LVTPC must be unchanged after one that did. */
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
		for (i = 0; i < nr_counters; i++)
			loop_user(i, EV_INSN, nmi, "instructions");
		loop_user(0, EV_CYCLES, nmi, "cycles");
		loop_branches(EV_BRANCH, nmi, "branches");
		loop_branches(EV_TAKEN, nmi, "taken branches");
		if (kind != K8)
			loop_branches(EV_COND, nmi, "conditional branches");
		loop_branches(EV_RET, nmi, "near returns");
		periodic(1, nmi);
		periodic(2, nmi);
		periodic(SKID_STEPS, nmi);
		periodic(1003, nmi);
		periodic(100003, nmi);
	}
	two_counters();
	none();
	pending_once();
}
