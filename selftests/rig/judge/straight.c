// SPDX-License-Identifier: GPL-2.0-only
/*
 * Straight code: each instruction runs once and is counted once.
 *
 * On paper, a body of n instructions and its RET has n + 1 instructions and one
 * branch, taken, not conditional. At CPL 3 all of it is user code, at CPL 0 kernel code.
 *
 * If this fails, no other topic can be trusted. Off by one: the reading instruction or
 * the RET is counted twice or not at all. Off by one for certain instructions only: the
 * emulator leaves its block after this instruction (or restarts the instruction), and
 * the count was taken too early or twice. Wrong for long runs only: blocks end in the
 * middle, and their sum is not the whole.
 */
#include "judge.h"

BODY(empty, "ret");
BODY(nop_1, "nop; ret");
BODY(nop_600, ".rept 600; nop; .endr; ret");
BODY(nop_20000, ".rept 20000; nop; .endr; ret");
/* Every length from 1 to 15 bytes, three times: 45. */
BODY(nop_lengths, ".rept 3\n"
	".byte 0x90\n .byte 0x66,0x90\n nopl (%rax)\n nopl 0(%rax,%rax,1)\n"
	".byte 0x0f,0x1f,0x40,0x00\n .byte 0x66,0x0f,0x1f,0x44,0x00,0x00\n"
	".byte 0x0f,0x1f,0x80,0,0,0,0\n .byte 0x0f,0x1f,0x84,0,0,0,0,0\n"
	".byte 0x66,0x0f,0x1f,0x84,0,0,0,0,0\n .byte 0x66,0x66,0x0f,0x1f,0x84,0,0,0,0,0\n"
	".byte 0x66,0x66,0x66,0x0f,0x1f,0x84,0,0,0,0,0\n"
	".byte 0x66,0x66,0x66,0x66,0x0f,0x1f,0x84,0,0,0,0,0\n"
	".byte 0x66,0x66,0x66,0x66,0x66,0x0f,0x1f,0x84,0,0,0,0,0\n"
	".byte 0x66,0x66,0x66,0x66,0x66,0x66,0x0f,0x1f,0x84,0,0,0,0,0\n"
	".byte 0x66,0x66,0x66,0x66,0x66,0x66,0x66,0x0f,0x1f,0x84,0,0,0,0,0\n"
	".endr\n ret");

static const struct {
	const char *name;
	void *fn;
	u64 insn;
} runs[] = {
	{ "straight: nothing but RET", empty, 1 },
	{ "straight: 1 NOP", nop_1, 1 + 1 },
	{ "straight: 600 NOPs", nop_600, 600 + 1 },
	{ "straight: 20000 NOPs, five pages", nop_20000, 20000 + 1 },
	{ "straight: NOPs of 1 to 15 bytes", nop_lengths, 3 * 15 + 1 },
};

/*
 * Small bodies, X(name, n, "n instructions"): one for each kind of instruction that an
 * emulator treats specially. Each stands between two NOPs, before a RET: n + 3
 * instructions. RDI points to 4 KiB of scratch, RSI is 1, RDX is 0 (judge_both()).
 */
#define SMALL_ANY(X) \
	X(lea, 1, "lea 8(%rdi,%rsi,4), %rax") \
	X(mul, 1, "imul %rsi, %rax") \
	X(div, 1, "div %rsi") \
	X(shld, 1, "shld $3, %rax, %rcx") \
	X(adc, 1, "adc %rax, (%rdi)") \
	X(cmov, 1, "cmovne %rax, %rcx") \
	X(setcc, 1, "setc %al") \
	X(bsf, 1, "bsf %rsi, %rax") \
	X(popcnt, 1, "popcnt %rax, %rax") \
	X(bswap, 1, "bswap %rax") \
	X(push_pop, 2, "push %rax; pop %rax") \
	X(pushf_popf, 2, "pushfq; popfq") \
	X(enter_leave, 2, "enter $16, $0; leave") \
	X(xchg, 1, "xchg %rax, (%rdi)") \
	X(lock_add, 1, "lock addq $1, (%rdi)") \
	X(xadd, 1, "lock xadd %rax, (%rdi)") \
	X(cmpxchg, 1, "lock cmpxchg %rcx, (%rdi)") \
	X(cmpxchg16b, 1, "lock cmpxchg16b (%rdi)") \
	X(lock_split, 1, "lock addq $1, 61(%rdi)") \
	X(store_split, 1, "mov %rax, 61(%rdi)") \
	X(store_two_pages, 1, "mov %rax, 4092(%rdi)") \
	X(fninit, 1, "fninit") \
	X(fldpi, 1, "fldpi") \
	X(fsin, 1, "fsin") \
	X(fdiv, 1, "fdivl (%rdi)") \
	X(fstp, 1, "fstpt (%rdi)") \
	X(fwait, 1, "fwait") \
	X(fxsave, 1, "fxsave 1024(%rdi)") \
	X(addps, 1, "addps %xmm0, %xmm1") \
	X(movdqu, 1, "movdqu 3(%rdi), %xmm2") \
	X(sqrtpd, 1, "sqrtpd %xmm2, %xmm3") \
	X(cvttsd2si, 1, "cvttsd2si %xmm0, %rax") \
	X(stmxcsr, 1, "stmxcsr (%rdi)") \
	X(lfence, 1, "lfence") \
	X(sfence, 1, "sfence") \
	X(mfence, 1, "mfence") \
	X(clflush, 1, "clflush (%rdi)") \
	X(prefetch, 1, "prefetcht0 (%rdi)") \
	X(pause, 1, "pause") \
	X(rdtsc, 1, "rdtsc") \
	X(rdpmc, 2, "mov %edx, %ecx; rdpmc") \
	X(cpuid, 1, "cpuid") \
	X(mov_from_ds, 1, "mov %ds, %eax") \
	X(mov_to_fs, 1, "mov %edx, %fs") \
	X(mov_to_ss, 2, "mov %ss, %eax; mov %eax, %ss") \
	X(verr, 1, "verr %dx") \
	X(cld, 1, "cld") \
	X(sahf, 1, "sahf") \
	X(lodsb, 1, "lodsb") \
	X(stosq, 1, "stosq")

/* Small bodies for CPL 0 only. */
#define SMALL_CPL0(X) \
	X(cli, 1, "cli") \
	X(sti_cli, 2, "sti; cli") \
	X(clts, 1, "clts") \
	X(cr0, 2, "mov %cr0, %rax; mov %rax, %cr0") \
	X(cr3, 2, "mov %cr3, %rax; mov %rax, %cr3") \
	X(cr4, 2, "mov %cr4, %rax; mov %rax, %cr4") \
	X(cr8, 2, "mov %cr8, %rax; mov %rax, %cr8") \
	X(dr7, 2, "mov %dr7, %rax; mov %rax, %dr7") \
	X(invlpg, 1, "invlpg (%rdi)") \
	X(wbinvd, 1, "wbinvd") \
	X(swapgs, 2, "swapgs; swapgs") \
	X(in, 1, "inb $0x61, %al") \
	X(out, 1, "outb %al, $0x80") \
	X(sgdt, 1, "sgdt (%rdi)") \
	X(lgdt, 1, "lgdt gdt_ptr") \
	X(lidt, 1, "lidt idt_ptr") \
	X(msr, 3, "mov $0xc0000082, %ecx; rdmsr; wrmsr") \
	X(mmio_read, 1, "mov " STR(APIC_VA) " + " STR(APIC_ID) ", %eax") \
	X(mmio_write, 1, "movl $0, " STR(APIC_VA) " + " STR(APIC_EOI) "") \
	X(mmio_rmw, 1, "orl $0, " STR(APIC_VA) " + " STR(APIC_LVTT) "")

/* Small bodies that need SSE4.2.  Family 10h does not have it. */
#define SMALL_SSE42(X) \
	X(crc32, 1, "crc32q %rsi, %rax")

#define SMALL_BODY(name, n, text) BODY(small_##name, "nop;" text "; nop; ret");
SMALL_ANY(SMALL_BODY)
SMALL_CPL0(SMALL_BODY)
SMALL_SSE42(SMALL_BODY)

#define SMALL_ROW(name, n, text) { "straight: " #name, small_##name, n + 3 },
static const struct {
	const char *name;
	void *fn;
	u64 insn;
} small_any[] = { SMALL_ANY(SMALL_ROW) }, small_cpl0[] = { SMALL_CPL0(SMALL_ROW) }, small_sse42[] = { SMALL_SSE42(SMALL_ROW) };

/*
 * An instruction of six bytes, MOV with a 32-bit address, lies across a page's end, at
 * each of its possible places: n NOPs, MOV, RET. The test writes the code into two pages
 * at TEST_VA at run time, so that the places are exact.
 */
#define CROSS_NOPS	10

static u64 write_crossing(unsigned int inside)
{
	static const u8 mov_eax_scratch[] = { 0x8b, 0x04, 0x25, 0, 0, 0, 0, 0xc3 };
	u8 *at = (u8 *)TEST_VA + 4096 - inside - CROSS_NOPS;

	memset(at, 0x90, CROSS_NOPS);
	memcpy(at + CROSS_NOPS, mov_eax_scratch, sizeof(mov_eax_scratch));
	*(u32 *)(at + CROSS_NOPS + 3) = (u64)scratch;
	return (u64)at;
}

static void crossing(void)
{
	const struct paper p = { .insn = CROSS_NOPS + 1 + 1, .branch = 1, .taken = 1 };
	unsigned int inside;

	test_map(0, frames[0]);
	test_map(1, frames[1]);
	for (inside = 0; inside <= 7; inside++) {
		void *fn = (void *)write_crossing(inside);

		judge_both("straight: an instruction across a page's end", fn, &p);
	}
	test_unmap(0);
	test_unmap(1);
}

/*
 * Code that rewrites the next instruction: ten times INCB of a byte of the following
 * MOV, the MOV, DEC, JNZ. 1 + 10 * 4 + RET; one branch in each round, nine of the ten
 * taken, and the RET. An emulator must throw away the block that it is executing.
 */
#define SMC_ROUNDS	10
BODY(self_modifying,
	"mov $" STR(SMC_ROUNDS) ", %ecx\n"
	"1: incb 2f + 1\n"
	"2: mov $0, %al\n"
	"dec %ecx\n"
	"jnz 1b\n"
	"ret");

void straight(void)
{
	struct paper p = { .branch = 1, .taken = 1 };
	const struct paper smc = {
		.insn = 1 + SMC_ROUNDS * 4 + 1, .branch = SMC_ROUNDS + 1,
		.taken = SMC_ROUNDS - 1 + 1, .cond = SMC_ROUNDS,
	};
	unsigned int i;
	u32 r[4];

	for (i = 0; i < ARRAY_SIZE(runs); i++) {
		p.insn = runs[i].insn;
		judge_both(runs[i].name, runs[i].fn, &p);
	}
	for (i = 0; i < ARRAY_SIZE(small_any); i++) {
		p.insn = small_any[i].insn;
		judge_both(small_any[i].name, small_any[i].fn, &p);
	}
	for (i = 0; i < ARRAY_SIZE(small_cpl0); i++) {
		p.insn = small_cpl0[i].insn;
		judge(small_cpl0[i].name, 0, small_cpl0[i].fn, (u64)scratch, 1, 0, &p);
	}
	cpuid(1, r);
	for (i = 0; (r[2] >> 20 & 1) && i < ARRAY_SIZE(small_sse42); i++) {
		p.insn = small_sse42[i].insn;
		judge_both(small_sse42[i].name, small_sse42[i].fn, &p);
	}
	crossing();
	judge_both("straight: code that rewrites its next instruction", self_modifying, &smc);
}
