/* SPDX-License-Identifier: GPL-2.0-only */
/* self.S - the self-monitoring loop of perf_event_open(2): see self.h. */
#include "self.h"

	.text

/* rdi page, rsi result */
	.globl	self_read
	.type	self_read, @function
	.balign	64
self_read:
	xor	%r8d, %r8d
1:	inc	%r8			/* SELF_BEFORE: 1 */
	mov	8(%rdi), %r9d		/* 2: lock */
	mov	12(%rdi), %ecx		/* 3: index */
	mov	16(%rdi), %r10		/* 4: offset */
	testb	$4, 40(%rdi)		/* 5: cap_user_rdpmc */
	jz	2f			/* 6 */
	mov	%rcx, %r11		/* 7 */
	dec	%ecx			/* 8 */
	js	2f			/* 9 */
	rdpmc				/* SELF_AFTER: 1 */
	shl	$32, %rdx		/* 2 */
	or	%rdx, %rax		/* 3 */
	mov	$64, %ecx		/* 4 */
	sub	48(%rdi), %cx		/* 5: pmc_width */
	shl	%cl, %rax		/* 6 */
	sar	%cl, %rax		/* 7 */
	add	%r10, %rax		/* 8 */
	cmp	8(%rdi), %r9d		/* 9 */
	jne	1b			/* 10 */
	mov	%r8, 8(%rsi)		/* the pass is valid */
	mov	%r11, 16(%rsi)
	mov	%rax, (%rsi)
	ret
2:	cmp	8(%rdi), %r9d
	jne	1b
	mov	%r8, 8(%rsi)
	movq	$0, 16(%rsi)
	mov	%r10, (%rsi)
	ret
	.size	self_read, . - self_read

	.globl	self_nothing
	.type	self_nothing, @function
self_nothing:
	ret
	.size	self_nothing, . - self_nothing

/* rdi page, rsi before, rdx after, rcx piece, r8 its argument */
	.globl	self_between
	.type	self_between, @function
	.balign	64
self_between:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	sub	$8, %rsp		/* the stack is aligned at the call */
	mov	%rdi, %rbx
	mov	%rdx, %rbp
	mov	%rcx, %r12
	mov	%r8, %r13
	call	self_read
	mov	%r13, %rdi		/* 1 */
	call	*%r12			/* 2, then the piece */
	mov	%rbx, %rdi		/* 3 */
	mov	%rbp, %rsi		/* 4 */
	call	self_read		/* 5 */
	add	$8, %rsp
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.size	self_between, . - self_between

	.section .note.GNU-stack, "", @progbits
