// SPDX-License-Identifier: GPL-2.0-only
/*
 * period.c - arithmetic of counters and sampling periods (pure).
 */
#include "period.h"

/*
 * xen_pmu_start_value - the counter value from which left events overflow
 * @left:	events to the end of the period; if it is over and nobody was told of
 *		it (the event has moved meanwhile), the next event tells
 * @width:	bits of the counter
 *
 * A period longer than half of the counter's range is run in pieces of that
 * length: the overflow at the end of a piece finds events left and goes on
 * with them.  Half, because AMD counters before PerfMonV2 tell an overflow by
 * their top bit (APM volume 2, 13.2.1).
 */
u64 xen_pmu_start_value(s64 left, unsigned int width)
{
	s64 longest = (s64)GENMASK_ULL(width - 2, 0);

	if (left > longest)
		left = longest;
	if (left < 1)
		left = 1;
	return (u64)-left & GENMASK_ULL(width - 1, 0);
}

/*
 * xen_pmu_renew - go on to the next period
 * @left:	in: events left of the period, 0 or less if it is over;
 *		out: events left of the current one, 1..@period
 * @period:	events of a period, at least 1
 *
 * Returns the number of periods that were over.  More than one means that the
 * overflow was handled late; none of them is forgotten, so that the samples'
 * weights add up to the count.
 */
u64 xen_pmu_renew(s64 *left, u64 period)
{
	u64 over, periods;

	if (*left > 0)
		return 0;
	over = (u64)-*left;
	/* period is 1..2^63-1 (perf_event_open(2) refuses bit 63) */
	periods = over / period + 1;
	*left = (s64)(period - over % period);
	return periods;
}
