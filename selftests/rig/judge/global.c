// SPDX-License-Identifier: GPL-2.0-only
/*
 * Performance monitoring version 2: GLOBAL_CTL enables counters, GLOBAL_STATUS says
 * which counters have overflowed, and two more registers clear and set its bits.
 *
 * Sources: APM volume 2, 13.2, and the PPR for family 19h model 11h, MSRC000_0300
 * to MSRC000_0303: a counter counts while its bit of GLOBAL_CTL and its PERF_CTL.EN
 * are both set; GLOBAL_STATUS is read-only; a bit is set by the counter's overflow
 * and stays until it is cleared. For cases that the manuals leave open, the model does
 * what processors do, as the authors of Linux's driver and of KVM report (see
 * ../qemu/target/i386/tcg/system/pmu-amd-v2.c): reserved bits and writes to the status
 * are ignored, the two write-only registers read zero, RESET sets all of GLOBAL_CTL.
 *
 * A counter that runs without its bit counts although its owner has stopped it. A
 * counter that does not run after RESET breaks every driver that knows PERF_CTL only.
 * A status bit that comes late, early or never gives a sample to the wrong counter.
 */
#include "pmi.h"

static void stop_all(void)
{
	pmu_stop();
	wrmsr(GLOBAL_CTL, ALL_COUNTERS);
	wrmsr(GLOBAL_STATUS_CLR, ALL_COUNTERS);
}

void global_after_reset(void)
{
	if (!have_global)
		return;
	check_eq(rdmsr(GLOBAL_CTL), ALL_COUNTERS, "global: RESET enables every counter");
	check_eq(rdmsr(GLOBAL_STATUS), 0, "global: RESET clears the status");
}

/* Bits beyond the counters are ignored and read zero. Writes to the status are ignored. */
static void registers(void)
{
	unsigned int bit;
	bool ok = true;

	for (bit = 0; bit < 64; bit++) {
		wrmsr(GLOBAL_CTL, 1ul << bit);
		ok &= rdmsr(GLOBAL_CTL) == (1ul << bit & ALL_COUNTERS);
	}
	check(ok, "global: each bit of GLOBAL_CTL is kept or ignored");
	wrmsr(GLOBAL_CTL, ~0ul);
	check_eq(rdmsr(GLOBAL_CTL), ALL_COUNTERS, "global: all ones to GLOBAL_CTL");

	ok = true;
	for (bit = 0; bit < 64; bit++) {
		wrmsr(GLOBAL_STATUS_SET, 1ul << bit);
		ok &= rdmsr(GLOBAL_STATUS) == (1ul << bit & ALL_COUNTERS);
		ok &= !rdmsr(GLOBAL_STATUS_SET) && !rdmsr(GLOBAL_STATUS_CLR);
		wrmsr(GLOBAL_STATUS_CLR, 1ul << bit);
		ok &= !rdmsr(GLOBAL_STATUS);
	}
	check(ok, "global: each bit of the status is set and cleared, or ignored");
	wrmsr(GLOBAL_STATUS_SET, ~0ul);
	check_eq(rdmsr(GLOBAL_STATUS), ALL_COUNTERS, "global: all ones to GLOBAL_STATUS_SET");
	wrmsr(GLOBAL_STATUS, 0);
	check_eq(rdmsr(GLOBAL_STATUS), ALL_COUNTERS, "global: the status is read-only");
	wrmsr(GLOBAL_STATUS_CLR, 0);
	check_eq(rdmsr(GLOBAL_STATUS), ALL_COUNTERS, "global: zeroes clear nothing");
	wrmsr(GLOBAL_STATUS_SET, 0);
	check_eq(rdmsr(GLOBAL_STATUS), ALL_COUNTERS, "global: zeroes set nothing");
	wrmsr(GLOBAL_STATUS_CLR, 5);
	check_eq(rdmsr(GLOBAL_STATUS), ALL_COUNTERS & ~5ul, "global: the others stay set");
	wrmsr(GLOBAL_STATUS_SET, 4);
	check_eq(rdmsr(GLOBAL_STATUS), ALL_COUNTERS & ~1ul, "global: and stay set by another's bit");
	wrmsr(GLOBAL_STATUS_CLR, ~0ul);
	check_eq(rdmsr(GLOBAL_STATUS), 0, "global: all ones to GLOBAL_STATUS_CLR");
	check_eq(rdmsr(GLOBAL_CTL), ALL_COUNTERS, "global: GLOBAL_CTL is as it was");
	stop_all();
}

/*
 * run_between(mask, msr): WRMSR of mask, ten NOPs, WRMSR of 0. The first WRMSR counts
 * under the old mask, and the second one under the new mask: nops, xor, wrmsr = 12.
 */
BODY(run_between, "mov %esi, %ecx; mov %edi, %eax; xor %edx, %edx; wrmsr\n"
	".rept 10; nop; .endr\n"
	"xor %eax, %eax; wrmsr; ret");
#define BETWEEN	12

/* Tries every mask of GLOBAL_CTL with every set of enabled counters. */
static void both_needed(void)
{
	void (*run)(u64, u32) = (void *)run_between;
	unsigned int mask, on, n;
	bool ok = true;

	for (mask = 0; mask <= ALL_COUNTERS; mask++) {
		for (on = 0; on <= ALL_COUNTERS; on++) {
			wrmsr(GLOBAL_CTL, 0);
			for (n = 0; n < nr_counters; n++)
				pmu_set(n, EVENT(EV_INSN) | CTL_USR | CTL_OS | (on >> n & 1 ? CTL_EN : 0),
					1000 * n);
			run(mask, GLOBAL_CTL);
			for (n = 0; n < nr_counters; n++) {
				u64 paper = 1000 * n + (mask & on & 1 << n ? BETWEEN : 0);
				u64 got = rdpmc(n);

				if (got != paper && ok)
					say("  mask 0x%x, enabled 0x%x, counter %u: got %u, paper %u",
					    (u64)mask, (u64)on, (u64)n, got, paper);
				ok &= got == paper;
			}
		}
	}
	check(ok, "global: a counter counts while its bit and its EN are set, each mask, each set");
	stop_all();
}

/* The other filters hold as before: of 2 + 2 counters only the kernel's count here. */
static void filters(void)
{
	void (*run)(u64, u32) = (void *)run_between;

	wrmsr(GLOBAL_CTL, 0);
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN, 0);
	pmu_set(1, EVENT(EV_INSN) | CTL_OS | CTL_EN, 0);
	pmu_set(2, EVENT(EV_INSN) | CTL_ANY | CTL_HOST_ONLY, 0);
	pmu_set(3, EVENT(EV_BRANCH) | CTL_OS | CTL_EN, 0);
	run(0xf, GLOBAL_CTL);
	check_eq(rdpmc(0), 0, "global: a user counter counts no kernel");
	check_eq(rdpmc(1), BETWEEN, "global: a kernel counter does");
	check_eq(rdpmc(2), 0, "global: a host-only one nothing while SVME is clear");
	check_eq(rdpmc(3), 0, "global: one of branches no other instruction");
	stop_all();
}

/* The legacy names are the same counters, so GLOBAL_CTL holds for them too. */
static void legacy_names(void)
{
	void (*run)(u64, u32) = (void *)run_between;

	wrmsr(GLOBAL_CTL, 0);
	wrmsr(LEGACY_CTR(2), 0);
	wrmsr(LEGACY_CTL(2), EVENT(EV_INSN) | CTL_OS | CTL_EN);
	run(4, GLOBAL_CTL);
	check_eq(rdmsr(LEGACY_CTR(2)), BETWEEN, "global: the legacy names' counters obey as well");
	run(ALL_COUNTERS & ~4ul, GLOBAL_CTL);
	check_eq(rdmsr(LEGACY_CTR(2)), BETWEEN, "global: and stop");
	stop_all();
}

/*
 * status_after(k, msr): writes -k to the counter msr; then mov, ten NOPs, RDMSR of the
 * status. RDMSR has 11 instructions before it, and reads the status before itself. So
 * it sees an overflow of the k-th instruction for k <= 11, and not its own overflow.
 */
BODY(status_after, "mov %esi, %ecx; neg %rdi; mov %edi, %eax; mov %rdi, %rdx\n"
	"shr $32, %rdx; wrmsr\n"
	"mov $0xc0000300, %ecx\n"
	".rept 10; nop; .endr\n"
	"rdmsr; shl $32, %rdx; or %rdx, %rax; ret");
#define STATUS_BEFORE	11

static void status_in_time(void)
{
	u64 (*run)(u64, u32) = (void *)status_after;
	unsigned int n;
	bool ok = true;
	u64 k;

	for (n = 0; n < nr_counters; n++) {
		for (k = 1; k <= STATUS_BEFORE + 3; k++) {
			u64 got, paper = k <= STATUS_BEFORE ? 1ul << n : 0;

			pmu_set(n, EVENT(EV_INSN) | CTL_OS | CTL_EN, 0);
			got = run(k, PERF_CTR(n));
			stop_all();
			if (got != paper && ok)
				say("  counter %u, k = %u: got 0x%x, paper 0x%x", (u64)n, k, got, paper);
			ok &= got == paper;
		}
	}
	check(ok, "global: the status has each counter's overflow, from the next instruction on");
}

/* The interrupt handler stops all counters, and stores the status here. */
static u64 seen_status;

static void see_status(struct regs *r)
{
	(void)r;
	wrmsr(GLOBAL_CTL, 0);
	seen_status = rdmsr(GLOBAL_STATUS);
}

static void run_user(void)
{
	sti();
	user_call(skid_loop, ROUNDS, (u64)scratch, 0, 0, 0);
	cli();
}

/* With INT and without, with the bit and without, alone and together. */
static void overflows(void)
{
	const u64 ctl = EVENT(EV_INSN) | CTL_USR | CTL_EN;
	unsigned int n;
	bool ok = true;

	for (n = 0; n < nr_counters; n++) {
		pmi_begin(FIXED_MODE);
		pmu_set(n, ctl | CTL_INT, -5ul);
		run_user();
		ok &= rdmsr(GLOBAL_STATUS) == 1ul << n && rdpmc(n) == USER_INSNS - 5;
		pmi_end();
		pmi_at(5, skid_steps[5], &ok);
		stop_all();
	}
	check(ok, "global: an overflow sets its bit, interrupts, and stops nothing");

	pmi_begin(FIXED_MODE);
	pmu_set(1, ctl, -5ul);
	run_user();
	check_eq(rdmsr(GLOBAL_STATUS), 2, "global: without INT the bit is set as well");
	pmi_end();
	check_eq(pmi.hits, 0, "global: and nothing interrupts");
	stop_all();

	pmi_begin(FIXED_MODE);
	wrmsr(GLOBAL_CTL, ALL_COUNTERS & ~4ul);
	pmu_set(2, ctl | CTL_INT, -5ul);
	run_user();
	check_eq(rdmsr(GLOBAL_STATUS), 0, "global: a counter without its bit does not overflow");
	check_eq(rdpmc(2), -5ul & COUNTER_MASK, "global: but keeps its value");
	pmi_end();
	check_eq(pmi.hits, 0, "global: and does not interrupt");
	stop_all();

	pmi_begin(FIXED_MODE);
	pmi.more = see_status;
	pmu_set(0, ctl | CTL_INT, -7ul);
	pmu_set(3, EVENT(EV_CYCLES) | CTL_USR | CTL_EN | CTL_INT, -7ul);
	pmu_set(4, ctl, -6ul);
	pmu_set(5, ctl | CTL_INT, -8ul);
	run_user();
	check_eq(seen_status, 1 | 8 | 16, "global: the status in the interrupt of two, after a third");
	check_eq(rdpmc(5), -1ul & COUNTER_MASK, "global: stopped in the interrupt, nothing more counts");
	check_eq(rdpmc(4), 1, "global: nor on the others");
	wrmsr(GLOBAL_STATUS_CLR, 8);
	check_eq(rdmsr(GLOBAL_STATUS), 1 | 16, "global: acknowledged one by one");
	pmi_end();
	check(pmi.hits == 1 && pmi.rip[0] == skid_steps[7], "global: one interrupt, in its place");
	stop_all();

	/* The next overflow interrupts even if nobody has cleared the counter's bit. */
	ok = true;
	pmi_begin(FIXED_MODE);
	wrmsr(GLOBAL_STATUS_SET, 1);
	check_eq(pmi.hits, 0, "global: setting a bit of the status is no overflow");
	pmu_set(0, ctl | CTL_INT, -9ul);
	run_user();
	pmi_end();
	pmi_at(9, skid_steps[9], &ok);
	check(ok, "global: an overflow while its bit is set interrupts");
	check_eq(rdmsr(GLOBAL_STATUS), 1, "global: and the bit stays");
	stop_all();

	wrmsr(PERF_CTR(0), COUNTER_MASK);
	wrmsr(PERF_CTR(0), 0);
	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN, COUNTER_MASK);
	wrmsr(PERF_CTR(0), 0);
	check_eq(rdmsr(GLOBAL_STATUS), 0, "global: writing a counter is no overflow");
	stop_all();
}

/* A counter's period begins at the write of GLOBAL_CTL that starts the counter. */
static void starts(bool nmi)
{
	bool ok = true;
	u64 k;

	for (k = 1; k <= SKID_STEPS * ROUNDS; k++) {
		u64 paper = k == SKID_STEPS * ROUNDS ? (u64)skid_end : skid_steps[k % SKID_STEPS];

		pmi_begin(nmi);
		wrmsr(GLOBAL_CTL, 0);
		pmu_set(3, EVENT(EV_INSN) | CTL_OS | CTL_EN | CTL_INT, -k);
		if (!nmi)
			sti();
		skid_arm(ROUNDS, scratch, 8, GLOBAL_CTL);
		cli();
		pmi_end();
		pmi_at(k, paper, &ok);
		stop_all();
	}
	check(ok, "global: overflow at each instruction behind the write that starts, %s",
	      nmi ? "NMI" : "fixed");
}

/* The kernel sets and clears the bit of a user counter around each call. */
static void by_turns(void)
{
	unsigned int i;

	pmu_set(0, EVENT(EV_INSN) | CTL_USR | CTL_EN, 0);
	pmu_set(1, EVENT(EV_INSN) | CTL_USR | CTL_EN, 0);
	for (i = 0; i < 1000; i++) {
		wrmsr(GLOBAL_CTL, i & 1 ? 1 : 2);
		user_call(skid_loop, 1, (u64)scratch, 0, 0, 0);
	}
	wrmsr(GLOBAL_CTL, 0);
	check_eq(rdpmc(0), 500 * (SKID_STEPS + 2), "global: two counters by turns, first");
	check_eq(rdpmc(1), 500 * (SKID_STEPS + 2), "global: two counters by turns, second");
	stop_all();
}

void global(void)
{
	if (!have_global)
		return;		/* gp.c tests that there are no such registers */
	registers();
	both_needed();
	filters();
	legacy_names();
	status_in_time();
	overflows();
	starts(FIXED_MODE);
	starts(NMI_MODE);
	by_turns();
}

/* The second CPU has registers of its own, and INIT leaves them alone. */
static u64 ap_ctl, ap_status;

static void ap_set(void *unused)
{
	(void)unused;
	ap_ctl = rdmsr(GLOBAL_CTL);
	/* Nobody has acknowledged the overflows of smp()'s samples. */
	wrmsr(GLOBAL_STATUS_CLR, ALL_COUNTERS);
	wrmsr(GLOBAL_CTL, 5);
	wrmsr(GLOBAL_STATUS_SET, 6);
}

static void ap_get(void *unused)
{
	(void)unused;
	ap_ctl = rdmsr(GLOBAL_CTL);
	ap_status = rdmsr(GLOBAL_STATUS);
	wrmsr(GLOBAL_CTL, ALL_COUNTERS);
	wrmsr(GLOBAL_STATUS_CLR, ALL_COUNTERS);
}

void global_smp(void)
{
	if (!have_global)
		return;
	stop_all();
	wrmsr(GLOBAL_CTL, 9);
	smp_start(ap_set, NULL);
	smp_wait();
	check_eq(ap_ctl, ALL_COUNTERS, "global: the second CPU's GLOBAL_CTL is its own");
	check_eq(rdmsr(GLOBAL_CTL), 9, "global: and leaves the first one's alone");
	check_eq(rdmsr(GLOBAL_STATUS), 0, "global: as does its status");
	smp_boot();
	smp_start(ap_get, NULL);
	smp_wait();
	check_eq(ap_ctl, 5, "global: INIT keeps GLOBAL_CTL");
	check_eq(ap_status, 6, "global: INIT keeps the status");
	stop_all();
}
