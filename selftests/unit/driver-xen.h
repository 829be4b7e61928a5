/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * driver-xen.h - a Xen of the simplest kind that keeps the page's promises,
 * for tests of the driver: counters that count when told to, an entry at
 * random at any access to the page, overflow records.
 */
#ifndef DRIVER_XEN_H
#define DRIVER_XEN_H

#include "arch-x86-xen-pmu/core/pure.h"

#define XEN_WIDTH	48
#define XEN_MASK	((1ULL << XEN_WIDTH) - 1)

struct fake_xen {
	struct xen_pmu_page page;
	struct xen_pmu_slot slot[XEN_PMU_SLOTS];	/* loaded */
	uint64_t counter[XEN_PMU_SLOTS];
	uint64_t run;
	uint32_t seen;
	bool virq;		/* pending */
	void (*nmi)(void);	/* instead of it, at once */
	bool refuse;		/* refuse every batch, and name no slot */
	uint64_t refuse_event;	/* refuse batches with a slot that counts it */
	bool revoked;		/* RDPMC faults, whatever the page says */
	bool flickers;		/* state.renewed changes at each look */
	uint32_t nonsense;	/* refused slot to name instead of the right one, + 1 */
	unsigned int entries;	/* 1 in so many accesses is an entry; 0: none */
	unsigned int noise;	/* kernel instructions at each access */
	uint64_t noise_sum;
	uint64_t writes;	/* changes of what the hardware holds */
	uint32_t applied;	/* batches */
	uint64_t syncs;
	unsigned long ticks;
	uint64_t random;
};

extern struct fake_xen xen;

uint64_t xen_random(void);
void xen_reset(unsigned int nr_slots);
void xen_entry(void);
/* The VCPU returns to user mode, through Xen: an entry, and more. */
void xen_to_user(void);
/*
 * The guest executes up to @nr instructions in that mode: until the first
 * counter has overflowed.  Returns how many (1..nr).
 */
uint64_t xen_execute(uint64_t nr, bool user);

#endif /* DRIVER_XEN_H */
