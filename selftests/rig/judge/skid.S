/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code that is tested with an overflow at each of its instructions (overflow.c). Each
 * piece has a table with the addresses of its instructions, in the order in which they
 * run: skid_*[k] is the RIP after k instructions.
 */
#include "layout.h"

	/* Labels an instruction and enters it into the current table. */
	.macro step insn:vararg
.Lstep\@:
	\insn
	.pushsection .rodata
	.quad .Lstep\@
	.popsection
	.endm

	.macro table name
	.pushsection .rodata
	.balign 8
	.globl \name
\name:
	.popsection
	.endm

	/* Writes RDX to the MSR in ECX.  The WRMSR is the last instruction that is not counted. */
	.macro arm
	mov %edx, %eax
	shr $32, %rdx
	wrmsr
	.endm

	.text
/*
 * skid_arm(rounds, scratch, value, msr): write value to the counter, then the
 * loop. skid_loop(rounds, scratch): the loop alone. SKID_STEPS instructions a
 * round; loads, stores, a locked one, stack, calls, jumps.
 */
	.globl skid_arm, skid_loop, skid_end, skid_steps
skid_arm:
	arm
skid_loop:
.L0:	mov (%rsi), %rax
.L1:	add $1, %rax
.L2:	mov %rax, (%rsi)
.L3:	lock incq 8(%rsi)
.L4:	push %rax
.L5:	jmp .L6
	nop
.L6:	pop %rdx
.L7:	call .L8
.L10:	jmp .L11
.L8:	imul %rax, %rax
.L9:	ret
.L11:	rdtsc
.L12:	test %edi, %edi
.L13:	jz .L0			/* never taken */
.L14:	addps %xmm0, %xmm1
.L15:	dec %edi
.L16:	jnz .L0
skid_end:
	ret
	.pushsection .rodata
	.balign 8
skid_steps:
	.quad .L0, .L1, .L2, .L3, .L4, .L5, .L6, .L7, .L8, .L9, .L10, .L11
	.quad .L12, .L13, .L14, .L15, .L16
	.popsection

/* Each of the following: fn(any, scratch, value, msr), entered with IF clear. */

/* Interrupts are off until STI, and STI holds them off for one more instruction. */
	table skid_sti
	.globl skid_sti_code
skid_sti_code:
	arm
	step nop
	step nop
	step sti
	step nop
	step nop
	step nop
	step cli
	step ret

/* On, off, on again. */
	table skid_cli
	.globl skid_cli_code
skid_cli_code:
	sti
	nop
	arm
	step nop
	step cli
	step nop
	step sti
	step nop
	step nop
	step nop
	cli
	ret

/* A load of SS holds interrupts off for one instruction. */
	table skid_ss
	.globl skid_ss_code
skid_ss_code:
	mov %ss, %r8d
	sti
	nop
	arm
	step nop
	step mov %r8d, %ss
	step nop
	step nop
	step nop
	cli
	ret

/* REP: one instruction, of many rounds. */
	table skid_rep
	.globl skid_rep_code
skid_rep_code:
	sti
	mov %rsi, %rdi
	arm
	step mov $100, %ecx
	step rep stosb
	step nop
	step nop
	cli
	ret

/* An overflow at HLT, or before HLT, ends HLT. */
	table skid_hlt
	.globl skid_hlt_code
skid_hlt_code:
	arm
	step nop
	step sti
	step hlt
	step nop
	cli
	ret

/* UD2, which does not retire; the test's #UD handler steps over it. */
	table skid_ud2
	.globl skid_ud2_code
skid_ud2_code:
	sti
	nop
	arm
	step nop
	step ud2
	step nop
	step nop
	cli
	ret

/* At CPL 3, not armed here: SYSCALL, INT n. skid_syscall_code(): 3 NOPs around each. */
	table skid_syscall
	.globl skid_syscall_code
skid_syscall_code:
	step nop
	step syscall
	step nop
	step int $VEC_INT
	step nop
	step ret

/* The handlers of both: one instruction, and a label to be found at. */
	.globl skid_on_syscall, skid_on_int
skid_on_syscall:
	sysretq
skid_on_int:
	iretq

/*
 * Instructions that make an emulator leave, restart or retranslate its current block:
 * device and port accesses, CPUID, MSRs, control registers, code that changes the next
 * instruction, an instruction across a page's end, REP. CPL 0.
 */
	table skid_odd
	.globl skid_odd_code, skid_odd_end
skid_odd_code:
	push %rbx
	mov %rsi, %rdi
	sti
	nop
	arm
	step nop
	step mov APIC_VA + APIC_ID, %eax
	step movl $0, APIC_VA + APIC_EOI
	step inb $0x61, %al
	step outb %al, $0x80
	step xor %eax, %eax
	step cpuid
	step mov $0xc0000082, %ecx
	step rdmsr
	step wrmsr
	step mov $2, %ecx
	step rdpmc
	step rdtsc
	step mov %cr3, %rax
	step mov %rax, %cr3
	step invlpg (%rdi)
	step incb .Lchanged + 1
.Lchanged:
	step mov $0, %al
	step mov $5, %ecx
	step rep stosb
	step lock incq (%rdi)
	step fldpi
	step fstpl (%rdi)
	step wbinvd
	step pause
	step mov %cr0, %rax
	step mov %rax, %cr0
	step jmp .Lcross
	.balign 4096
	.skip 4096 - 4
.Lcross:
	step nop
	step mov $0x12345678, %eax
	step nop
	step call .Lcalled
.Lcalled:
	step add $8, %rsp
	step nop
skid_odd_end:
	cli
	pop %rbx
	ret

/*
 * The WRMSR that stops the counter is the last instruction that counts. If it is the
 * k-th, it overflows, and the interrupt comes after it. skid_stop_msr is its MSR.
 */
	table skid_stop
	.globl skid_stop_code
skid_stop_code:
	sti
	nop
	arm
	step mov skid_stop_msr, %ecx
	step xor %eax, %eax
	step xor %edx, %edx
	step wrmsr
	step nop
	step nop
	cli
	ret

/* CPL 3, not armed here. The second instruction, a load, faults and is restarted. */
	table skid_pf
	.globl skid_pf_code
skid_pf_code:
	step nop
	step mov (%rdi), %rax
	step nop
	step ret
	.section .note.GNU-stack, "", @progbits
