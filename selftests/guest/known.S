/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * known.S - a loop with known registers over a known stack, see known.h.
 *
 * The loop counts its turns in memory, so that no register changes.
 */
#include "known.h"

	.macro	SET reg, number
	movabs	$KNOWN_REG(\number), %\reg
	.endm

	.text
	.globl	known_loop
	.type	known_loop, @function
	.balign	64
known_loop:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	mov	%rdi, turns(%rip)
	mov	$KNOWN_WORDS, %ecx
	movabs	$KNOWN_WORD(0), %rax
1:	lea	-1(%rax,%rcx), %rdx	/* the last word first */
	push	%rdx
	dec	%ecx
	jnz	1b
	mov	%rsp, known_rsp(%rip)
	SET	rax, 0			/* the order of asm/perf_regs.h */
	SET	rbx, 1
	SET	rcx, 2
	SET	rdx, 3
	SET	rsi, 4
	SET	rdi, 5
	SET	rbp, 6
	SET	r8, 16
	SET	r9, 17
	SET	r10, 18
	SET	r11, 19
	SET	r12, 20
	SET	r13, 21
	SET	r14, 22
	SET	r15, 23
10:	nop
11:	test	%rax, %rax
12:	nop
13:	cmp	%rax, %rax
14:	nop
15:	test	%rbx, %rbx
16:	nop
17:	nop
18:	decq	turns(%rip)
19:	jnz	10b
	add	$8 * KNOWN_WORDS, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	known_loop, . - known_loop

	.section .rodata
	.globl	known_insn
	.balign	8
known_insn:
	.quad	10b, 11b, 12b, 13b, 14b, 15b, 16b, 17b, 18b, 19b

	.bss
	.globl	known_rsp
	.balign	8
known_rsp:
	.skip	8
turns:
	.skip	8

	.section .note.GNU-stack, "", @progbits
