/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ring.h - the guest's end of the ring of overflow records (pure).
 *
 * Interrupts off, on the VCPU that the page belongs to.
 */
#ifndef XEN_PMU_RING_H
#define XEN_PMU_RING_H

#include "pure.h"

/* The oldest record that was not read yet, in place, or NULL. */
static inline const struct xen_pmu_record *xen_pmu_ring_peek(const struct xen_pmu_page *page)
{
	u32 cons = page->consumer.cons;

	/* pairs with Xen's release: the record is whole */
	if (smp_load_acquire(&page->ring.prod) == cons)
		return NULL;
	return &page->ring.record[cons % XEN_PMU_RECORDS];
}

/* Give that record's place back to Xen. */
static inline void xen_pmu_ring_advance(struct xen_pmu_page *page)
{
	/* the record was read before Xen may write it again */
	smp_store_release(&page->consumer.cons, page->consumer.cons + 1);
}

/* Give all places back, also those of records that were not read. */
static inline void xen_pmu_ring_skip(struct xen_pmu_page *page)
{
	/* Xen may write there again */
	smp_store_release(&page->consumer.cons, READ_ONCE(page->ring.prod));
}

#endif /* XEN_PMU_RING_H */
