/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.h - what keeps NMIs away from events that somebody works with (pure).
 *
 * Interrupts off, on the CPU that the guard is of.
 */
#ifndef XEN_PMU_GUARD_H
#define XEN_PMU_GUARD_H

#include "pure.h"

/**
 * struct xen_pmu_guard - of one CPU's events
 * @busy:	how many have entered
 * @missed:	an NMI found somebody there
 */
struct xen_pmu_guard {
	unsigned int busy;
	bool missed;
};

/* Begin to work with the events; nests. */
static inline void xen_pmu_guard_enter(struct xen_pmu_guard *g)
{
	g->busy++;
	barrier();
}

/*
 * Stop.  True: an NMI was missed; the caller has entered again, for it, and leaves
 * again when it has handled that.
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

/* An NMI: has it entered?  If not, who is there will hear of it. */
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
