// SPDX-License-Identifier: GPL-2.0-only
/*
 * SVM: bits 41:40 of PERF_CTL separate the instructions of a guest and of its host
 * exactly. RDPMC can be intercepted. An overflow in a guest ends the guest before the
 * next instruction, if the host intercepts the interrupt.
 *
 * Sources: APM volume 2, 13.2.1 (HG_ONLY), 15.5 (VMRUN), 15.6 (#VMEXIT), 15.7 to
 * 15.9 (intercepts: an intercepted instruction does not complete), appendix B
 * (the VMCB's layout), appendix C (exit codes).
 *
 * On paper, VMRUN begins in the host and is one host instruction. The guest's
 * instructions follow. VMMCALL is intercepted and does not retire. The guest here is a
 * piece of code in the judge's own address space, at CPL 0 or 3.
 *
 * If a guest count contains host instructions (or the other way round), R5 is violated.
 */
#include "judge.h"

#define MSR_VM_HSAVE_PA		0xc0010117

/* VMCB: offsets, intercept bits, exit codes. */
#define VMCB_EXCEPTIONS		0x008
#define VMCB_MISC1		0x00c
#define  MISC1_INTR		(1u << 0)
#define  MISC1_NMI		(1u << 1)
#define  MISC1_RDPMC		(1u << 15)
#define VMCB_MISC2		0x010
#define  MISC2_VMRUN		(1u << 0)
#define  MISC2_VMMCALL		(1u << 1)
#define VMCB_ASID		0x058
#define VMCB_EXITCODE		0x070
#define VMCB_SEG(n)		(0x400 + 0x10 * (n))	/* ES CS SS DS FS GS GDTR LDTR IDTR TR */
#define VMCB_CPL		0x4cb
#define VMCB_EFER		0x4d0
#define VMCB_CR4		0x548
#define VMCB_CR3		0x550
#define VMCB_CR0		0x558
#define VMCB_DR7		0x560
#define VMCB_DR6		0x568
#define VMCB_RFLAGS		0x570
#define VMCB_RIP		0x578
#define VMCB_RSP		0x5d8
#define VMCB_RAX		0x5f8
#define VMCB_PAT		0x668
#define EXIT_EXCEPTION(vec)	(0x40 + (vec))
#define EXIT_INTR		0x60
#define EXIT_NMI		0x61
#define EXIT_RDPMC		0x6f
#define EXIT_VMMCALL		0x81

u8 vmcb[4096] __attribute__((aligned(4096)));
static u8 host_save[4096] __attribute__((aligned(4096)));

#define VMCB(type, off) (*(volatile type *)(vmcb + (off)))

static void set_segment(unsigned int n, u16 sel, u16 attributes)
{
	VMCB(u16, VMCB_SEG(n)) = sel;
	VMCB(u16, VMCB_SEG(n) + 2) = attributes;
	VMCB(u32, VMCB_SEG(n) + 4) = 0xffffffff;
	VMCB(u64, VMCB_SEG(n) + 8) = 0;
}

/* Sets the guest to this machine's own state, at fn, with interrupts on. */
void guest_at(void (*fn)(void), unsigned int cpl, u32 intercepts)
{
	struct { u16 limit; u64 base; } __attribute__((packed)) dtr;
	u64 cr;

	memset(vmcb, 0, sizeof(vmcb));
	VMCB(u32, VMCB_MISC1) = intercepts;
	VMCB(u32, VMCB_MISC2) = MISC2_VMRUN | MISC2_VMMCALL;
	VMCB(u32, VMCB_ASID) = 1;
	set_segment(0, SEL_KDATA, 0xc93);
	set_segment(1, cpl ? SEL_UCODE : SEL_KCODE, cpl ? 0xafb : 0xa9b);
	set_segment(2, cpl ? SEL_UDATA : SEL_KDATA, cpl ? 0xcf3 : 0xc93);
	set_segment(3, SEL_KDATA, 0xc93);
	asm volatile("sgdt %0" : "=m" (dtr));
	VMCB(u32, VMCB_SEG(6) + 4) = dtr.limit;
	VMCB(u64, VMCB_SEG(6) + 8) = dtr.base;
	asm volatile("sidt %0" : "=m" (dtr));
	VMCB(u32, VMCB_SEG(8) + 4) = dtr.limit;
	VMCB(u64, VMCB_SEG(8) + 8) = dtr.base;
	VMCB(u8, VMCB_CPL) = cpl;
	VMCB(u64, VMCB_EFER) = rdmsr(EFER);
	asm volatile("mov %%cr0, %0" : "=r" (cr));
	VMCB(u64, VMCB_CR0) = cr;
	asm volatile("mov %%cr3, %0" : "=r" (cr));
	VMCB(u64, VMCB_CR3) = cr;
	asm volatile("mov %%cr4, %0" : "=r" (cr));
	VMCB(u64, VMCB_CR4) = cr;
	VMCB(u64, VMCB_DR6) = 0xffff0ff0;
	VMCB(u64, VMCB_DR7) = 0x400;
	VMCB(u64, VMCB_PAT) = rdmsr(0x277);
	VMCB(u64, VMCB_RFLAGS) = 2 | RFLAGS_IF;
	VMCB(u64, VMCB_RIP) = (u64)fn;
	VMCB(u64, VMCB_RSP) = (u64)user_stack_top - 8;
}

/* Host: mov, vmrun, stgi, ret = 4. The guest leaves the other registers alone. */
BODY(run_guest, "mov $vmcb, %eax; vmrun; stgi; ret");
#define RUN_GUEST	4

/* Guests. mov, 100 times (dec, jnz), [vmmcall] = 201 and 100 branches, 99 taken. */
BODY(guest_loop, "mov $100, %ecx; 1: dec %ecx; jnz 1b; vmmcall");
#define GUEST_LOOP	201
/* mov, rdpmc, [vmmcall]; with the intercept: mov, [rdpmc]. */
BODY(guest_rdpmc, "mov $2, %ecx; rdpmc; vmmcall");

static void check_exit(u64 paper, void (*fn)(void), u64 offset, const char *name)
{
	bool ok = VMCB(u64, VMCB_EXITCODE) == paper && VMCB(u64, VMCB_RIP) == (u64)fn + offset;

	check(ok, "svm: %s: exit code and RIP", name);
	if (!ok)
		say("  exit 0x%x at 0x%x, paper 0x%x at 0x%x", VMCB(u64, VMCB_EXITCODE),
		    VMCB(u64, VMCB_RIP), paper, (u64)fn + offset);
}

/* Runs the loop as a guest, with each kind of filter. */
static void filters(unsigned int cpl)
{
	const u64 mode = cpl ? CTL_USR : CTL_OS, other = cpl ? CTL_OS : CTL_USR;
	const u64 host = MEASURE_INSNS + RUN_GUEST;
	const struct {
		const char *name;
		u64 ctl, paper;
	} rows[] = {
		{ "instructions, host and guest", EVENT(EV_INSN) | CTL_ANY, host + GUEST_LOOP },
		{ "instructions, both bits", EVENT(EV_INSN) | CTL_ANY | CTL_HOST_ONLY | CTL_GUEST_ONLY,
		  host + GUEST_LOOP },
		{ "instructions, host only", EVENT(EV_INSN) | CTL_ANY | CTL_HOST_ONLY, host },
		{ "instructions, guest only", EVENT(EV_INSN) | CTL_ANY | CTL_GUEST_ONLY, GUEST_LOOP },
		{ "instructions, guest only, its mode", EVENT(EV_INSN) | CTL_EN | mode | CTL_GUEST_ONLY,
		  GUEST_LOOP },
		{ "instructions, guest only, the other mode",
		  EVENT(EV_INSN) | CTL_EN | other | CTL_GUEST_ONLY, 0 },
		{ "cycles, guest only", EVENT(EV_CYCLES) | CTL_ANY | CTL_GUEST_ONLY, GUEST_LOOP },
		{ "cycles, host only", EVENT(EV_CYCLES) | CTL_ANY | CTL_HOST_ONLY, host },
		{ "branches, guest only", EVENT(EV_BRANCH) | CTL_ANY | CTL_GUEST_ONLY, 100 },
		{ "taken branches, guest only", EVENT(EV_TAKEN) | CTL_ANY | CTL_GUEST_ONLY, 99 },
		{ "conditional branches, host only", EVENT(EV_COND) | CTL_ANY | CTL_HOST_ONLY, 0 },
	};
	u64 out[2 * MAX_COUNTERS];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int n = i % nr_counters;

		guest_at(guest_loop, cpl, 0);
		pmu_set(n, rows[i].ctl, 0);
		measure(run_guest, out, 0, 0, 0);
		pmu_stop();
		check_eq(out[MAX_COUNTERS + n] - out[n], rows[i].paper, "svm: %s, guest at CPL %u",
			 rows[i].name, (u64)cpl);
	}
	check_exit(EXIT_VMMCALL, guest_loop, 5 + 2 + 2, "VMMCALL");
}

/* RDPMC in a guest reads the same counters. Intercepted, it exits and is not counted. */
static void intercept(unsigned int cpl)
{
	u64 out[2 * MAX_COUNTERS];

	wrmsr(PERF_CTR(2), 4711);
	guest_at(guest_rdpmc, cpl, 0);
	run_guest();
	check_exit(EXIT_VMMCALL, guest_rdpmc, 5 + 2, "RDPMC not intercepted");
	check_eq(VMCB(u64, VMCB_RAX), 4711, "svm: RDPMC in a guest reads the counter, CPL %u", (u64)cpl);

	pmu_set(0, EVENT(EV_INSN) | CTL_ANY | CTL_GUEST_ONLY, 0);
	guest_at(guest_rdpmc, cpl, MISC1_RDPMC);
	measure(run_guest, out, 0, 0, 0);
	pmu_stop();
	check_exit(EXIT_RDPMC, guest_rdpmc, 5, "RDPMC intercepted");
	check_eq(out[MAX_COUNTERS] - out[0], 1, "svm: an intercepted RDPMC is not counted, CPL %u",
		 (u64)cpl);

	/* CPL 0 ignores CR4.PCE, in a guest too. At CPL 3 the #GP comes before the intercept. */
	set_pce(false);
	guest_at(guest_rdpmc, 0, MISC1_RDPMC);
	run_guest();
	check_exit(EXIT_RDPMC, guest_rdpmc, 5, "RDPMC intercepted, PCE clear, CPL 0");
	guest_at(guest_rdpmc, 3, MISC1_RDPMC);
	VMCB(u32, VMCB_EXCEPTIONS) = 1u << VEC_GP;
	run_guest();
	check_exit(EXIT_EXCEPTION(VEC_GP), guest_rdpmc, 5, "RDPMC intercepted, PCE clear, CPL 3");
	set_pce(true);
}

/*
 * An overflow of the k-th guest instruction ends the guest there, by an intercepted
 * interrupt or NMI. After k instructions of mov, (dec, jnz) ... the guest is at mov + 5
 * bytes for odd k, and 2 bytes further for even k.
 */
static void guest_overflow(bool nmi, unsigned int cpl)
{
	bool ok = true;
	u64 k;

	for (k = 1; k < GUEST_LOOP; k++) {
		u64 rip = (u64)guest_loop + (k & 1 ? 5 : 7);

		apic_write(APIC_LVTPC, nmi ? LVT_NMI : VEC_PMI);
		guest_at(guest_loop, cpl, MISC1_INTR | MISC1_NMI);
		pmu_set(3, EVENT(EV_INSN) | CTL_ANY | CTL_GUEST_ONLY | CTL_INT, -k);
		run_guest();
		ok &= VMCB(u64, VMCB_EXITCODE) == (nmi ? EXIT_NMI : EXIT_INTR) &&
		      VMCB(u64, VMCB_RIP) == rip && !rdpmc(3);
		if (!ok) {
			say("  k = %u: exit 0x%x at 0x%x, paper 0x%x at 0x%x, counter %u", k,
			    VMCB(u64, VMCB_EXITCODE), VMCB(u64, VMCB_RIP),
			    (u64)(nmi ? EXIT_NMI : EXIT_INTR), rip, rdpmc(3));
			k = GUEST_LOOP;
		}
		pmu_stop();
		drain_interrupts();
	}
	apic_write(APIC_LVTPC, LVT_MASKED);
	check(ok, "svm: overflow at each instruction of a guest, CPL %u, %s", (u64)cpl,
	      nmi ? "NMI" : "fixed");
}

static void ignore(struct regs *r)
{
	if (r->vec == VEC_PMI)
		apic_write(APIC_EOI, 0);
}

bool svm_enable(void)
{
	u32 r[4];

	cpuid(0x80000001, r);
	if (!(r[2] >> 2 & 1))
		return false;
	wrmsr(MSR_VM_HSAVE_PA, (u64)host_save);
	wrmsr(EFER, rdmsr(EFER) | EFER_SVME);
	return true;
}

void svm_disable(void)
{
	wrmsr(EFER, rdmsr(EFER) & ~EFER_SVME);
}

void svm(void)
{
	unsigned int cpl;

	if (!svm_enable()) {
		check(true, "svm: guests # SKIP no SVM");
		return;
	}
	set_hook(VEC_PMI, ignore);
	set_hook(VEC_NMI, ignore);
	for (cpl = 0; cpl <= 3; cpl += 3) {
		filters(cpl);
		intercept(cpl);
		guest_overflow(false, cpl);
		guest_overflow(true, cpl);
	}
	set_hook(VEC_PMI, NULL);
	set_hook(VEC_NMI, NULL);
	svm_disable();
}
