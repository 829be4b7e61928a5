// SPDX-License-Identifier: GPL-2.0-only
/*
 * The processor's own tables: task state, interrupt gates and their handlers; the
 * local APIC; the small pages at TEST_VA.
 */
#include "judge.h"

#define IST_NMI		1
#define IST_SIZE	8192

struct gate {
	u16 off0, sel;
	u8 ist, type;
	u16 off1;
	u32 off2, zero;
};

struct tss {
	u32 reserved0;
	u64 rsp[3], reserved1, ist[7], reserved2;
	u16 reserved3, iomap;
} __attribute__((packed));

extern u64 gdt[];
extern struct gate idt[256];
extern struct { u16 limit; u64 base; } __attribute__((packed)) gdt_ptr, idt_ptr;
extern u8 trap_stubs[256][16];
extern u8 ist_top[];
void trap_return(void);

struct tss tss[NR_CPUS];
u8 frames[4][4096] __attribute__((aligned(4096)));

static trap_hook_t hooks[256];

void set_gate(unsigned int vec, void (*handler)(void))
{
	u64 to = handler ? (u64)handler : (u64)trap_stubs[vec];
	/* INT n and INT3 may come from CPL 3. */
	u8 dpl = vec == VEC_BP || vec == VEC_INT || vec == VEC_RETURN ? 3 : 0;

	idt[vec] = (struct gate) {
		.off0 = to, .off1 = to >> 16, .off2 = to >> 32,
		.sel = SEL_KCODE, .type = 0x8e | dpl << 5,
		.ist = vec == VEC_NMI ? IST_NMI : 0,
	};
}

void set_hook(unsigned int vec, trap_hook_t hook)
{
	hooks[vec] = hook;
}

/* Called from trap.S for each trap without a handler of its own. */
void trap_c(struct regs *r)
{
	if (hooks[r->vec]) {
		hooks[r->vec](r);
		return;
	}
	judge_die("unexpected vector %u, error 0x%x at 0x%x, CS 0x%x, RSP 0x%x, RAX 0x%x, RCX 0x%x",
		  r->vec, r->err, r->rip, r->cs, r->rsp, r->rax, r->rcx);
}

static void load_tss(unsigned int cpu)
{
	u64 base = (u64)&tss[cpu], *desc = &gdt[SEL_TSS(cpu) / 8];

	tss[cpu].iomap = sizeof(struct tss);
	tss[cpu].ist[IST_NMI - 1] = (u64)ist_top - cpu * IST_SIZE;
	desc[0] = (sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | 0x89ul << 40 |
		  (base >> 24 & 0xff) << 56;
	desc[1] = base >> 32;
	asm volatile("lgdt %0" : : "m" (gdt_ptr));
	asm volatile("ltr %w0" : : "r" (SEL_TSS(cpu)));
}

/* boot.S calls this on each CPU, before all other C code. */
void load_descriptors(unsigned int cpu)
{
	unsigned int vec;

	if (!cpu) {
		for (vec = 0; vec < 256; vec++)
			set_gate(vec, NULL);
		set_gate(VEC_RETURN, trap_return);
	}
	load_tss(cpu);
	asm volatile("lidt %0" : : "m" (idt_ptr));
	wrmsr(MSR_STAR, (u64)SEL_UBASE << 48 | (u64)SEL_KCODE << 32);
	wrmsr(MSR_FMASK, RFLAGS_IF);
}

/* Switches the local APIC on, and the old interrupt controllers (on by the firmware) off. */
void apic_init(void)
{
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	apic_write(APIC_SVR, 0x100 | VEC_SPURIOUS);
	apic_write(APIC_TDCR, 0xb);		/* divide by 1 */
	apic_write(APIC_LVTT, LVT_MASKED);
	apic_write(APIC_LVTPC, LVT_MASKED);
}

void apic_timer_once(u32 ticks)
{
	apic_write(APIC_LVTT, VEC_TIMER);
	apic_write(APIC_TMICT, ticks);
}

void user_cpl(unsigned int cpl)
{
	extern u64 user_cs, user_ss;

	user_cs = cpl == 3 ? SEL_UCODE : SEL_CODE(cpl);
	user_ss = cpl == 3 ? SEL_UDATA : SEL_DATA(cpl);
}

void set_pce(bool on)
{
	u64 cr4;

	asm volatile("mov %%cr4, %0" : "=r" (cr4));
	cr4 = on ? cr4 | CR4_PCE : cr4 & ~CR4_PCE;
	asm volatile("mov %0, %%cr4" : : "r" (cr4) : "memory");
}

void test_map(unsigned int n, void *frame)
{
	test_pt[n] = (u64)frame | 7;
	invlpg(TEST_VA + 4096ul * n);
}

void test_unmap(unsigned int n)
{
	test_pt[n] &= ~1ul;
	invlpg(TEST_VA + 4096ul * n);
}
