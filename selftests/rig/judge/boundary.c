// SPDX-License-Identifier: GPL-2.0-only
/*
 * An overflow at every instruction of code with special boundaries interrupts at the
 * right place: where IF, STI and MOV SS hold interrupts off; around REP, HLT, faults
 * and entries into the kernel; around instructions that make an emulator leave its
 * block. The code is in skid.S.
 *
 * Sources as in overflow.c; APM volume 2, 8.5 (priorities), 6.1.1 (SYSCALL).
 */
#include "pmi.h"

/*
 * Pieces of skid.S at CPL 0. If the k-th instruction overflows, the interrupt must come
 * at step paper[k - 1].
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
	/* the same by NMI, which ignores IF (k = 4 is in STI's shadow and left out) */
	{ "CLI, NMI", skid_cli_code, skid_cli, NMI_MODE, 3, { 1, 2, 3 } },
	/* nop, mov ss, nop, nop, nop: the instruction after MOV SS runs first */
	{ "MOV SS", skid_ss_code, skid_ss, FIXED_MODE, 4, { 1, 3, 3, 4 } },
	/* mov, rep stosb, nop, nop: before REP, after it, never inside */
	{ "REP STOSB", skid_rep_code, skid_rep, FIXED_MODE, 3, { 1, 2, 3 } },
	{ "REP STOSB, NMI", skid_rep_code, skid_rep, NMI_MODE, 3, { 1, 2, 3 } },
	/* nop, sti, hlt, nop: with an overflow before HLT or by HLT, HLT ends at once */
	{ "HLT", skid_hlt_code, skid_hlt, FIXED_MODE, 3, { 3, 3, 3 } },
};

/* This handler steps over UD2: two instructions, with IF clear. */
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
		pmi_at(k, p->steps[p->paper[k - 1]], &ok);
	}
	check(ok, "overflow: %s", p->name);
}

/*
 * UD2 at CPL 0. k = 2 and 3 are the handler's addq and iretq, with IF clear: the
 * interrupt comes when IRETQ has set IF, at the instruction after UD2. k = 4 is the
 * instruction after UD2: the interrupt comes at the next one.
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
		pmi_at(k, skid_ud2[paper[k - 1]], &ok);
	}
	set_gate(VEC_UD, NULL);
	check(ok, "overflow: around a fault and its handler");
}

/* In this code the interrupt of the k-th instruction always comes at step k. */
static void run_linear(const char *name, void (*fn)(void), const u64 *steps, u64 count, bool nmi)
{
	void (*code)(u64 unused, void *area, u64 value, u32 msr) = (void *)fn;
	bool ok = true;
	u64 k;

	for (k = 1; k < count; k++) {
		if (have_global)	/* skid_stop_msr may have been it */
			wrmsr(GLOBAL_CTL, ALL_COUNTERS);
		pmi_begin(nmi);
		pmu_set(0, EVENT(EV_INSN) | CTL_OS | CTL_EN | CTL_INT, 0);
		code(0, scratch, -k, PERF_CTR(0));
		pmi_end();
		pmi_at(k, steps[k], &ok);
	}
	check(ok, "overflow: %s, each of %u instructions, %s", name, count - 1,
	      nmi ? "NMI" : "fixed");
}

u32 skid_stop_msr;
extern const u64 skid_odd[], skid_stop[], skid_pf[];
void skid_odd_code(void);
void skid_stop_code(void);
void skid_pf_code(void);
#define ODD_STEPS	34

/* The code gives the number of steps: the last step is the one before skid_odd_end. */
static void linear(void)
{
	extern const u8 skid_odd_end[];
	unsigned int nmi;

	check(skid_odd[ODD_STEPS - 1] + 1 == (u64)skid_odd_end,
	      "overflow: the table of special instructions is complete");
	for (nmi = 0; nmi <= 1; nmi++) {
		run_linear("devices, MSRs, changed code", skid_odd_code, skid_odd, ODD_STEPS, nmi);
		skid_stop_msr = perf_ctl0;
		run_linear("the WRMSR that stops the counter", skid_stop_code, skid_stop, 5, nmi);
		if (!have_global)
			continue;
		skid_stop_msr = GLOBAL_CTL;
		run_linear("the WRMSR that stops all counters", skid_stop_code, skid_stop, 5, nmi);
		wrmsr(GLOBAL_CTL, ALL_COUNTERS);
	}
}

/* This handler maps the page, in three instructions; the access is then restarted. */
BODY(on_skid_pf, "orq $1, test_pt; add $8, %rsp; iretq");

/* nop, a load that faults once, nop, ret at CPL 3: the fault is no event. */
static void around_page_fault(bool nmi)
{
	bool ok = true;
	u64 k;

	set_gate(VEC_PF, on_skid_pf);
	for (k = 1; k <= 4; k++) {
		u64 paper = k == 4 ? (u64)user_return : skid_pf[k];

		test_map(0, frames[0]);
		test_unmap(0);
		pmi_begin(nmi);
		pmu_set(nr_counters - 1, EVENT(EV_INSN) | CTL_USR | CTL_EN | CTL_INT, -k);
		if (!nmi)
			sti();
		user_call(skid_pf_code, TEST_VA, 0, 0, 0, 0);
		cli();
		pmi_end();
		pmi_at(k, paper, &ok);
	}
	set_gate(VEC_PF, NULL);
	check(ok, "overflow: around a page fault, CPL 3, %s", nmi ? "NMI" : "fixed");
}

/*
 * User instructions that enter the kernel: nop, syscall, nop, int, nop, ret. If SYSCALL
 * itself overflows, a fixed interrupt waits for SYSRET, because FMASK clears IF, and
 * comes at the NOP after SYSCALL. An NMI comes in the kernel, before the handler's
 * first instruction. INT n behaves the same, because it goes through an interrupt gate.
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

		/* SYSCALL and INT n are far transfers, and these are never predicted. */
		if (event != EV_INSN && !enters)
			continue;
		pmi_begin(nmi);
		pmu_set(2, EVENT(event) | CTL_USR | CTL_EN | CTL_INT, -++k);
		if (!nmi)
			sti();
		user_call(skid_syscall_code, 0, 0, 0, 0, 0);
		cli();
		pmi_end();
		pmi_at(k, paper[i], &ok);
		ok &= pmi.cs[0] == (nmi && enters ? SEL_KCODE : SEL_UCODE);
	}
	set_gate(VEC_INT, NULL);
	check(ok, "overflow: %s, SYSCALL and INT n at CPL 3, %s", name, nmi ? "NMI" : "fixed");
}

void boundary(void)
{
	unsigned int i, nmi;

	for (i = 0; i < ARRAY_SIZE(pieces); i++)
		run_piece(&pieces[i]);
	over_ud2();
	linear();
	for (nmi = 0; nmi <= 1; nmi++) {
		around_page_fault(nmi);
		entries(EV_INSN, nmi, "instructions");
		entries(EV_FAR, nmi, "far transfers");
		entries(EV_MISPRED, nmi, "mispredicted branches");
	}
}
