/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * period.h - sampling periods: their length, what is left, and what a sample stands for (pure).
 *
 * A counter has width bits (1..63) and counts upwards; everything is modulo 2^width.  A
 * sampling counter is started at minus the number of events that are left of its period.
 * So it passes zero, and overflows, at the end.
 *
 * The words: Xen *repeats* a period when it begins the next one by itself, by taking the
 * period from the counter.  What it has *taken* is state.renewed in the page.  The driver
 * *advances* to the next period where Xen has not repeated it.  A sample *weighs* as many
 * events as it stands for.
 */
#ifndef XEN_PMU_PERIOD_H
#define XEN_PMU_PERIOD_H

#include "pure.h"

enum xen_pmu_period_kind {
	XEN_PMU_PERIOD_NONE,	/* the event only counts */
	XEN_PMU_PERIOD_FIXED,	/* the user has chosen the length: it is exact */
	/* perf adapts the length to a rate of samples: what a frozen counter counts may shorten it */
	XEN_PMU_PERIOD_RATE,
};

/*
 * The period of one event.  Of an event that only counts, @left and @repeat never change: they
 * make the counter start at half its range, and go on from zero.
 */
struct xen_pmu_period {
	enum xen_pmu_period_kind kind;
	u32 repeat;	/* the length with which Xen repeats the period; 0: Xen does not */
	s64 left;	/* events to the end of the present period; 0 or less: it is over */
	s64 paused_at;	/* @left when the event was stopped last */
	u64 taken;	/* the part of state.renewed that is in @left */
	/*
	 * What the next sample that perf gets stands for.  This is hw.last_period, which only
	 * xen_pmu_tell_period() writes, and which is read when perf adds the event.
	 */
	u64 weight;
	/* Events that have shortened a period uncounted, and are not yet taken from a weight. */
	u64 uncounted;
	/*
	 * What the counter of a fixed period counted from its last load to the end of that thaw,
	 * which the event does not count.
	 */
	u32 lead;
};

/* Events between two readings of a counter that wrapped at most once. */
static inline u64 xen_pmu_delta(u64 now, u64 before, unsigned int width)
{
	return (now - before) & GENMASK_ULL(width - 1, 0);
}

/*
 * The offset for a user page, where perf would say @offset (count - @prev).  A reader takes
 * the counter for a signed number, which is less by 2^width if its top bit is set.
 */
static inline u64 xen_pmu_user_offset(u64 offset, u64 prev, unsigned int width)
{
	return prev >> (width - 1) & 1 ? offset + BIT_ULL(width) : offset;
}

/*
 * The counter value from which @left events overflow.  @left 0 or less: the period is over, and
 * nobody was told because the event has moved meanwhile: the next event tells.
 *
 * A period longer than half of the counter's range is run in pieces of that length: the overflow
 * at the end of a piece finds events left and goes on with them.  Half, because AMD counters
 * before PerfMonV2 tell an overflow by their top bit (APM volume 2, 13.2.1).
 */
static inline u64 xen_pmu_start_value(s64 left, unsigned int width)
{
	s64 longest = (s64)GENMASK_ULL(width - 2, 0);

	if (left > longest)
		left = longest;
	if (left < 1)
		left = 1;
	return (u64)-left & GENMASK_ULL(width - 1, 0);
}

/* Events.  No thaw's own code counts more. */
#define XEN_PMU_LONGEST_LEAD	4096

/*
 * The counter value from which an event starts.  A counter of kernel code also counts the rest
 * of the thaw that loads it, and would overflow early by as much: in the thaw itself if little is
 * left of the period.  So it begins that much before.
 */
static inline u64 xen_pmu_period_start(const struct xen_pmu_period *p, unsigned int width)
{
	s64 left = p->left > 0 ? p->left : 1;

	if (left < S64_MAX - XEN_PMU_LONGEST_LEAD)
		left += p->lead;
	return xen_pmu_start_value(left, width);
}

/*
 * Events.  The way into an interrupt and out of it is kernel code that counts.  If less is left
 * of a period than that way executes, another overflow would only find that way.
 */
#define XEN_PMU_NEARLY_OVER	1024

/*
 * Is a period over whose counter has overflowed, and has also counted the driver?  Such a counter
 * can overflow a little early.  What is left is added to the next period, of which it is less
 * than a quarter.
 */
static inline bool xen_pmu_period_nearly_over(const struct xen_pmu_period *p)
{
	return p->left <= XEN_PMU_NEARLY_OVER && p->left < p->repeat / 4;
}

/* Events.  The instructions of an overflow's handler may count, and would end several. */
#define XEN_PMU_TOO_SHORT	256

/*
 * The length for xen_pmu_slot.period, or 0 if Xen must not repeat a period of @length.
 *
 * Perf's first period of an event that aims at a rate has a length of 1.  In kernel code such a
 * period would end again and again before its handler has begun, until the ring is full.
 */
static inline u32 xen_pmu_repeatable(u64 length, u64 modes)
{
	if (modes & XEN_PMU_CTL_OS && length < XEN_PMU_TOO_SHORT)
		return 0;
	return length <= S32_MAX ? (u32)length : 0;
}

/*
 * Is @length so near to @repeat that a period which aims at a rate may keep that?  Perf
 * corrects such a period a little after every sample, and each sample says its weight.
 */
static inline bool xen_pmu_is_near(u64 length, u64 repeat)
{
	return (length > repeat ? length - repeat : repeat - length) <= repeat / 64;
}

/* Take uncounted events from the weight; what is more than the weight waits for later samples. */
static inline void xen_pmu_period_weigh(struct xen_pmu_period *p)
{
	u64 less = p->uncounted < p->weight ? p->uncounted : p->weight;

	p->uncounted -= less;
	p->weight -= less;
}

/*
 * The counter has counted @skipped events between freeze and thaw, and the event has not.
 * @loaded: this thaw has loaded the counter.  The code from the load to here hardly changes, so
 * the next load goes by what it has counted this time.  Twice as much as the last time is
 * something that came in between, an NMI for instance, and is not believed at once.
 */
static inline void xen_pmu_period_skip(struct xen_pmu_period *p, u64 skipped, bool loaded)
{
	if (p->kind == XEN_PMU_PERIOD_RATE) {
		p->left -= (s64)skipped;
		p->uncounted += skipped;
	} else if (loaded && p->kind == XEN_PMU_PERIOD_FIXED) {
		u64 most = p->lead && p->lead < XEN_PMU_LONGEST_LEAD / 2 ?
			   2 * p->lead : XEN_PMU_LONGEST_LEAD;

		p->lead = (u32)(skipped < most ? skipped : most);
	}
}

/* Note that Xen has taken @events more from the counter. */
static inline void xen_pmu_period_take(struct xen_pmu_period *p, u64 events)
{
	p->taken += events;
	p->left += (s64)events;
}

u64 xen_pmu_period_advance(struct xen_pmu_period *p, u64 length);
void xen_pmu_period_begin(struct xen_pmu_period *p, s64 left, u64 length, u64 modes);
u64 xen_pmu_period_take_one(struct xen_pmu_period *p, u64 pending);

#endif /* XEN_PMU_PERIOD_H */
