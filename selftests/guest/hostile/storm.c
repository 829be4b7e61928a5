// SPDX-License-Identifier: GPL-2.0-only
/*
 * storm.c - many overflows come while nobody empties the ring.
 *
 * Each batch starts a counter one instruction before its overflow.  Xen must account
 * for each overflow exactly once: as a record, as lost, or as throttled by the rate
 * limit.  The ring never holds more records than its size.  The guest goes on.
 *
 * A PVH or HVM guest first masks LVTPC in its own local APIC.  That APIC is emulated.
 * The mask must not reach the physical APIC: the interrupts still come.
 */
#include <linux/kernel.h>
#include <asm/apicdef.h>
#include <asm/msr.h>
#include <xen/xen.h>

#include "hostile.h"

#define OVERFLOWS 20000

static int overflow(struct victim *v)
{
	struct xen_pmu_slot *slot = &v->page->request.slot[0];

	batch_begin(v);
	v->page->request.changed = v->page->request.run = 1;
	slot->ctl = 0xc0 | XEN_PMU_CTL_USR | XEN_PMU_CTL_OS | XEN_PMU_CTL_INT;
	slot->start = counter_mask(v);
	slot->gen = v->seq + 12345;
	return batch_end(v);
}

static int stop(struct victim *v)
{
	batch_begin(v);
	return batch_end(v);
}

static void mask_own_lvtpc(void)
{
	if (!xen_pv_domain() &&
	    wrmsr_safe(APIC_BASE_MSR + (APIC_LVTPC >> 4), APIC_LVT_MASKED, 0))
		remark("this guest has no x2APIC: its LVTPC stays");
}

void test_storm(struct victim *v)
{
	const struct xen_pmu_state *s = &v->page->state;
	u64 records = s->nr_record, lost = s->nr_lost;
	u64 throttled = s->nr_throttled, pmi = s->nr_pmi, sum;
	u32 prod = v->page->ring.prod;
	int failed = 0;

	mask_own_lvtpc();
	v->page->consumer.cons = prod;
	for (int i = 0; i < OVERFLOWS; i++)
		failed += !!overflow(v);
	failed += !!stop(v);
	records = s->nr_record - records;
	lost = s->nr_lost - lost;
	throttled = s->nr_throttled - throttled;
	pmi = s->nr_pmi - pmi;
	prod = v->page->ring.prod - prod;
	sum = records + lost + throttled;
	remark("%llu interrupts, %llu records, %llu lost, %llu throttled",
	       pmi, records, lost, throttled);
	/* A VCPU switch notices a few overflows before the interrupt comes.  If no
	 * interrupt came at all, the next batch would notice all of them.
	 */
	result(pmi > OVERFLOWS / 2, "overflows interrupt");
	result(!failed, "%d batches in a storm are applied", OVERFLOWS + 1);
	result(sum == OVERFLOWS, "each overflow is accounted for once");
	result(prod <= XEN_PMU_RECORDS && records == prod,
	       "the ring holds %u records at most", XEN_PMU_RECORDS);
}
