/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tree.S - a whole program with known callers at every instruction.
 *
 *	_start - tree_a - tree_b -+- tree_leaf		with frame pointers
 *				  `- tree_kernel	write(2) to kwork's file
 *	_start - plain_a - plain_b - plain_leaf		without: RBP is rubbish
 *
 * The work is in the leaves.  Every instruction has its CFI, so the unwind tables give
 * the callers in both halves.  Frame pointers give them only in the first half.
 *
 * usage: tree [LINE]	LINE is for /sys/kernel/debug/xen_pmu_kwork/run; the
 * status is 1 if it cannot be written.
 */
#include <asm/unistd.h>
#include "tree.h"

#define O_WRONLY 1

	.macro	FUNC name
	.globl	\name
	.type	\name, @function
	.balign	64
\name:
	.cfi_startproc
	.endm

	.macro	END name
	.cfi_endproc
	.size	\name, . - \name
	.endm

	.macro	FRAME
	push	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset rbp, -16
	mov	%rsp, %rbp
	.cfi_def_cfa_register rbp
	.endm

	.macro	RETURN
	pop	%rbp
	.cfi_def_cfa rsp, 8
	ret
	.endm

	.text
FUNC _start
	.cfi_undefined rip		/* there is no caller */
	mov	16(%rsp), %r12		/* LINE or NULL */
	xor	%ebp, %ebp		/* the last frame */
	call	tree_a
	call	plain_a
	mov	%r13d, %edi
	mov	$__NR_exit, %eax
	syscall
END _start

FUNC tree_a
	FRAME
	call	tree_b
	RETURN
END tree_a

FUNC tree_b
	FRAME
	call	tree_leaf
	xor	%r13d, %r13d
	test	%r12, %r12
	jz	1f
	call	tree_kernel
1:	RETURN
END tree_b

FUNC tree_leaf
	FRAME
	mov	$TREE_TURNS, %edi
1:	lea	1(%rax), %rax
	xor	%eax, %ecx
	dec	%rdi
	jnz	1b
	RETURN
END tree_leaf

FUNC tree_kernel
	FRAME
	lea	run_file(%rip), %rdi
	mov	$O_WRONLY, %esi
	mov	$__NR_open, %eax
	syscall
	mov	%eax, %edi
	xor	%edx, %edx
1:	cmpb	$1, (%r12,%rdx)		/* strlen */
	inc	%rdx
	jnc	1b
	dec	%rdx
	mov	%r12, %rsi
	mov	$__NR_write, %eax
	syscall
	cmp	%rdx, %rax
	setne	%r13b
	RETURN
END tree_kernel

FUNC plain_a
	push	%rbp
	.cfi_def_cfa_offset 16
	.cfi_offset rbp, -16
	mov	$0x5a5a5a5a, %ebp
	sub	$40, %rsp
	.cfi_def_cfa_offset 56
	call	plain_b
	add	$40, %rsp
	.cfi_def_cfa_offset 16
	pop	%rbp
	.cfi_def_cfa_offset 8
	.cfi_restore rbp
	ret
END plain_a

FUNC plain_b
	sub	$72, %rsp
	.cfi_def_cfa_offset 80
	call	plain_leaf
	add	$72, %rsp
	.cfi_def_cfa_offset 8
	ret
END plain_b

FUNC plain_leaf
	mov	$TREE_TURNS, %edi
	sub	$24, %rsp
	.cfi_def_cfa_offset 32
1:	lea	1(%rax), %rax
	xor	%eax, %ecx
	dec	%rdi
	jnz	1b
	add	$24, %rsp
	.cfi_def_cfa_offset 8
	ret
END plain_leaf

	.section .rodata
run_file:
	.asciz	"/sys/kernel/debug/xen_pmu_kwork/run"

	.section .note.GNU-stack, "", @progbits
