/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.h - keeps NMIs away from events that somebody works with (pure).
 *
 * Interrupts off, on the CPU that the guard is of.
 */
#ifndef XEN_PMU_GUARD_H
#define XEN_PMU_GUARD_H

#include "pure.h"

struct xen_pmu_guard {
	unsigned int busy;	/* how many have entered */
	bool missed;		/* an NMI came while somebody was there */
};

/* Begin to work with the events; nests. */
static inline void xen_pmu_guard_enter(struct xen_pmu_guard *g)
{
	g->busy++;
	barrier();
}

/*
 * Stop working with them.  True: an NMI was missed.  Then the caller has entered again, handles
 * what the NMI told, and leaves again.
 */
static inline bool xen_pmu_guard_leave(struct xen_pmu_guard *g)
{
	barrier();
	g->busy--;
	barrier();
	/* an NMI from here on handles its records itself */
	if (!READ_ONCE(g->missed) || g->busy)
		return false;
	g->busy++;
	barrier();
	g->missed = false;
	return true;
}

/* An NMI enters, if nobody is there; else who is there learns of it when leaving. */
static inline bool xen_pmu_guard_try(struct xen_pmu_guard *g)
{
	if (g->busy) {
		g->missed = true;
		return false;
	}
	xen_pmu_guard_enter(g);
	return true;
}

#endif /* XEN_PMU_GUARD_H */
