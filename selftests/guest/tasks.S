/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tasks.S - work that moves between CPUs and makes tasks.  tasks.h has the counts.
 *
 * A system call preserves all registers except rax, rcx and r11.
 */
#include <asm/unistd.h>
#include "tasks.h"

/* linux/sched.h cannot be included here. */
#define CLONE_VM		0x00000100
#define CLONE_FS		0x00000200
#define CLONE_FILES		0x00000400
#define CLONE_SIGHAND		0x00000800
#define CLONE_THREAD		0x00010000
#define CLONE_SYSVSEM		0x00040000
#define CLONE_PARENT_SETTID	0x00100000
#define CLONE_CHILD_CLEARTID	0x00200000

#define THREAD_FLAGS	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | \
			 CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | \
			 CLONE_CHILD_CLEARTID)

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

FUNC tasks_hop
	mov	HOPS_MASKS(%rdi), %rdx
	mov	HOPS_NR(%rdi), %r8
	mov	HOPS_TURNS(%rdi), %r9
	mov	%rdi, %r10
	mov	$8, %esi		/* bytes of a mask */
	xor	%edi, %edi		/* this thread */
1:	mov	$__NR_sched_setaffinity, %eax
	syscall
	or	%rax, HOPS_FAILED(%r10)
	mov	%r9, %rcx
2:	dec	%rcx
	jnz	2b
	add	$8, %rdx
	dec	%r8
	jnz	1b
	ret
END tasks_hop

FUNC tasks_fork
	push	%rbx
	push	%rbp
	mov	%rdi, %rbx
	mov	FAMILY_TURNS(%rbx), %rbp
	mov	FAMILY_NR(%rbx), %r8
1:	mov	$__NR_fork, %eax
	syscall
	test	%rax, %rax
	jz	child
	or	%rax, FAMILY_FAILED(%rbx)
	add	$8, %rbp
	dec	%r8
	jnz	1b

	mov	FAMILY_NR(%rbx), %r8
2:	mov	$__NR_wait4, %eax
	mov	$-1, %rdi
	xor	%esi, %esi
	xor	%edx, %edx
	xor	%r10d, %r10d
	syscall
	or	%rax, FAMILY_FAILED(%rbx)
	dec	%r8
	jnz	2b
	pop	%rbp
	pop	%rbx
	ret
END tasks_fork

FUNC tasks_threads
	push	%rbx
	push	%rbp
	mov	%rdi, %rbx
	mov	FAMILY_TURNS(%rbx), %rbp
	mov	FAMILY_NR(%rbx), %r9
	mov	FAMILY_TIDS(%rbx), %rdx
1:	mov	$THREAD_FLAGS, %edi
	xor	%esi, %esi		/* no stack */
	mov	%rdx, %r10		/* the tid is set and later cleared here */
	mov	$__NR_clone, %eax
	syscall
	test	%rax, %rax
	jz	child
	mov	%eax, 4(%rdx)
	add	$8, %rbp
	add	$8, %rdx
	dec	%r9
	jnz	1b

	mov	FAMILY_NR(%rbx), %r9
	mov	FAMILY_TIDS(%rbx), %rdi
2:	mov	$__NR_futex, %eax
	xor	%esi, %esi		/* FUTEX_WAIT, while it is the tid */
	mov	4(%rdi), %edx
	xor	%r10d, %r10d		/* for ever */
	syscall				/* 0 or -EAGAIN */
	add	$8, %rdi
	dec	%r9
	jnz	2b
	pop	%rbp
	pop	%rbx
	ret
END tasks_threads

	.type	child, @function
child:	mov	(%rbp), %rcx
1:	dec	%rcx
	jnz	1b
	xor	%edi, %edi
	mov	$__NR_exit, %eax
	syscall
END child

	.section .note.GNU-stack, "", @progbits
