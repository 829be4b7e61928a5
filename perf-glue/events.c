// SPDX-License-Identifier: GPL-2.0-only
/*
 * events.c - finds the event table of a CPU, and the slots that can count an event.
 */
#include "event_data.h"

#define AMD		XEN_PMU_VENDOR_AMD
#define ALL_MODELS	{ 0x00, 0xff }

/*
 * The first row that matches a CPU is used.
 *
 * The models are from the kernel (arch/x86/kernel/cpu/amd.c, bsp_init_amd()).  The last row
 * of a family covers the models that the kernel does not list.  Family 18h is Hygon's zen1.
 * Families from 1ah on have the codes of zen4, as in the kernel's own driver.
 */
static const struct xen_pmu_uarch uarchs[] = {
	{ AMD, { 0x0f, 0x14 },	 ALL_MODELS,	 "k8",	      &xen_pmu_k8 },
	{ AMD, { 0x15, 0x15 },	 ALL_MODELS,	 "bulldozer", &xen_pmu_f15h },
	{ AMD, { 0x16, 0x16 },	 ALL_MODELS,	 "k8",	      &xen_pmu_k8 },
	{ AMD, { 0x17, 0x17 },	 { 0x00, 0x2f }, "zen1",      &xen_pmu_zen1 },
	{ AMD, { 0x17, 0x17 },	 { 0x50, 0x5f }, "zen1",      &xen_pmu_zen1 },
	{ AMD, { 0x17, 0x17 },	 ALL_MODELS,	 "zen2",      &xen_pmu_zen2 },
	{ AMD, { 0x18, 0x18 },	 ALL_MODELS,	 "zen1",      &xen_pmu_zen1 },
	{ AMD, { 0x19, 0x19 },	 { 0x10, 0x1f }, "zen4",      &xen_pmu_zen4 },
	{ AMD, { 0x19, 0x19 },	 { 0x60, 0xaf }, "zen4",      &xen_pmu_zen4 },
	{ AMD, { 0x19, 0x19 },	 ALL_MODELS,	 "zen3",      &xen_pmu_zen2 },
	{ AMD, { 0x1a, ~0u },	 ALL_MODELS,	 "zen4",      &xen_pmu_zen4 },
	{ }
};

/* A CPU without a row counts raw events only. */
static const struct xen_pmu_event_table no_events;
static const struct xen_pmu_uarch raw_only = {
	.name = "raw events only", .table = &no_events,
};

static const struct xen_pmu_uarch *uarch = &raw_only;

/*
 * xen_pmu_find_uarch - the microarchitecture of a CPU; never NULL
 * @cpuid_sig:	CPUID leaf 1 EAX (APM volume 3, E.3.2; SDM volume 2, CPUID)
 */
const struct xen_pmu_uarch *xen_pmu_find_uarch(u32 vendor, u32 cpuid_sig)
{
	unsigned int family = cpuid_sig >> 8 & 0xf;
	unsigned int model = (cpuid_sig >> 4 & 0xf) | (cpuid_sig >> 12 & 0xf0);
	const struct xen_pmu_uarch *u;

	if (family == 0xf)
		family += cpuid_sig >> 20 & 0xff;
	for (u = uarchs; u->vendor; u++)
		if (vendor == u->vendor &&
		    family >= u->family[0] && family <= u->family[1] &&
		    model >= u->model[0] && model <= u->model[1])
			return u;
	return &raw_only;
}

/*
 * xen_pmu_events_init - choose the table of the physical CPU that Xen names in its offer
 */
void xen_pmu_events_init(const struct xen_pmu_const *offer)
{
	uarch = xen_pmu_find_uarch(offer->vendor, offer->cpuid_sig);
}

const struct xen_pmu_uarch *xen_pmu_uarch(void)
{
	return uarch;
}

/* The unit mask has the same place with every vendor. */
#define UNIT_MASK	0xff00ULL

static bool covers(const struct xen_pmu_constraint *c, u64 ctl)
{
	return (ctl & c->mask) == c->code &&
	       (!c->units || hweight64(ctl & UNIT_MASK) <= c->units);
}

/*
 * xen_pmu_slots_by - bitmap of the slots that can count @ctl, by the given table
 *
 * The bitmap has no fixed slots: those count nothing that is chosen by an event code.
 * 0 means that a guest cannot count the event.
 */
u64 xen_pmu_slots_by(const struct xen_pmu_event_table *table,
		     const struct xen_pmu_const *offer, u64 ctl)
{
	const struct xen_pmu_constraint *c;
	u64 slots = (1ULL << offer->nr_gp) - 1;

	if (ctl & offer->precise_mask)
		slots &= offer->precise_slots;
	for (c = table->constraints; c && c->mask; c++)
		if (covers(c, ctl))
			return slots & c->slots;
	return slots;
}

/*
 * xen_pmu_event_slots - bitmap of the slots that can count @ctl on this CPU
 */
u64 xen_pmu_event_slots(const struct xen_pmu_const *offer, u64 ctl)
{
	return xen_pmu_slots_by(uarch->table, offer, ctl);
}
