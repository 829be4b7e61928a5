// SPDX-License-Identifier: GPL-2.0-only
/*
 * period.c - sampling periods: their length, what is left, and what a sample stands for (pure).
 */
#include "period.h"

/*
 * xen_pmu_period_advance - go on to the next period if the present one is over
 * @length:	events of a period, 1..2^63-1 (perf_event_open(2) refuses bit 63)
 *
 * @left is 1..@length then.  Returns the number of periods that were over.  More than one
 * means that the overflow was handled late.  None is forgotten, so that the samples' weights
 * add up to the count.
 */
u64 xen_pmu_period_advance(struct xen_pmu_period *p, u64 length)
{
	u64 over;

	if (p->left > 0)
		return 0;
	over = (u64)-p->left;
	p->left = (s64)(length - over % length);
	return over / length + 1;
}

/*
 * xen_pmu_period_begin - perf starts the event
 * @left:	hw.period_left
 * @length:	hw.sample_period
 *
 * A period that has begun keeps its weight if perf wants another length for the next.
 */
void xen_pmu_period_begin(struct xen_pmu_period *p, s64 left, u64 length, u64 modes)
{
	p->left = left;
	if (xen_pmu_period_advance(p, length))
		p->weight = length;
	if (p->kind == XEN_PMU_PERIOD_FIXED || !xen_pmu_is_near(length, p->repeat))
		p->repeat = xen_pmu_repeatable(length, modes);
}

/*
 * xen_pmu_period_take_one - note the period that Xen has taken for one record
 * @pending:	what Xen has taken and the event has not noted
 *
 * Xen takes one period for each record.  If @pending is a multiple of it, the rest is for the
 * records that follow; else the length has changed, and all of it is noted.  Returns what
 * was noted.
 */
u64 xen_pmu_period_take_one(struct xen_pmu_period *p, u64 pending)
{
	u64 one = pending;

	if (pending && p->repeat && !(pending % p->repeat))
		one = p->repeat;
	xen_pmu_period_take(p, one);
	return one;
}
