/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the judge's topic files: TAP output, traps, the PMU's registers, and
 * judge(), which compares one body of code with its counts on paper.
 *
 * The rules that all papers use (their sources: AMD64 APM volume 2, 13.2 and
 * 8.1; volume 3, RDPMC; Family 17h PPR, core performance events):
 *
 * - An instruction is counted when it retires, under the programming and at the
 *   CPL at which it began: SYSCALL and INT n at CPL 3 are user instructions,
 *   SYSRET and IRETQ are kernel instructions; the WRMSR that enables a counter is
 *   not counted by it, and one that writes a running counter leaves exactly the
 *   value written.
 * - An instruction that faults does not retire. It is counted once, when it has
 *   been restarted and completes. Taking an exception or an interrupt is not an
 *   instruction.
 * - A repeated string instruction is one instruction, interrupted or not.
 * - Cycles not halted: on this rig an instruction that retires takes one cycle
 *   (-icount shift=0), and REP takes one more for each round.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "layout.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef _Bool bool;
#define true 1
#define false 0
#define NULL ((void *)0)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/*
 * BODY(name, "assembly"): a function in assembly, to be counted instruction by
 * instruction. A body may clobber every register but RSP and RBP.
 */
#define BODY(name, text)						\
	void name(void);						\
	asm(".pushsection .text\n.globl " #name "\n" #name ":\n"	\
	    text "\n.popsection\n")

#define STR_(x) #x
#define STR(x) STR_(x)		/* STR(N): the figure N in a body's text */

/* --- lib.c: output. Formats: %s, %u, %d, %x; every number is 64 bits wide. --- */

void say(const char *fmt, ...);			/* a diagnostic line, "# " first */
bool check(bool ok, const char *fmt, ...);	/* one TAP case; returns ok */
/* One TAP case; it passes if got == paper, else it prints both. */
bool check_eq(u64 got, u64 paper, const char *fmt, ...);
void judge_exit(void) __attribute__((noreturn));	/* plan line, end the machine */
void judge_die(const char *fmt, ...) __attribute__((noreturn));	/* "Bail out!" */
void *memcpy(void *to, const void *from, unsigned long n);
void *memset(void *to, int byte, unsigned long n);

/* --- cpu.c: descriptors, traps, local APIC --- */

struct regs {
	u64 r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
	u64 vec, err, rip, cs, rflags, rsp, ss;
};

typedef void (*trap_hook_t)(struct regs *);

/* A C function for a vector, run by the common trap path. NULL: none, the trap ends the judge. */
void set_hook(unsigned int vec, trap_hook_t hook);
/* Installs a test's own handler, which is entered directly; NULL: the common path again. */
void set_gate(unsigned int vec, void (*handler)(void));

static inline u32 apic_read(unsigned int reg)
{
	return *(volatile u32 *)(u64)(APIC_VA + reg);
}

static inline void apic_write(unsigned int reg, u32 val)
{
	*(volatile u32 *)(u64)(APIC_VA + reg) = val;
}

void apic_init(void);
/* VEC_TIMER once, "ticks" from now (1 tick = 1 ns of virtual time). */
void apic_timer_once(u32 ticks);
#define LVT_MASKED	(1u << 16)
#define LVT_NMI		(4u << 8)
#define LVT_PERIODIC	(1u << 17)

/* --- trap.S, measure.S --- */

u64 user_call(void *fn, u64 a, u64 b, u64 c, u64 d, u64 e);
void user_cpl(unsigned int cpl);	/* CPL of later user_call()s: 1, 2 or 3 */
extern u8 user_stack_top[];
u64 measure(void *fn, u64 *out, u64 a, u64 b, u64 c);

/* --- smp.c: run fn on the second CPU --- */

void smp_boot(void);
void smp_start(void (*fn)(void *), void *arg);
void smp_wait(void);

/* --- instructions --- */

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	asm volatile("rdmsr" : "=a" (lo), "=d" (hi) : "c" (msr) : "memory");
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 val)
{
	asm volatile("wrmsr" : : "c" (msr), "a" ((u32)val), "d" ((u32)(val >> 32)) : "memory");
}

static inline u64 rdpmc(u32 n)
{
	u64 lo, hi;

	asm volatile("rdpmc" : "=a" (lo), "=d" (hi) : "c" (n) : "memory");
	return hi << 32 | lo;
}

static inline u64 rdtsc(void)
{
	u64 lo, hi;

	asm volatile("rdtsc" : "=a" (lo), "=d" (hi) : : "memory");
	return hi << 32 | lo;
}

static inline void cpuid(u32 leaf, u32 r[4])
{
	asm volatile("cpuid" : "=a" (r[0]), "=b" (r[1]), "=c" (r[2]), "=d" (r[3])
		     : "a" (leaf), "c" (0));
}

static inline void outb(u16 port, u8 val)
{
	asm volatile("outb %0, %1" : : "a" (val), "Nd" (port));
}

static inline u8 inb(u16 port)
{
	u8 val;

	asm volatile("inb %1, %0" : "=a" (val) : "Nd" (port));
	return val;
}

static inline void sti(void) { asm volatile("sti" : : : "memory"); }
static inline void cli(void) { asm volatile("cli" : : : "memory"); }
/* Takes pending interrupts; STI holds them off for one more instruction. */
static inline void drain_interrupts(void) { asm volatile("sti; nop; nop; cli" : : : "memory"); }
static inline void invlpg(u64 va) { asm volatile("invlpg (%0)" : : "r" (va) : "memory"); }

#define EFER		0xc0000080
#define EFER_SVME	(1ul << 12)
#define MSR_STAR	0xc0000081
#define MSR_LSTAR	0xc0000082
#define MSR_FMASK	0xc0000084
#define CR4_PCE		(1ul << 8)
#define RFLAGS_IF	(1ul << 9)

void set_pce(bool on);			/* CR4.PCE of this CPU */

/* A page at TEST_VA + 4096 * n: mapped to frame (writable, user), or not at all. */
void test_map(unsigned int n, void *frame);
void test_unmap(unsigned int n);
extern u64 test_pt[512];
extern u8 frames[4][4096];		/* for test_map() */

/* --- pmu.c --- */

#define MAX_COUNTERS	6
#define COUNTER_MASK	((1ul << 48) - 1)
#define CORE_MSR	0xc0010200u			/* control, counter, control ... */
#define LEGACY_CTL(n)	(0xc0010000u + (n))		/* n < 4 */
#define LEGACY_CTR(n)	(0xc0010004u + (n))
#define GLOBAL_STATUS	0xc0000300u
#define GLOBAL_CTL	0xc0000301u
#define GLOBAL_STATUS_CLR 0xc0000302u
#define GLOBAL_STATUS_SET 0xc0000303u
#define ALL_COUNTERS	((1ul << nr_counters) - 1)	/* GLOBAL_CTL and GLOBAL_STATUS have a bit for each */

/* The processor's counters, by CPUID, and as its family and model require. */
enum kind { K8, ZEN, ZEN4 };
extern enum kind kind;
extern unsigned int nr_counters;	/* 4 or 6 */
extern bool have_core, have_global;

void pmu_identify(void);		/* some TAP cases; the counters that it must have */

/* Register names that work: legacy ones if there are no others. Assembly needs variables. */
extern u32 perf_ctl0, perf_ctr0;
static inline u32 PERF_CTL(unsigned int n)
{
	return have_core ? CORE_MSR + 2 * n : LEGACY_CTL(n);
}

static inline u32 PERF_CTR(unsigned int n)
{
	return have_core ? CORE_MSR + 1 + 2 * n : LEGACY_CTR(n);
}

#define CTL_USR		(1ul << 16)
#define CTL_OS		(1ul << 17)
#define CTL_INT		(1ul << 20)
#define CTL_EN		(1ul << 22)
#define CTL_INV		(1ul << 23)
#define CTL_CNT_MASK(n)	((n) * (1ul << 24))
#define CTL_GUEST_ONLY	(1ul << 40)
#define CTL_HOST_ONLY	(1ul << 41)
#define CTL_ANY		(CTL_USR | CTL_OS | CTL_EN)

#define EV_CYCLES	0x76
#define EV_INSN		0xc0
#define EV_BRANCH	0xc2
#define EV_MISPRED	0xc3
#define EV_TAKEN	0xc4
#define EV_FAR		0xc6
#define EV_RET		0xc8
#define EV_COND		0xd1		/* from ZEN on; on K8 the code means stalls, and the rig has none */
#define EV_COND_MISP	0xd2		/* ZEN only */
#define EV_P0_CYCLES	0x120		/* from ZEN on, unit mask 1 */
#define UMASK(u)	((u) * (1ul << 8))
/* PERF_CTL's encoding of a 12-bit event number. */
#define EVENT(e)	(((e) & 0xfful) | ((e) & 0xf00ul) << 24)

void pmu_stop(void);				/* every PERF_CTL and PERF_CTR to 0 */
void pmu_set(unsigned int n, u64 ctl, u64 ctr);	/* the counter first, then its control */

/*
 * Far transfers, exceptions and interrupts each are one branch, taken (and never
 * predicted): Family 17h PPR, PMCx0C2 to PMCx0C4, "all types of architectural
 * control flow changes, including exceptions and interrupts".
 */
#define FAR_BRANCH	1

/*
 * Does a value read by RDPMC or RDMSR include the reading instruction? The manuals do
 * not say, and this is the rig's choice (../qemu/target/i386/tcg/system/pmu.c). It does
 * not change the difference of two reads.
 */
#define READ_SELF	0

/* measure.S explains this number. */
#define MEASURE_INSNS	34
#define MEASURE_BRANCHES 1

/* A body's counts on paper, with its RET and without measure(). */
struct paper {
	u64 insn;	/* instructions at the CPL at which measure() runs */
	u64 other;	/* instructions at the other CPL */
	u64 branch;	/* near branches, taken or not, conditional or not */
	u64 taken;	/* of these, taken */
	u64 cond;	/* of these, conditional */
	u64 far;	/* far transfers: SYSCALL, SYSRET, IRETQ, INT n, far RET, exceptions, interrupts */
	u64 rounds;	/* cycles beyond the instructions: rounds of REP (rep.c) */
	void (*before)(void);	/* run before each measurement; may be NULL */
	/* If an interrupt may come any number of times, its handler counts them in *hits. */
	const u64 *hits;
	u64 hit_insn;	/* instructions of its handler, at CPL 0 */
};

/*
 * One TAP case: compares fn(a, b, c) at the given CPL with its paper, for every event:
 * in any mode, user only and kernel only. fn runs several times.
 */
bool judge(const char *name, unsigned int cpl, void *fn, u64 a, u64 b, u64 c,
	   const struct paper *paper);
/* judge() at both CPLs, with a = a scratch area of 4 KiB, b = 1, c = 0: two cases. */
void judge_both(const char *name, void *fn, const struct paper *paper);
extern u8 scratch[4096];

/* --- svm.c --- */

bool svm_enable(void);			/* false: this processor has none */
void svm_disable(void);
/* Sets vmcb to this machine's own state, at fn, with interrupts on; VMMCALL ends the guest. */
void guest_at(void (*fn)(void), unsigned int cpl, u32 intercepts);

/* --- one function for each topic --- */

void straight(void);
void branch(void);
void predict(void);
void rep(void);
void mode(void);
void fault(void);
void hlt(void);
void smp(void);
void svm(void);
void account(void);
void overflow(void);
void boundary(void);
void stress(void);
void rdpmc_topic(void);
void gp(void);
void global_after_reset(void);	/* before anything else is written */
void global(void);
void global_smp(void);		/* after smp(): the second CPU is there */

#endif
