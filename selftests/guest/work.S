/* SPDX-License-Identifier: GPL-2.0-only */
/* work.S - pieces of work with known instructions.  work.h has the counts. */
#include <asm/unistd.h>
#include "work.h"

	.macro	FUNC name
	.globl	\name
	.type	\name, @function
	.balign	64
\name:
	.endm

	.macro	END name
	.size	\name, . - \name
	.endm

	.text
	.globl	work_text, work_text_end
	.balign	64
work_text:

/* edi fd, rsi before, rdx after, rcx size, r8 piece, r9 its argument */
FUNC work_between_reads
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	sub	$8, %rsp		/* the stack is aligned at the call */
	mov	%edi, %ebx
	mov	%rdx, %rbp
	mov	%rcx, %r12
	mov	%r8, %r13
	mov	%r9, %r14
	mov	%rcx, %rdx
	mov	$__NR_read, %eax
	syscall				/* the first value is taken here */
	mov	%rax, %r15		/* BETWEEN_INSNS: 1 */
	mov	%r14, %rdi		/* 2 */
	call	*%r13			/* 3, then the piece */
	mov	%ebx, %edi		/* 4 */
	mov	%rbp, %rsi		/* 5 */
	mov	%r12, %rdx		/* 6 */
	mov	$__NR_read, %eax	/* 7 */
	syscall				/* 8; the second value is taken here */
	xor	%ecx, %ecx
	cmp	%r12, %rax
	setne	%cl
	cmp	%r12, %r15
	setne	%al
	or	%cl, %al
	movzbl	%al, %eax
	neg	%eax
	add	$8, %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
END work_between_reads

FUNC work_loop
10:	add	$1, %eax
11:	lea	1(%rax), %rdx
12:	xor	%edx, %ecx
13:	imul	%eax, %ecx
14:	mov	%rdx, %r8
15:	shl	$1, %r8
16:	not	%ecx
17:	test	%ecx, %ecx
18:	dec	%rdi
19:	jnz	10b
	ret
END work_loop

FUNC work_straight
	.rept	ADDITIONS
	add	$1, %eax
	.endr
	ret
END work_straight

FUNC work_nottaken
1:	cmp	%edi, %edi
	jne	2f
	dec	%rdi
	jnz	1b
2:	ret
END work_nottaken

FUNC work_calls
1:	call	leaf
	dec	%rdi
	jnz	1b
	ret
END work_calls

	.type	leaf, @function
leaf:	ret
END leaf

FUNC work_rep
	mov	$REP_BYTES, %ecx
	lea	rep_bytes(%rip), %rdi
	xor	%eax, %eax
	rep stosb
	ret
END work_rep

FUNC work_syscalls
	mov	%rdi, %rdx		/* a system call preserves rdx */
1:	mov	$__NR_getppid, %eax
	syscall
	dec	%rdx
	jnz	1b
	ret
END work_syscalls

FUNC work_touch
	mov	8(%rdi), %rcx
	mov	(%rdi), %rdx
1:	movb	$1, (%rdx)
	add	$4096, %rdx
	dec	%rcx
	jnz	1b
	ret
END work_touch

FUNC work_exits
1:	mov	$EXITS_TURNS, %eax
2:	dec	%eax
	jnz	2b
	dec	%rdi
	jnz	1b
	ret
END work_exits

FUNC work_sleep
	xor	%esi, %esi
	mov	$__NR_nanosleep, %eax
	syscall
	ret
END work_sleep
work_text_end:

	.section .rodata
	.globl	work_loop_insn
	.balign	8
work_loop_insn:
	.quad	10b, 11b, 12b, 13b, 14b, 15b, 16b, 17b, 18b, 19b

	.bss
rep_bytes:
	.skip	REP_BYTES

	.section .note.GNU-stack, "", @progbits
