/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * measure(fn, out, a, b, c): measures what fn(a, b, c) adds to each of six counters.
 *
 * out[0..5] are the counters before fn, and out[6..11] after fn; the caller subtracts.
 * On a processor with four counters the last two of each are the first two again.
 * It runs at any CPL at which RDPMC works.
 *
 * On paper, for every n, these instructions lie between the n-th RDPMC of the first
 * round and the n-th of the second: six times the five instructions of "read", the
 * three that set the arguments, the CALL, and fn itself with its RET. This includes
 * one of the two RDPMCs, whether or not a read includes the reading instruction. So
 * the difference is fn + MEASURE_INSNS, with MEASURE_INSNS = 6 * 5 + 3 + 1. One of
 * these is a branch, the CALL, taken and not conditional (judge.h).
 */
	.macro read n, at
	mov measure_ecx + 4 * \n, %ecx
	rdpmc
	shl $32, %rdx
	or %rdx, %rax
	mov %rax, 8 * (\at)(%rbp)
	.endm

	.text
	.globl measure
measure:
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	sub $8, %rsp
	mov %rdi, %rbx
	mov %rsi, %rbp
	mov %rdx, %r12
	mov %rcx, %r13
	mov %r8, %r14
	.irp n, 0, 1, 2, 3, 4, 5
	read \n, \n
	.endr
	mov %r12, %rdi
	mov %r13, %rsi
	mov %r14, %rdx
	call *%rbx
	.irp n, 0, 1, 2, 3, 4, 5
	read \n, (\n + 6)
	.endr
	add $8, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	ret
	.section .note.GNU-stack, "", @progbits
