// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several conditions at once, at CPL 3, all known on paper: timer interrupts while a
 * counter samples, three counters with three events and periods, single steps under a
 * counter, a distance beyond 2^31.
 *
 * A user count does not depend on the kernel's work in between. So the number and the
 * places of the samples are those of overflow.c. One more error is possible here: an
 * emulator's time slice is cut for several reasons, and the pieces may not add up.
 */
#include "pmi.h"

#define MANY	20011		/* rounds of skid_loop */

/* The handler re-arms every counter that has overflowed.  Such a counter must be 0. */
#define SAMPLERS 3
static struct {
	u64 event[SAMPLERS], period[SAMPLERS], hits[SAMPLERS];
	u64 insns;		/* counted by counter 0 */
	bool right;
} s;

static void rearm(struct regs *r)
{
	bool any = false;
	unsigned int n;

	for (n = 0; n < SAMPLERS && s.period[n]; n++) {
		u64 left = rdmsr(PERF_CTR(n));

		if (left >> 47)
			continue;	/* has not overflowed */
		any = true;
		s.right &= left == 0;
		s.hits[n]++;
		wrmsr(PERF_CTR(n), -s.period[n]);
		if (n)
			continue;
		s.insns += s.period[0];
		if (s.insns < SKID_STEPS * MANY)
			s.right &= r->rip == skid_steps[s.insns % SKID_STEPS];
	}
	s.right &= any;
}

static void arm_all(void)
{
	unsigned int n;

	for (n = 0; n < SAMPLERS; n++) {
		s.hits[n] = 0;
		if (s.period[n])
			pmu_set(n, EVENT(s.event[n]) | CTL_USR | CTL_EN | CTL_INT, -s.period[n]);
	}
	s.insns = 0;
	s.right = true;
}

static u64 ticks;

static void on_tick(struct regs *r)
{
	(void)r;
	ticks++;
	apic_write(APIC_EOI, 0);
}

/* skid_loop at CPL 3 with the counters of s and, if asked, a timer every "every" ns. */
static void run(bool nmi, u32 every)
{
	pmi_begin(nmi);
	pmi.more = rearm;
	arm_all();
	/* This counter counts user instructions and never overflows. */
	pmu_set(nr_counters - 1, EVENT(EV_INSN) | CTL_USR | CTL_EN, 0);
	ticks = 0;
	set_hook(VEC_TIMER, on_tick);
	if (every) {
		apic_write(APIC_LVTT, VEC_TIMER | LVT_PERIODIC);
		apic_write(APIC_TMICT, every);
	}
	sti();
	user_call(skid_loop, MANY, (u64)scratch, 0, 0, 0);
	cli();
	apic_write(APIC_TMICT, 0);
	apic_write(APIC_LVTT, LVT_MASKED);
}

static void finish(void)
{
	pmi_end();
	set_hook(VEC_TIMER, NULL);
}

/* Timer and samples: N + 2 user instructions, independent of the timer. */
static void under_timer(bool nmi, u64 period, u32 every)
{
	const u64 insns = SKID_STEPS * MANY + 2;
	u64 counted;

	memset(&s, 0, sizeof(s));
	s.event[0] = EV_INSN;
	s.period[0] = period;
	run(nmi, every);
	counted = rdmsr(PERF_CTR(nr_counters - 1));
	finish();
	check_eq(counted, insns, "stress: user instructions, timer every %u ns", (u64)every);
	check_eq(s.hits[0], insns / period, "stress: samples every %u, timer every %u ns, %s",
		 period, (u64)every, nmi ? "NMI" : "fixed");
	check(s.right && ticks > 100, "stress: each in its place among %u ticks", ticks);
}

/*
 * Three counters. A round has 17 instructions and 6 branches (5, 7, 9, 10, 13, 16). 13
 * is never taken, and 16 is not taken in the last round. After the loop come RET and the
 * INT of user_return: two instructions, two taken branches (INT n is a branch of the
 * mode that executes it).
 */
static void three_counters(bool nmi, u32 every)
{
	const u64 papers[SAMPLERS] = {
		SKID_STEPS * MANY + 2, 6 * MANY + 2, 5 * MANY - 1 + 2,
	};
	unsigned int n;

	s.event[0] = EV_INSN;
	s.event[1] = EV_BRANCH;
	s.event[2] = EV_TAKEN;
	s.period[0] = 97;
	s.period[1] = 101;
	s.period[2] = 103;
	run(nmi, every);
	finish();
	for (n = 0; n < SAMPLERS; n++)
		check_eq(s.hits[n], papers[n] / s.period[n],
			 "stress: three counters, counter %u, %s%s", (u64)n,
			 nmi ? "NMI" : "fixed", every ? ", with a timer" : "");
	check(s.right, "stress: three counters, each stopped at its event");
}

/*
 * Single steps: #DB comes after each instruction that began with TF set, and a counter
 * of user instructions overflows at the k-th. A debug trap has priority (APM volume 2,
 * 8.5). Its handler runs with IF clear, so the interrupt comes after the handler's
 * IRETQ, at the same place. step_code: pushfq, orl, popfq, nop, nop, nop, pushfq, andl,
 * popfq, ret.
 */
BODY(step_code,
	"pushfq; orl $0x100, (%rsp); popfq\n"
	"step_nops: nop; nop; nop\n"
	"step_end: pushfq; andl $~0x100, (%rsp); popfq; ret");
BODY(on_db, "iretq");

static void single_steps(void)
{
	extern const u8 step_nops[];
	bool ok = true;
	u64 k;

	set_gate(VEC_DB, on_db);
	for (k = 3; k <= 6; k++) {
		pmi_begin(FIXED_MODE);
		pmu_set(1, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -k);
		sti();
		user_call(step_code, 0, 0, 0, 0, 0);
		cli();
		pmi_end();
		pmi_at(k, (u64)step_nops + k - 3, &ok);
	}
	set_gate(VEC_DB, NULL);
	check(ok, "stress: overflow at each of some single steps");
}

/* A distance beyond 2^31: mov, (dec, jnz) ...; after k of them, k odd, at DEC. */
#define FAR_AWAY	((1ul << 31) + 5)
BODY(far_loop, "mov $" STR(0x40000010) ", %ecx\nfar_dec: dec %ecx; jnz far_dec; ret");

static void far_away(void)
{
	extern const u8 far_dec[];
	bool ok = true;

	pmi_begin(FIXED_MODE);
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -FAR_AWAY);
	sti();
	user_call(far_loop, 0, 0, 0, 0, 0);
	cli();
	pmi_end();
	pmi_at(FAR_AWAY, (u64)far_dec, &ok);
	check(ok, "stress: overflow after 2^31 + 5 instructions");
}

void stress(void)
{
	unsigned int nmi;

	for (nmi = 0; nmi <= 1; nmi++) {
		under_timer(nmi, 97, 1009);
		under_timer(nmi, 1009, 777);
		under_timer(nmi, 1, 5003);
		three_counters(nmi, 0);
		three_counters(nmi, 1013);
	}
	single_steps();
	far_away();
}
