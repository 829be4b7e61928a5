/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * spin.S - a whole program of known length, for perf stat and perf record.
 *
 * The program has no C library, so every user instruction between exec and exit is in
 * this file: 1 + 10 * SPIN_TURNS + 3.  Its branches are SPIN_TURNS times the JNZ, taken
 * every time but the last, and the SYSCALL, which counts as taken.
 */
#include <asm/unistd.h>
#include "spin.h"

	.text
	.globl	_start
	.type	_start, @function
_start:
	mov	$SPIN_TURNS, %edi
	.size	_start, . - _start

	.globl	spin_loop
	.type	spin_loop, @function
spin_loop:
	add	$1, %eax
	lea	1(%rax), %rdx
	xor	%edx, %ecx
	imul	%eax, %ecx
	mov	%rdx, %r8
	shl	$1, %r8
	not	%ecx
	test	%ecx, %ecx
	dec	%rdi
	jnz	spin_loop
	.size	spin_loop, . - spin_loop

	.globl	spin_exit
	.type	spin_exit, @function
spin_exit:
	xor	%edi, %edi
	mov	$__NR_exit, %eax
	syscall
	.size	spin_exit, . - spin_exit

	.section .note.GNU-stack, "", @progbits
