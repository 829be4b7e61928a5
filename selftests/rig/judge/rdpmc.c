// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests the registers themselves: width, wrap, aliases, the effect of EN, USR, OS and
 * the host/guest bits. RDPMC and RDMSR must read the same value.
 *
 * Sources: APM volume 2, 13.2.1 (PERF_CTL and PERF_CTR, the legacy names
 * C001_0000 to C001_0007 for the first four, HG_ONLY), volume 3, RDPMC.
 */
#include "judge.h"

/* RDPMC; COUNT_NOPS NOPs; RDPMC, as in measure(). The difference is the NOPs + 3. */
#define COUNT_NOPS	50
#define COUNT_INSNS	(COUNT_NOPS + 3)

/* What running counter n counts over fifty NOPs: mov, nops, mov, and one RDPMC. */
static u64 count_nops(unsigned int n)
{
	u64 lo0, hi0, lo1, hi1;

	asm volatile("rdpmc\n"
		     "mov %%rax, %0\n"
		     ".rept " STR(COUNT_NOPS) "; nop; .endr\n"
		     "mov %%rdx, %1\n"
		     "rdpmc\n"
		     : "=&r" (lo0), "=&r" (hi0), "=a" (lo1), "=d" (hi1) : "c" (n) : "memory");
	return ((hi1 << 32 | lo1) - (hi0 << 32 | lo0)) & COUNTER_MASK;
}

/* A stopped counter keeps the written value, modulo 2^48, under both of its names. */
static void width(void)
{
	static const u64 values[] = {
		0, 1, 0xffffffff, 0x100000000, COUNTER_MASK, COUNTER_MASK - 1, 1ul << 47,
		1ul << 48, ~0ul, 0x123456789abcdef0,
	};
	unsigned int n, i;
	bool msr = true, pmc = true, alias = true, back = true;

	for (n = 0; n < nr_counters; n++) {
		for (i = 0; i < ARRAY_SIZE(values); i++) {
			u64 paper = values[i] & COUNTER_MASK;

			wrmsr(PERF_CTR(n), values[i]);
			msr &= rdmsr(PERF_CTR(n)) == paper;
			pmc &= rdpmc(n) == paper;
			if (n >= 4)
				continue;
			alias &= rdmsr(LEGACY_CTR(n)) == paper;
			wrmsr(LEGACY_CTR(n), ~values[i]);
			back &= rdmsr(PERF_CTR(n)) == (~values[i] & COUNTER_MASK);
		}
	}
	check(msr, "registers: PERF_CTR keeps 48 bits");
	check(pmc, "registers: RDPMC reads them");
	check(alias, "registers: the legacy counters are the first four (read)");
	check(back, "registers: the legacy counters are the first four (write)");
	pmu_stop();
}

/* A control that is written by one of its two names is read, and works, by the other. */
static void control_aliases(void)
{
	const u64 ctl = EVENT(EV_INSN) | CTL_ANY;
	unsigned int n;
	bool same = true;

	for (n = 0; n < 4; n++) {
		wrmsr(LEGACY_CTL(n), ctl);
		same &= rdmsr(PERF_CTL(n)) == ctl;
		same &= rdmsr(LEGACY_CTL(n)) == ctl;
	}
	check(same, "registers: the legacy controls are the first four");
	for (n = 0; n < 4; n++)
		check_eq(count_nops(n), COUNT_INSNS, "registers: counter %u runs by its legacy control",
			 (u64)n);
	wrmsr(PERF_CTL(2), 0);
	check_eq(rdmsr(LEGACY_CTL(2)), 0, "registers: cleared by one name, clear by the other");
	pmu_stop();
}

/* One running counter counts; the others are stopped and keep their values. */
static void independent(void)
{
	unsigned int n, other;

	for (n = 0; n < nr_counters; n++) {
		bool kept = true;
		u64 got;

		pmu_stop();
		for (other = 0; other < nr_counters; other++)
			pmu_set(other, EVENT(EV_INSN) | CTL_USR | CTL_OS, 1000 + other);
		pmu_set(n, EVENT(EV_INSN) | CTL_ANY, 0);
		got = count_nops(n);
		for (other = 0; other < nr_counters; other++)
			kept &= other == n || rdpmc(other) == 1000 + other;
		check_eq(got, COUNT_INSNS, "registers: counter %u alone", (u64)n);
		check(kept, "registers: the others keep their values");
	}
	pmu_stop();
}

/* Stopped and started again, a counter goes on from where it was. */
static void keeps_value(void)
{
	u64 stopped;

	pmu_set(0, EVENT(EV_INSN) | CTL_ANY, 0);
	count_nops(0);
	wrmsr(PERF_CTL(0), EVENT(EV_INSN) | CTL_USR | CTL_OS);
	stopped = rdpmc(0);
	count_nops(0);
	check(stopped > COUNT_INSNS, "registers: it counted before EN was cleared");
	check_eq(rdpmc(0), stopped, "registers: EN clear stops the counter and keeps its value");
	check_eq(count_nops(0), 0, "registers: it stays stopped");
	wrmsr(PERF_CTL(0), EVENT(EV_INSN) | CTL_ANY);
	check_eq(count_nops(0), COUNT_INSNS, "registers: EN set goes on");
	pmu_stop();
}

/*
 * 2^48 - 20 and fifty NOPs: the counter passes 2^48 in the middle, without INT,
 * and goes on from 0.
 */
static void wrap(void)
{
	unsigned int n;

	for (n = 0; n < nr_counters; n++) {
		pmu_set(n, EVENT(EV_INSN) | CTL_ANY, -20ul);
		check_eq(count_nops(n), COUNT_INSNS, "registers: counter %u passes 2^48", (u64)n);
		check(rdpmc(n) < 1000, "registers: and goes on from 0");
	}
	pmu_stop();
}

/*
 * A running counter goes on from a written value. The test writes two values that
 * differ by 12345, each before the same code. The reads must also differ by 12345.
 */
static u64 write_and_read(u64 value)
{
	u64 lo = (u32)value, hi = value >> 32;
	u32 ecx = PERF_CTR(0);

	asm volatile("wrmsr; mov $0, %%ecx; nop; rdpmc"
		     : "+a" (lo), "+d" (hi), "+c" (ecx) : : "memory");
	return hi << 32 | lo;
}

static u64 write_and_rdmsr(u64 value)
{
	u64 lo = (u32)value, hi = value >> 32;
	u32 ecx = PERF_CTR(0);

	asm volatile("wrmsr; mov %%ecx, %%ecx; nop; rdmsr"
		     : "+a" (lo), "+d" (hi), "+c" (ecx) : : "memory");
	return hi << 32 | lo;
}

static void write_running(void)
{
	u64 a, b;

	pmu_set(0, EVENT(EV_INSN) | CTL_ANY, 0);
	a = write_and_read(5000);
	b = write_and_read(5000 + 12345);
	check_eq(b - a, 12345, "registers: a running counter goes on from what is written");
	/* mov, nop; and the reading instruction if reads include it (READ_SELF). */
	check_eq(a, 5000 + 2 + READ_SELF, "registers: WRMSR itself is not in the count");
	check_eq(write_and_rdmsr(5000), a, "registers: RDMSR and RDPMC agree on a running counter");
	pmu_stop();
}

/* The reading instruction zeroes the high halves, and ignores the high half of RCX. */
static void rdpmc_registers(void)
{
	u64 rax = ~0ul, rdx = ~0ul;

	wrmsr(PERF_CTR(3), 0x876543210fed);
	asm volatile("rdpmc" : "+a" (rax), "+d" (rdx) : "c" (0xdeadbeef00000003ul));
	check_eq(rax, 0x43210fed, "registers: RDPMC zero-extends RAX, ignores RCX[63:32]");
	check_eq(rdx, 0x8765, "registers: RDPMC zero-extends RDX");
	pmu_stop();
}

/* Controls that must count nothing, and controls that must count. */
static void controls(void)
{
	const struct {
		const char *name;
		u64 ctl;
		bool svme, counts;
	} row[] = {
		{ "OS only, at CPL 0", EVENT(EV_INSN) | CTL_EN | CTL_OS, false, true },
		{ "USR only, at CPL 0", EVENT(EV_INSN) | CTL_EN | CTL_USR, false, false },
		{ "neither USR nor OS", EVENT(EV_INSN) | CTL_EN, false, false },
		{ "without EN", EVENT(EV_INSN) | CTL_USR | CTL_OS, false, false },
		{ "an unknown event", EVENT(0x0ff) | CTL_ANY, false, false },
		{ "a known event's low byte with bits 35:32 set", EVENT(0x1c0) | CTL_ANY, false, false },
		/* PPRs, LsNotHaltedP0Cyc: one unit mask */
		{ "cycles of the P0 clock", EVENT(EV_P0_CYCLES) | UMASK(1) | CTL_ANY, false, kind != K8 },
		{ "cycles of the P0 clock, all unit masks", EVENT(EV_P0_CYCLES) | UMASK(0xff) | CTL_ANY,
		  false, kind != K8 },
		{ "cycles of the P0 clock, another unit mask", EVENT(EV_P0_CYCLES) | UMASK(2) | CTL_ANY,
		  false, false },
		{ "cycles of the P0 clock, no unit mask", EVENT(EV_P0_CYCLES) | CTL_ANY, false, false },
		/* 13.2.1, CNT_MASK and INV; one event happens in a cycle here (judge.h). */
		{ "CNT_MASK 1", EVENT(EV_INSN) | CTL_ANY | CTL_CNT_MASK(1), false, true },
		{ "CNT_MASK 2", EVENT(EV_INSN) | CTL_ANY | CTL_CNT_MASK(2), false, false },
		{ "CNT_MASK 1, INV: cycles without", EVENT(EV_INSN) | CTL_ANY | CTL_CNT_MASK(1) | CTL_INV,
		  false, false },
		{ "CNT_MASK 2, INV: every cycle", EVENT(EV_BRANCH) | CTL_ANY | CTL_CNT_MASK(2) | CTL_INV,
		  false, true },
		{ "CNT_MASK 1, INV: cycles without a branch",
		  EVENT(EV_BRANCH) | CTL_ANY | CTL_CNT_MASK(1) | CTL_INV, false, true },
		/* APM volume 2, 13.2.1: HG_ONLY counts "if EFER.SVME = 1"; without, nothing. */
		{ "guest only, SVME clear", EVENT(EV_INSN) | CTL_ANY | CTL_GUEST_ONLY, false, false },
		{ "host only, SVME clear", EVENT(EV_INSN) | CTL_ANY | CTL_HOST_ONLY, false, false },
		{ "both, SVME clear", EVENT(EV_INSN) | CTL_ANY | CTL_HOST_ONLY | CTL_GUEST_ONLY,
		  false, false },
		{ "guest only, in a host", EVENT(EV_INSN) | CTL_ANY | CTL_GUEST_ONLY, true, false },
		{ "host only, in a host", EVENT(EV_INSN) | CTL_ANY | CTL_HOST_ONLY, true, true },
		{ "both, in a host", EVENT(EV_INSN) | CTL_ANY | CTL_HOST_ONLY | CTL_GUEST_ONLY,
		  true, true },
		{ "neither, in a host", EVENT(EV_INSN) | CTL_ANY, true, true },
	};
	u64 efer = rdmsr(EFER);
	u32 r[4];
	unsigned int i;

	cpuid(0x80000001, r);
	for (i = 0; i < ARRAY_SIZE(row); i++) {
		if (row[i].svme && !(r[2] >> 2 & 1)) {
			check(true, "controls: %s # SKIP no SVM", row[i].name);
			continue;
		}
		wrmsr(EFER, row[i].svme ? efer | EFER_SVME : efer);
		pmu_set(0, row[i].ctl, 0);
		check_eq(count_nops(0), row[i].counts ? COUNT_INSNS : 0, "controls: %s", row[i].name);
		wrmsr(EFER, efer);
		pmu_stop();
	}
}

/* SVME set and cleared while the counters run: host-only counts between the two only. */
BODY(svme_on_off,
	"mov $0xc0000080, %ecx; rdmsr; bts $12, %eax; wrmsr\n"
	".rept 10; nop; .endr\n"
	"btr $12, %eax; wrmsr; ret");

static void svme_switch(void)
{
	u64 out[2 * MAX_COUNTERS];
	u32 r[4];

	cpuid(0x80000001, r);
	if (!(r[2] >> 2 & 1))
		return;
	pmu_set(0, EVENT(EV_INSN) | CTL_ANY | CTL_HOST_ONLY, 0);
	pmu_set(1, EVENT(EV_INSN) | CTL_ANY, 0);
	measure(svme_on_off, out, 0, 0, 0);
	pmu_stop();
	/* 10 NOPs, btr, and the WRMSR that began with SVME set */
	check_eq(out[6] - out[0], 12, "controls: host only follows EFER.SVME at once");
	check_eq(out[7] - out[1], MEASURE_INSNS + 4 + 10 + 2 + 1, "controls: the other does not");
}

void rdpmc_topic(void)
{
	width();
	control_aliases();
	independent();
	keeps_value();
	wrap();
	write_running();
	rdpmc_registers();
	controls();
	svme_switch();
}
