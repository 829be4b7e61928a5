/* SPDX-License-Identifier: GPL-2.0-only */
/* spin.S - the loops of kwork.h. */
#include <linux/linkage.h>

	.macro	SPIN name
SYM_FUNC_START(\name)
1:	add	$1, %eax
	lea	1(%rax), %rdx
	xor	%edx, %ecx
	imul	%eax, %ecx
	mov	%rdx, %r8
	shl	$1, %r8
	not	%ecx
	test	%ecx, %ecx
	dec	%rdi
	jnz	1b
	RET
SYM_FUNC_END(\name)
	.endm

	.text
	SPIN	kwork_leaf
	SPIN	kwork_late
	SPIN	kwork_open
	SPIN	kwork_masked
	SPIN	kwork_behind
