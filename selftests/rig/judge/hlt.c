// SPDX-License-Identifier: GPL-2.0-only
/*
 * HLT: one instruction, retired once, however long the processor then waits;
 * cycles do not count while it is halted (PMCx076, "not in halt").
 *
 * The test sets the timer far ahead, and executes STI, HLT. On paper: movl, sti, hlt,
 * cli, ret and the handler's movl, iretq. The time stamp counter goes on during HLT,
 * and shows that the processor did wait.
 *
 * Too many: HLT is counted when it halts, and again when it ends. Cycles equal to the
 * waiting time: the model counts time instead of execution.
 */
#include "judge.h"

#define WAIT_NS		1000000
#define HLTS		50

BODY(hlt_once,
	"movl $" STR(WAIT_NS) ", " STR(APIC_VA) " + " STR(APIC_TMICT) "\n"
	"sti; hlt; cli; ret");
/* mov; HLTS times movl, sti, hlt, cli, dec, jnz; ret */
BODY(hlt_often,
	"mov $" STR(HLTS) ", %ebx\n"
	"1: movl $" STR(WAIT_NS) ", " STR(APIC_VA) " + " STR(APIC_TMICT) "\n"
	"sti; hlt; cli; dec %ebx; jnz 1b; ret");
BODY(on_wake, "movl $0, " STR(APIC_VA) " + " STR(APIC_EOI) "; iretq");

/* With an interrupt pending, HLT ends at once. The CPU sends itself an IPI: movl ICR. */
BODY(hlt_pending,
	"movl $" STR(0x44000 | VEC_IPI) ", " STR(APIC_VA) " + " STR(APIC_ICR) "\n"
	"sti; hlt; cli; ret");

void hlt(void)
{
	const struct paper once = { .insn = 5 + 2, .branch = 1, .taken = 1, .far = 2 };
	const struct paper often = {
		.insn = 1 + HLTS * (6 + 2) + 1, .branch = HLTS + 1, .taken = HLTS - 1 + 1,
		.cond = HLTS, .far = 2 * HLTS,
	};
	u64 start;

	set_gate(VEC_TIMER, on_wake);
	set_gate(VEC_IPI, on_wake);
	apic_write(APIC_LVTT, VEC_TIMER);
	start = rdtsc();
	judge("hlt: once, woken by the timer", 0, hlt_once, 0, 0, 0, &once);
	/* judge() runs the body three times. */
	check(rdtsc() - start > 3ul * WAIT_NS, "hlt: time went on while it was halted");
	judge("hlt: fifty times", 0, hlt_often, 0, 0, 0, &often);
	judge("hlt: with an interrupt already pending", 0, hlt_pending, 0, 0, 0, &once);
	apic_write(APIC_LVTT, LVT_MASKED);
	set_gate(VEC_TIMER, NULL);
	set_gate(VEC_IPI, NULL);
}
