// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two CPUs run at once. Each counts only its own instructions, and its counters
 * interrupt only this CPU.
 *
 * INIT and SIPI start the second CPU (APM volume 2, 16.5), which then waits for work.
 * In a test both CPUs run loops of known, different length at the same time. Each CPU
 * sees the other's progress move, which proves that they did run at the same time.
 *
 * A count that is too high by the other's length: the model counts the machine's
 * instructions, not the CPU's. An overflow that is late or early: the model confuses
 * the CPUs' time slices with the stop for an overflow.
 */
#include "judge.h"

static void (*volatile work)(void *);
static void *volatile work_arg;
static volatile bool ap_up;

extern u8 ap_start16[], ap_start16_end[];

/* boot.S calls this on the second CPU.  It never returns. */
void ap_main(void)
{
	apic_init();
	set_pce(true);
	ap_up = true;
	for (;;) {
		void (*fn)(void *) = work;

		if (fn) {
			fn(work_arg);
			work = NULL;
		}
		asm volatile("pause");
	}
}

static void icr(u32 low)
{
	apic_write(APIC_ICR_HI, 1u << 24);	/* APIC number 1 */
	apic_write(APIC_ICR, low);
}

void smp_boot(void)
{
	u64 start;

	memcpy((void *)AP_START, ap_start16, ap_start16_end - ap_start16);
	icr(0x4500);				/* INIT, assert */
	start = rdtsc();
	while (rdtsc() - start < 10000000)	/* 10 ms */
		;
	icr(0x4600 | AP_START >> 12);		/* SIPI */
	start = rdtsc();
	while (!ap_up && rdtsc() - start < 1000000000)
		asm volatile("pause");
}

void smp_start(void (*fn)(void *), void *arg)
{
	work_arg = arg;
	work = fn;
}

void smp_wait(void)
{
	while (work)
		asm volatile("pause");
}

/*
 * counted_loop(rounds, mine, other, seen): add to *mine each round, and add to
 * *seen whether *other has moved since the last round. Every round takes the same
 * path: incq, mov, cmp, mov, setne, movzbl, add, dec, jnz.
 */
BODY(counted_loop,
	"xor %ecx, %ecx\n"		/* seen */
	"mov (%rdx), %r8\n"
	"1: incq (%rsi)\n"
	"mov (%rdx), %rax\n"
	"cmp %r8, %rax\n"
	"mov %rax, %r8\n"
	"setne %al\n"
	"movzbl %al, %eax\n"
	"add %rax, %rcx\n"
	"dec %rdi\n"
	"jnz 1b\n"
	"mov %rcx, 8(%rsi)\n"
	"ret");
#define ROUND_INSNS	9
#define LOOP_INSNS(rounds) (2 + ROUND_INSNS * (rounds) + 2)

struct side {
	u64 rounds, event;
	u64 progress, seen;		/* seen: 8 bytes after progress (counted_loop) */
	struct side *other;
	u64 got[MAX_COUNTERS];
};

static volatile u64 at_barrier;

static void barrier(void)
{
	__atomic_fetch_add(&at_barrier, 1, __ATOMIC_SEQ_CST);
	while (at_barrier & 1)
		asm volatile("pause");
}

/* One CPU's part: all counters on its loop, at CPL 0. */
static void run_side(void *arg)
{
	struct side *s = arg;
	u64 out[2 * MAX_COUNTERS];
	unsigned int n;

	for (n = 0; n < nr_counters; n++)
		pmu_set(n, EVENT(s->event) | CTL_OS | CTL_EN, 0);
	barrier();
	measure(counted_loop, out, s->rounds, (u64)&s->progress, (u64)&s->other->progress);
	pmu_stop();
	for (n = 0; n < nr_counters; n++)
		s->got[n] = out[MAX_COUNTERS + n] - out[n];
}

static bool exact(const struct side *s, u64 paper, const char *who)
{
	bool ok = true;
	unsigned int n;

	for (n = 0; n < nr_counters; n++)
		ok &= s->got[n] == paper;
	if (!ok)
		say("  %s: counter 0 got %u, paper %u", who, s->got[0], paper);
	return ok;
}

static void both_loops(u64 event_a, u64 event_b, u64 rounds_a, u64 rounds_b, u64 paper_a,
		       u64 paper_b, const char *name)
{
	static struct side a, b;

	a = (struct side) { .rounds = rounds_a, .event = event_a, .other = &b };
	b = (struct side) { .rounds = rounds_b, .event = event_b, .other = &a };
	at_barrier = 0;
	smp_start(run_side, &b);
	run_side(&a);
	smp_wait();
	check(exact(&a, paper_a, "first CPU"), "smp: %s, first CPU", name);
	check(exact(&b, paper_b, "second CPU"), "smp: %s, second CPU", name);
	check(a.seen && b.seen, "smp: both ran at once (they saw %u and %u steps of each other)",
	      a.seen, b.seen);
}

/* The second CPU works.  The first halts until its timer fires, and counts few instructions. */
BODY(smp_hlt, "movl $5000000, " STR(APIC_VA) " + " STR(APIC_TMICT) "; sti; hlt; cli; ret");
BODY(smp_wake, "movl $0, " STR(APIC_VA) " + " STR(APIC_EOI) "; iretq");

static volatile bool stop_spin;
static volatile u64 spins;

static void spin(void *unused)
{
	(void)unused;
	while (!stop_spin)
		spins++;
}

static void halted_beside_work(void)
{
	/* movl, sti, hlt, cli, ret, the handler's movl, iretq (hlt.c) */
	const struct paper p = { .insn = 5 + 2, .branch = 1, .taken = 1, .far = 2 };
	u64 before;

	set_gate(VEC_TIMER, smp_wake);
	apic_write(APIC_LVTT, VEC_TIMER);
	stop_spin = false;
	smp_start(spin, NULL);
	before = spins;
	judge("smp: halted while the other CPU works", 0, smp_hlt, 0, 0, 0, &p);
	check(spins - before > 1000, "smp: the other did work (%u rounds)", spins - before);
	stop_spin = true;
	smp_wait();
	apic_write(APIC_LVTT, LVT_MASKED);
	set_gate(VEC_TIMER, NULL);
}

/*
 * Overflows on both CPUs at once. Each CPU has a period of its own on its own loop, and
 * an NMI re-arms the counter at each overflow. The number of samples is
 * floor(events / period). The events are the instructions after the WRMSR that starts
 * the counter, up to a WRMSR right after the loop that stops it. The handler's
 * instructions are at CPL 0 too, and would be counted. So the handler first stops the
 * counter and last starts it again, and on paper each sample adds HANDLER_INSNS.
 */
BODY(smp_nmi,
	/* on an IST stack: rax, rcx, rdx saved; counter 0 to r12; hits in r13 */
	"push %rax; push %rcx; push %rdx\n"
	"mov perf_ctl0, %ecx; xor %eax, %eax; xor %edx, %edx; wrmsr\n"
	"inc %r13\n"
	"mov perf_ctr0, %ecx; mov %r12d, %eax; mov %r12, %rdx; shr $32, %rdx; wrmsr\n"
	"mov perf_ctl0, %ecx; mov %r14d, %eax; xor %edx, %edx; wrmsr\n"
	"pop %rdx; pop %rcx; pop %rax\n"
	"iretq");
/* Counted before the handler's stop: 3 pushes, mov, 2 xors, wrmsr; after its start: 3 pops, iretq. */
#define NMI_BEFORE	7
#define NMI_AFTER	4

/*
 * smp_sample(rounds, -period, control): R12 and R14 are for the handler, and R13 returns
 * the hits. Counted are mov, dec/jnz in each round, the counted part of the handler, and
 * the last WRMSR, which stops the counter.
 */
BODY(smp_sample,
	"push %r12; push %r13; push %r14\n"
	"mov %rsi, %r12; mov %rdx, %r14; xor %r13d, %r13d\n"
	"mov perf_ctl0, %ecx; mov %r14d, %eax; xor %edx, %edx; wrmsr\n"
	"mov perf_ctr0, %ecx; mov %r12d, %eax; mov %r12, %rdx; shr $32, %rdx; wrmsr\n"
	"1: dec %rdi; jnz 1b\n"
	"mov perf_ctl0, %ecx; xor %eax, %eax; xor %edx, %edx; wrmsr\n"
	"mov %r13, %rax\n"
	"pop %r14; pop %r13; pop %r12\n"
	"ret");

struct sampled {
	u64 rounds, period, hits, rest;
};

static void run_sampled(void *arg)
{
	u64 (*sample)(u64, u64, u64) = (void *)smp_sample;
	struct sampled *s = arg;

	apic_write(APIC_LVTPC, LVT_NMI);
	barrier();
	s->hits = sample(s->rounds, -s->period, EVENT(EV_INSN) | CTL_OS | CTL_EN | CTL_INT);
	s->rest = rdmsr(PERF_CTR(0));
	apic_write(APIC_LVTPC, LVT_MASKED);
	pmu_stop();
}

/*
 * There are 2 events in each round, and 4 for the stop. The first sample comes after
 * "period" events. A later period begins with the NMI_AFTER instructions of the handler,
 * so later samples are period - NMI_AFTER loop instructions apart.
 */
static void sampled_paper(const struct sampled *s, const char *who)
{
	u64 events = 2 * s->rounds + 4, apart = s->period - NMI_AFTER;
	u64 hits = 1 + (events - s->period) / apart;
	u64 since = (events - s->period) % apart;

	check_eq(s->hits, hits, "smp: samples of two CPUs at once, %s", who);
	check_eq(s->rest, (-s->period + NMI_AFTER + since) & COUNTER_MASK,
		 "smp: what is left in its counter, %s", who);
}

static void both_sampled(void)
{
	static struct sampled a, b;

	a = (struct sampled) { .rounds = 3000000, .period = 1009 };
	b = (struct sampled) { .rounds = 2500000, .period = 1013 };
	set_gate(VEC_NMI, smp_nmi);
	at_barrier = 0;
	smp_start(run_sampled, &b);
	run_sampled(&a);
	smp_wait();
	set_gate(VEC_NMI, NULL);
	sampled_paper(&a, "first CPU");
	sampled_paper(&b, "second CPU");
}

/* Each CPU has registers of its own. */
static u64 ap_value;

static void write_and_keep(void *unused)
{
	(void)unused;
	wrmsr(PERF_CTR(0), 222);
	ap_value = rdmsr(PERF_CTR(0));
}

static void own_registers(void)
{
	pmu_stop();
	wrmsr(PERF_CTR(0), 111);
	smp_start(write_and_keep, NULL);
	smp_wait();
	check_eq(ap_value, 222, "smp: the second CPU's counter");
	check_eq(rdmsr(PERF_CTR(0)), 111, "smp: is not the first one's");
	pmu_stop();
}

/* INIT does not change the counters of the CPU; only RESET clears them. */
static void keep_value(void *unused)
{
	(void)unused;
	pmu_set(nr_counters - 1, EVENT(EV_INSN) | CTL_USR | CTL_OS, 4711);
}

static void read_kept(void *unused)
{
	(void)unused;
	ap_value = rdmsr(PERF_CTR(nr_counters - 1));
	pmu_stop();
}

static void init_keeps(void)
{
	smp_start(keep_value, NULL);
	smp_wait();
	ap_up = false;
	smp_boot();
	if (!check(ap_up, "smp: the second CPU starts again"))
		judge_die("no second CPU");
	smp_start(read_kept, NULL);
	smp_wait();
	check_eq(ap_value, 4711, "smp: INIT keeps a counter");
}

void smp(void)
{
	const u64 na = 20000000, nb = 13000001;

	smp_boot();
	if (!check(ap_up, "smp: the second CPU starts"))
		return;
	own_registers();
	both_loops(EV_INSN, EV_INSN, na, nb, MEASURE_INSNS + LOOP_INSNS(na),
		   MEASURE_INSNS + LOOP_INSNS(nb), "instructions");
	/* a conditional branch a round, and the RET and measure()'s CALL */
	both_loops(EV_CYCLES, EV_BRANCH, na, nb, MEASURE_INSNS + LOOP_INSNS(na),
		   MEASURE_BRANCHES + nb + 1, "cycles and branches");
	halted_beside_work();
	both_sampled();
	init_keeps();
}
