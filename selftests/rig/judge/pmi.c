// SPDX-License-Identifier: GPL-2.0-only
/*
 * The handler of overflow interrupts, fixed or NMI, in C. It stores the registers that
 * it sees. Its own instructions are at CPL 0.
 */
#include "pmi.h"

struct pmi pmi;

static void on_pmi(struct regs *r)
{
	if (pmi.hits < 2) {
		pmi.rip[pmi.hits] = r->rip;
		pmi.cs[pmi.hits] = r->cs;
	}
	pmi.hits++;
	if (pmi.more)
		pmi.more(r);
	if (r->vec == VEC_PMI)
		apic_write(APIC_EOI, 0);
}

void pmi_begin(bool nmi)
{
	memset(&pmi, 0, sizeof(pmi));
	pmi.nmi = nmi;
	apic_write(APIC_LVTPC, nmi ? LVT_NMI : VEC_PMI);
	set_hook(VEC_PMI, on_pmi);
	set_hook(VEC_NMI, on_pmi);
}

void pmi_end(void)
{
	pmu_stop();
	apic_write(APIC_LVTPC, LVT_MASKED);
	drain_interrupts();
	set_hook(VEC_PMI, NULL);
	set_hook(VEC_NMI, NULL);
}

bool pmi_at(u64 k, u64 paper, bool *ok)
{
	bool good = pmi.hits == 1 && pmi.rip[0] == paper;

	if (!good && *ok)
		say("  k = %u: %u interrupts, RIP 0x%x, paper 0x%x", k, (u64)pmi.hits,
		    pmi.rip[0], paper);
	*ok &= good;
	return good;
}
