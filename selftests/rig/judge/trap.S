/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries into CPL 0 and returns from it: the common trap path into C, and calls of a
 * function at CPL 3.
 *
 * A test that counts CPL 0 instructions of a trap installs a handler of its own with
 * two or three instructions (set_gate()). Other traps use the common path.
 */
#include "layout.h"

	.text
/* 256 stubs of 16 bytes: push an error code if the CPU pushes none, and the vector. */
	.align 16
	.globl trap_stubs
trap_stubs:
	.set vector, 0
	.rept 256
	.align 16
	.if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17)
	push $0
	.endif
	push $vector
	jmp trap_common
	.set vector, vector + 1
	.endr

/* struct regs on the stack, in the order of judge.h; hook in C; back by IRETQ. */
trap_common:
	push %rax
	push %rbx
	push %rcx
	push %rdx
	push %rsi
	push %rdi
	push %rbp
	push %r8
	push %r9
	push %r10
	push %r11
	push %r12
	push %r13
	push %r14
	push %r15
	cld
	mov %rsp, %rdi
	mov %rsp, %rbp
	and $~15, %rsp
	call trap_c
	mov %rbp, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %r11
	pop %r10
	pop %r9
	pop %r8
	pop %rbp
	pop %rdi
	pop %rsi
	pop %rdx
	pop %rcx
	pop %rbx
	pop %rax
	add $16, %rsp
	iretq

/*
 * u64 user_call(void *fn, u64 a, u64 b, u64 c, u64 d, u64 e): calls fn(a, b, c, d, e) at
 * CPL 3 (or at the CPL of user_cpl()), with the caller's RFLAGS. For the first CPU only,
 * and not nested. The first instruction at that CPL is fn's first one; the last is the
 * INT at user_return.
 */
	.globl user_call, user_call_frame, user_cs, user_ss
user_call:
	pushfq
	push %rbx
	push %rbp
	push %r12
	push %r13
	push %r14
	push %r15
	mov %rsp, user_call_frame
	mov %rsp, tss + 4		/* RSP0 of the first CPU's TSS */
	mov %rdi, %rax
	mov %rsi, %rdi
	mov %rdx, %rsi
	mov %rcx, %rdx
	mov %r8, %rcx
	mov %r9, %r8
	mov $user_stack_top - 8, %r9d
	movq $user_return, (%r9)
	push user_ss
	push %r9
	pushfq
	push user_cs
	push %rax
	iretq

	.globl user_return, trap_return, trap_return_popped
user_return:
	int $VEC_RETURN

/* The gate VEC_RETURN leaves the CPL 3 context, and returns RAX from user_call(). */
trap_return:
	mov user_call_frame, %rsp
	pop %r15
	pop %r14
	pop %r13
	pop %r12
	pop %rbp
	pop %rbx
	popfq
trap_return_popped:
	ret

	.data
	.balign 8
user_cs:
	.quad SEL_UCODE
user_ss:
	.quad SEL_UDATA

	.bss
user_call_frame:
	.skip 8
	.section .note.GNU-stack, "", @progbits
