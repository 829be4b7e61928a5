/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers for the assembly and the C files: selectors, vectors, and the few fixed
 * addresses of this machine.
 */
#ifndef JUDGE_LAYOUT_H
#define JUDGE_LAYOUT_H

/* Selectors. SYSRET takes its pair from STAR[63:48]: SS = base + 8, CS = base + 16. */
#define SEL_KCODE	0x08
#define SEL_KDATA	0x10
#define SEL_UBASE	0x18
#define SEL_UDATA	(0x20 | 3)
#define SEL_UCODE	(0x28 | 3)
#define SEL_TSS(cpu)	(0x30 + 16 * (cpu))
/* For CPL 1 and 2, which only the privilege tests use. */
#define SEL_CODE(cpl)	(0x40 + 16 * (cpl) + (cpl))
#define SEL_DATA(cpl)	(0x48 + 16 * (cpl) + (cpl))

#define NR_CPUS		2

/* Vectors. */
#define VEC_DE		0
#define VEC_DB		1
#define VEC_NMI		2
#define VEC_BP		3
#define VEC_UD		6
#define VEC_GP		13
#define VEC_PF		14
#define VEC_PMI		0x40
#define VEC_TIMER	0x41
#define VEC_IPI		0x42
#define VEC_INT		0x50	/* a gate that CPL 3 may use, for INT n */
#define VEC_RETURN	0x51	/* from CPL 3 back to the caller of user_call() */
#define VEC_SPURIOUS	0xff

/* The local APIC registers, mapped uncached where a 32-bit displacement reaches them. */
#define APIC_VA		0x50000000
#define APIC_PHYS	0xfee00000
#define APIC_ID		0x020
#define APIC_EOI	0x0b0
#define APIC_SVR	0x0f0
#define APIC_ICR	0x300
#define APIC_ICR_HI	0x310
#define APIC_LVTT	0x320
#define APIC_LVTPC	0x340
#define APIC_TMICT	0x380
#define APIC_TMCCT	0x390
#define APIC_TDCR	0x3e0

/* 512 small pages that tests map and unmap as they like (page table: test_pt). */
#define TEST_VA		0x40000000

/* The second CPU starts here, in real mode (the SIPI vector times 4096). */
#define AP_START	0x8000

#endif
