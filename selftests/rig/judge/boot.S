/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Brings the first CPU from the multiboot entry (32 bit, no paging) to 64-bit C, and
 * the second CPU from a SIPI (16 bit) to the same place.
 *
 * Memory: the first GiB is mapped one to one in large pages. All of it is open to
 * CPL 3 and writable, because the judge does not protect itself from its own code.
 * TEST_VA has small pages for tests, and APIC_VA the local APIC.
 */
#include "layout.h"

	.section .multiboot, "a"
	.align 4
	.long 0x1badb002, 0, -0x1badb002

	.text
	.code32
	.globl boot32
boot32:
	cli
	mov $boot_stack_top, %esp
	mov $pd0, %edi			/* 512 large pages: 0 .. 1 GiB */
	mov $0x87, %eax			/* present, writable, user, large */
	mov $512, %ecx
1:	mov %eax, (%edi)
	add $0x200000, %eax
	add $8, %edi
	dec %ecx
	jnz 1b
	call enter_long
	ljmp $SEL_KCODE, $boot64

/* Long mode with SSE on; clobbers EAX, ECX, EDX. The GDT's CS is not loaded yet. */
enter_long:
	lgdt gdt_ptr
	mov $0x620, %eax		/* CR4: PAE, OSFXSR, OSXMMEXCPT */
	mov %eax, %cr4
	mov $pml4, %eax
	mov %eax, %cr3
	mov $0xc0000080, %ecx		/* EFER: SCE, LME, NXE */
	rdmsr
	or $0x901, %eax
	wrmsr
	mov $0x80010033, %eax		/* CR0: PG, WP, NE, ET, MP, PE */
	mov %eax, %cr0
	ret

	.code64
boot64:
	mov $boot_stack_top, %rsp
	xor %edi, %edi
	jmp start64
ap64:
	mov $ap_stack_top, %rsp
	mov $1, %edi
start64:
	mov $SEL_KDATA, %eax
	mov %eax, %ds
	mov %eax, %es
	mov %eax, %ss
	xor %eax, %eax
	mov %eax, %fs
	mov %eax, %gs
	fninit
	push $0
	popfq
	mov %edi, %eax			/* load_descriptors, judge_main and ap_main */
	push %rdi			/* take the CPU's number */
	sub $8, %rsp
	call load_descriptors
	add $8, %rsp
	pop %rdi
	test %edi, %edi
	jnz 1f
	call judge_main
1:	call ap_main
2:	hlt
	jmp 2b

/* Copied to AP_START by smp_boot(). */
	.code16
	.globl ap_start16, ap_start16_end
ap_start16:
	cli
	xor %ax, %ax
	mov %ax, %ds
	lgdtl AP_START + (ap_gdt_ptr - ap_start16)
	mov %cr0, %eax
	or $1, %al
	mov %eax, %cr0
	ljmpl $SEL_KCODE, $AP_START + (ap_start32 - ap_start16)
	.code32
ap_start32:
	mov $SEL_KDATA, %eax
	mov %eax, %ds
	mov %eax, %ss
	mov $ap_stack_top, %esp
	mov $enter_long, %eax
	call *%eax
	ljmp $SEL_KCODE, $ap64
	.align 8
ap_gdt:
	.quad 0
	.quad 0x00cf9a000000ffff	/* SEL_KCODE, as 32-bit code */
	.quad 0x00cf92000000ffff	/* SEL_KDATA */
ap_gdt_ptr:
	.word . - ap_gdt - 1
	.long AP_START + (ap_gdt - ap_start16)
ap_start16_end:

	.data
	.align 16
	.globl gdt, gdt_ptr, idt_ptr
gdt:	.quad 0
	.quad 0x00af9a000000ffff	/* SEL_KCODE */
	.quad 0x00cf92000000ffff	/* SEL_KDATA */
	.quad 0x00cffa000000ffff	/* SEL_UBASE: 32-bit code, not used */
	.quad 0x00cff2000000ffff	/* SEL_UDATA */
	.quad 0x00affa000000ffff	/* SEL_UCODE */
	.fill NR_CPUS * 2, 8, 0		/* SEL_TSS(n), by load_descriptors() */
	.quad 0x00afba000000ffff	/* SEL_CODE(1) */
	.quad 0x00cfb2000000ffff	/* SEL_DATA(1) */
	.quad 0x00afda000000ffff	/* SEL_CODE(2) */
	.quad 0x00cfd2000000ffff	/* SEL_DATA(2) */
gdt_ptr:
	.word . - gdt - 1
	.quad gdt
idt_ptr:
	.word 256 * 16 - 1
	.quad idt

	.align 4096
	.globl pd1, test_pt
	.globl pml4
pml4:	.quad pdpt + 7
	.fill 511, 8, 0
pdpt:	.quad pd0 + 7, pd1 + 7
	.fill 510, 8, 0
pd1:	.quad test_pt + 7		/* TEST_VA = 1 GiB */
	.fill (APIC_VA - TEST_VA) / 0x200000 - 1, 8, 0
	.quad APIC_PHYS + 0x9b		/* present, writable, uncached, large */
	.fill 511 - (APIC_VA - TEST_VA) / 0x200000, 8, 0

	.bss
	.align 4096
pd0:	.skip 4096
test_pt:
	.skip 4096
	.globl idt, boot_stack_top, ap_stack_top, ist_top, user_stack_top
idt:	.skip 4096
	.skip 16384
boot_stack_top:
	.skip 16384
ap_stack_top:
	.skip 16384
user_stack_top:
	.skip NR_CPUS * 8192
ist_top:
	.section .note.GNU-stack, "", @progbits
