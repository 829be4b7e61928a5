/* SPDX-License-Identifier: GPL-2.0-only */
/* arm.S - arms a counter and runs a loop at once: see arm.h. */
#include <asm/unistd.h>
#include "arm.h"

#define PERF_EVENT_IOC_REFRESH	0x2402	/* _IO('$', 2) */

	.text
	.globl	arm_and_loop
	.type	arm_and_loop, @function
arm_and_loop:
	mov	%rsi, %r8		/* a system call preserves r8 */
	mov	$PERF_EVENT_IOC_REFRESH, %esi
	mov	$1, %edx
	mov	$__NR_ioctl, %eax
	syscall
	mov	%r8, %rdi		/* ARM_INSNS: 1 */
	jmp	work_loop		/* 2 */
	.size	arm_and_loop, . - arm_and_loop

	.section .note.GNU-stack, "", @progbits
