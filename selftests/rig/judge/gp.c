// SPDX-License-Identifier: GPL-2.0-only
/*
 * The PMU gives every #GP that it must give, and no other.
 *
 * Sources: APM volume 3, RDPMC (#GP: an unimplemented counter number; CPL above
 * 0 with CR4.PCE clear), RDMSR and WRMSR (#GP: CPL above 0; a reserved or
 * unimplemented address), HLT; volume 2, 13.2. Which counters there are is by
 * CPUID: 8000_0001 ECX.23 core, .24 north bridge (C001_0240, RDPMC 6 to 9), .28
 * last level cache (C001_0230, RDPMC 10 up); 8000_0022 EAX.0 global registers.
 * Without ECX.23 there are the legacy registers only, and RDPMC 0 to 3.
 *
 * Reserved bits of PERF_CTL do not fault on AMD processors (Linux, commit "KVM:
 * x86/svm: Clear reserved bits written to PerfEvtSeln MSRs"); what must hold is
 * that they change no count.
 *
 * A missing #GP is a fault: a driver that probes for counters by #GP finds counters
 * that do not exist. A #GP too many is a crash.
 */
#include "judge.h"

/* Returns 0 if the instruction ran, 1 + the vector if it faulted; works at both CPLs. */
BODY(try_rdpmc, "mov %edi, %ecx; rdpmc; xor %eax, %eax; ret");
BODY(try_rdmsr, "mov %edi, %ecx; rdmsr; xor %eax, %eax; ret");
BODY(try_wrmsr, "mov %edi, %ecx; mov %esi, %eax; shr $32, %rsi; mov %esi, %edx; wrmsr; xor %eax, %eax; ret");
BODY(try_hlt, "hlt; xor %eax, %eax; ret");
BODY(try_cr4, "mov %cr4, %rax; xor %eax, %eax; ret");

static u64 fault_err, fault_rip;

/* A fault inside of try_*() makes the function return 1 + the vector. */
static void on_fault(struct regs *r)
{
	fault_err = r->err;
	fault_rip = r->rip;
	r->rax = 1 + r->vec;
	r->rip = *(u64 *)r->rsp;
	r->rsp += 8;
}

static u64 try_at(unsigned int cpl, void (*fn)(void), u64 a, u64 b)
{
	u64 (*call)(u64, u64) = (void *)fn;

	u64 got;

	fault_err = fault_rip = 0;
	if (!cpl)
		return call(a, b);
	user_cpl(cpl);
	got = user_call(fn, a, b, 0, 0, 0);
	user_cpl(3);
	return got;
}

static void expect(bool faults, unsigned int cpl, void (*fn)(void), u64 a, u64 b,
		   const char *what, u64 which)
{
	u64 got = try_at(cpl, fn, a, b);
	bool ok = got == (faults ? 1 + VEC_GP : 0) && !fault_err;

	check(ok, "gp: %s 0x%x, CPL %u: %s", what, which, (u64)cpl, faults ? "#GP(0)" : "no fault");
	if (!ok)
		say("  result %u (1 + vector; 0: it ran), error code 0x%x at 0x%x", got, fault_err,
		    fault_rip);
}

static bool have_north_bridge, have_llc;

static void enumerate(void)
{
	u32 r[4];

	cpuid(0x80000001, r);
	have_north_bridge = r[2] >> 24 & 1;
	have_llc = r[2] >> 28 & 1;
}

static void rdpmc_numbers(void)
{
	static const u32 never[] = { 0x1f, 0x20, 0xff, 0x100, 0x40000000, 0x40000001, 0x80000000,
				     0xffffffff, 0xc0010201, 0xc0010004 };
	unsigned int n, cpl, i;

	for (cpl = 0; cpl <= 3; cpl += 3) {
		for (n = 0; n < nr_counters; n++)
			expect(false, cpl, try_rdpmc, n, 0, "RDPMC", n);
		for (n = nr_counters; n < 10; n++)
			expect(!have_north_bridge, cpl, try_rdpmc, n, 0, "RDPMC", n);
		for (n = 10; n < 16; n++)
			expect(!have_llc, cpl, try_rdpmc, n, 0, "RDPMC", n);
		for (i = 0; i < ARRAY_SIZE(never); i++)
			expect(true, cpl, try_rdpmc, never[i], 0, "RDPMC", never[i]);
	}
}

/* CR4.PCE: CPL 1 to 3 need it, CPL 0 does not. */
static void pce(void)
{
	unsigned int n, cpl;

	set_pce(false);
	for (n = 0; n < nr_counters; n++) {
		expect(false, 0, try_rdpmc, n, 0, "PCE clear: RDPMC", n);
		expect(true, 3, try_rdpmc, n, 0, "PCE clear: RDPMC", n);
	}
	for (cpl = 1; cpl <= 3; cpl++) {
		expect(true, cpl, try_rdpmc, 0, 0, "PCE clear: RDPMC", 0);
		expect(true, cpl, try_rdpmc, 6, 0, "PCE clear: RDPMC", 6);
	}
	set_pce(true);
	for (cpl = 0; cpl <= 3; cpl++) {
		expect(false, cpl, try_rdpmc, 0, 0, "PCE set again: RDPMC", 0);
		expect(true, cpl, try_rdpmc, 6, 0, "PCE set again: RDPMC", 6);
		expect(cpl != 0, cpl, try_rdmsr, PERF_CTR(0), 0, "PCE set: RDMSR", PERF_CTR(0));
	}
}

/* The registers that exist, at both CPLs: no fault at 0, #GP at 3, read or written. */
static void present(void)
{
	unsigned int n;

	for (n = 0; have_core && n < 2 * nr_counters; n++) {
		u32 msr = CORE_MSR + n;

		expect(false, 0, try_rdmsr, msr, 0, "RDMSR", msr);
		expect(false, 0, try_wrmsr, msr, 0, "WRMSR of 0 to", msr);
		expect(true, 3, try_rdmsr, msr, 0, "RDMSR", msr);
		expect(true, 3, try_wrmsr, msr, 0, "WRMSR of 0 to", msr);
	}
	for (n = 0; n < 8; n++) {
		u32 msr = LEGACY_CTL(0) + n;

		expect(false, 0, try_rdmsr, msr, 0, "RDMSR", msr);
		expect(false, 0, try_wrmsr, msr, 0, "WRMSR of 0 to", msr);
		expect(true, 3, try_rdmsr, msr, 0, "RDMSR", msr);
	}
	/* global.c tests the bits. */
	for (n = 0; have_global && n < 4; n++) {
		u32 msr = GLOBAL_STATUS + n;

		expect(false, 0, try_rdmsr, msr, 0, "RDMSR", msr);
		expect(false, 0, try_wrmsr, msr, 0, "WRMSR of 0 to", msr);
		expect(false, 0, try_wrmsr, msr, ~0ul, "WRMSR of all ones to", msr);
		expect(true, 3, try_rdmsr, msr, 0, "RDMSR", msr);
		expect(true, 3, try_wrmsr, msr, 0, "WRMSR of 0 to", msr);
	}
	if (have_global) {
		wrmsr(GLOBAL_CTL, ALL_COUNTERS);
		wrmsr(GLOBAL_STATUS_CLR, ALL_COUNTERS);
	}
}

static void absent_msr(u32 msr)
{
	expect(true, 0, try_rdmsr, msr, 0, "RDMSR", msr);
	expect(true, 0, try_wrmsr, msr, 0, "WRMSR of 0 to", msr);
}

/* Registers of Intel processors.  APM volume 2, appendix A, does not list them. */
static const struct { u32 first, last; } intel[] = {
	{ 0x0c1, 0x0c8 }, { 0x186, 0x18d }, { 0x309, 0x30b }, { 0x345, 0x345 }, { 0x38d, 0x390 },
};

static void absent(void)
{
	unsigned int i;
	u32 msr;

	for (i = 0; i < ARRAY_SIZE(intel); i++) {
		for (msr = intel[i].first; msr <= intel[i].last; msr++)
			absent_msr(msr);
	}
	for (msr = CORE_MSR + (have_core ? 2 * nr_counters : 0); msr <= 0xc001020f; msr++)
		absent_msr(msr);
	for (msr = 0xc0010230; !have_llc && msr <= 0xc001023b; msr++)
		absent_msr(msr);
	for (msr = 0xc0010240; !have_north_bridge && msr <= 0xc0010247; msr++)
		absent_msr(msr);
	for (msr = GLOBAL_STATUS; !have_global && msr <= GLOBAL_STATUS_SET; msr++)
		absent_msr(msr);
}

/* Reserved bits 19, 21, 39:36, 63:42 do not fault, and do not change the count. */
static void reserved(void)
{
	static const u8 bits[] = { 19, 21, 36, 37, 38, 39, 42, 43, 47, 48, 55, 62, 63 };
	const u64 ctl = EVENT(EV_INSN) | CTL_ANY;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bits); i++) {
		extern void gp_nops(void);
		u64 out[2 * MAX_COUNTERS];

		expect(false, 0, try_wrmsr, PERF_CTL(0), ctl | 1ul << bits[i],
		       "WRMSR to PERF_CTL of reserved bit", bits[i]);
		measure(gp_nops, out, 0, 0, 0);
		check_eq(out[6] - out[0], MEASURE_INSNS + 10 + 1,
			 "gp: reserved bit %u changes no count", (u64)bits[i]);
		pmu_stop();
	}
	expect(false, 0, try_wrmsr, PERF_CTR(0), ~0ul, "WRMSR of 2^64 - 1 to", PERF_CTR(0));
	pmu_stop();
}
BODY(gp_nops, ".rept 10; nop; .endr; ret");

/*
 * An instruction that faults is not counted: five RDPMCs that each #GP. Body: mov,
 * [rdpmc]; handler: add (error code), addq $2, iretq. The handler steps over RDPMC, so
 * the count is mov + 5 * the handler's 3 + ret, without any RDPMC.
 */
BODY(gp_rdpmc, "mov $99, %ecx; .rept 5; rdpmc; .endr; ret");
BODY(gp_wrmsr, "mov $0xc001020c, %ecx; .rept 5; wrmsr; .endr; ret");
BODY(on_gp_skip2, "add $8, %rsp; addq $2, (%rsp); iretq");

static void not_counted(void)
{
	unsigned int cpl;

	set_gate(VEC_GP, on_gp_skip2);
	for (cpl = 0; cpl <= 3; cpl += 3) {
		const struct paper p = {
			.insn = 1 + 1 + (cpl ? 0 : 5 * 3), .other = cpl ? 5 * 3 : 0,
			.branch = 1, .taken = 1, .far = 2 * 5,
		};

		judge("gp: an RDPMC that faults is not counted", cpl, gp_rdpmc, 0, 0, 0, &p);
		judge("gp: a WRMSR that faults is not counted", cpl, gp_wrmsr, 0, 0, 0, &p);
	}
	set_gate(VEC_GP, NULL);
}

void gp(void)
{
	set_hook(VEC_GP, on_fault);
	enumerate();
	rdpmc_numbers();
	pce();
	present();
	absent();
	reserved();
	expect(true, 3, try_hlt, 0, 0, "HLT", 0);
	expect(true, 3, try_cr4, 0, 0, "MOV from CR4", 0);
	not_counted();
	set_hook(VEC_GP, NULL);
}
