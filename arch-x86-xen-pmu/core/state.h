/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - what is known of the events of one VCPU and of their slots (pure).
 *
 * Perf's add, start, stop and del only edit what each event wants.  Everything happens
 * between freeze and thaw (freeze.c).  The states are drawn in ../README.md.
 *
 * A counter's *value* is here what RDPMC gives plus what Xen has taken for periods
 * (state.renewed).  So it counts on over overflows.
 */
#ifndef XEN_PMU_STATE_H
#define XEN_PMU_STATE_H

#include "assign.h"
#include "batch.h"
#include "period.h"
#include "programming.h"

struct perf_event;

/* The one state of an event.  Only xen_pmu_event_move() changes it. */
enum xen_pmu_event_state {
	XEN_PMU_EVENT_FREE,	/* perf has no event in this place */
	XEN_PMU_EVENT_STOPPED,	/* it is not to count; it may have a slot */
	XEN_PMU_EVENT_PAUSED,	/* stopped since the freeze, up to which its slot has counted for it */
	XEN_PMU_EVENT_WAITING,	/* it is to count: the thaw gives it a slot and loads that */
	XEN_PMU_EVENT_RUNNING,	/* its slot counts for it, as soon as Xen has applied that */
	XEN_PMU_EVENT_REFUSED,	/* Xen does not let it count, and nobody has reported that yet */
	XEN_PMU_EVENT_FAILED,	/* it was refused and reported, and never counts again */
	XEN_PMU_EVENT_STATES
};

/* An event that perf has added to this VCPU. */
struct xen_pmu_event {
	struct perf_event *perf;
	struct xen_pmu_wants wants;
	u64 allowed;		/* slots that can count it */
	u64 prev;		/* counter value up to which it has been counted */
	u64 count;		/* events counted that perf has not been told yet */
	struct xen_pmu_period period;
	u64 bit;		/* its place in xen_pmu_vcpu.event[], as a bit */
	u8 state;		/* enum xen_pmu_event_state */
	s8 slot;		/* or XEN_PMU_NO_SLOT */
	bool shows;		/* a sample tells how far the event has counted */
	u32 error;		/* XEN_PMU_ERR_*: why it is REFUSED or FAILED.. */
	u32 refused_slot;	/* ..and the slot that it had then */
};

/* Statistics of the driver; free-running. */
struct xen_pmu_vcpu_stats {
	u64 published;		/* batches */
	u64 asked;		/* times that the kernel needed RDPMC and did not have it */
	u64 synced;		/* batches that a sync hypercall followed */
	u64 loaded;		/* events programmed into a slot */
	u64 kept;		/* events whose slot ran the right thing (R6) */
	u64 moved;		/* events moved to make room for another */
	u64 drained;		/* records read from the ring */
	u64 dropped;		/* records of events that had gone (R7) */
	u64 early;		/* overflows before the end of the period */
	u64 unrecorded;		/* periods that ended without a record */
	u64 samples;		/* given to perf */
	u64 late;		/* samples without the stack that they came from */
	u64 strange;		/* records that no task can be blamed for */
	u64 nmis;		/* NMIs by which Xen told of records */
};

/* Where a VCPU is between freeze and thaw. */
enum xen_pmu_phase {
	XEN_PMU_THAWED,		/* what should count does */
	XEN_PMU_FROZEN,		/* nothing is counted; kernel code's counters are held */
	XEN_PMU_GOING,		/* an overflow is handled, which counts like any other code */
};

/* May the user mode that is to run read counters? */
enum xen_pmu_reader {
	XEN_PMU_READER_NONE,	/* no, or there is nothing to do for it */
	XEN_PMU_READER_COMES,	/* yes: on its way there it calls xen_pmu_vcpu_conceal() */
	XEN_PMU_READER_HERE,	/* yes: slots that no event has are blank */
};

/* For what a slot counts kernel code.  A slot that counts user code only is in no set. */
enum xen_pmu_use {
	XEN_PMU_USE_RATE,	/* for a period that aims at a rate: it may count the driver's code */
	XEN_PMU_USE_EXACT,	/* for a count or an exact period: it must not count that code */
	XEN_PMU_USES
};

/* Why a slot's counter cannot go on for an event, and has to be loaded again. */
enum xen_pmu_unfit {
	XEN_PMU_UNFIT_VALUE,	/* it has passed zero, or run on without its event */
	XEN_PMU_UNFIT_FOREIGN,	/* it holds counts of a process other than the next reader */
	XEN_PMU_UNFITS
};

/* One VCPU's events.  Sets of slots and of events are bitmaps. */
struct xen_pmu_vcpu {
	struct xen_pmu_batch batch;
	struct xen_pmu_page *page;	/* NULL while none is attached */
	enum xen_pmu_phase phase;	/* of the outermost freeze */
	unsigned int nested;		/* freezes inside of that one */
	unsigned int nr_slots;
	struct xen_pmu_counter counter[XEN_PMU_SLOTS];
	u32 flags;		/* the XEN_PMU_FLAG_* that the driver may set, as Xen knows them */
	u64 sync_modes;		/* modes whose start cannot wait for the next entry */
	enum xen_pmu_reader reader;
	bool seldom;		/* the kernel asks for each RDPMC, because it has few (reads.c) */
	unsigned int reads;	/* how often the kernel has read counters in this tick.. */
	unsigned long tick;	/* ..of xen_pmu_ticks() */
	u64 use[XEN_PMU_USES];	/* slots by use */
	u64 looked;		/* slots whose overflow is handled with a look at the counter */
	u64 unfit[XEN_PMU_UNFITS];	/* slots by reason */
	bool behind;		/* Xen has taken periods that no event has noted yet */
	u64 held;		/* slots whose value is in frozen[], and is that until the thaw */
	u64 frozen[XEN_PMU_SLOTS];
	struct xen_pmu_event event[XEN_PMU_SLOTS];
	unsigned int nr_events;
	u64 in[XEN_PMU_EVENT_STATES];	/* events in each state but FREE */
	struct xen_pmu_event *owner[XEN_PMU_SLOTS];	/* event of each slot, or NULL */
	bool watched;		/* who runs may look at user pages */
	u64 outdated;		/* events whose user page is out of date */
	struct xen_pmu_vcpu_stats stats;
};

static inline void xen_pmu_event_move(struct xen_pmu_vcpu *v, struct xen_pmu_event *e,
				      enum xen_pmu_event_state to)
{
	/* the bit leaves one set for another: in[XEN_PMU_EVENT_FREE] is not used */
	v->in[e->state] ^= e->bit;
	v->in[to] ^= e->bit;
	e->state = to;
}

/* Should the event count? */
static inline bool xen_pmu_event_active(const struct xen_pmu_event *e)
{
	return e->state == XEN_PMU_EVENT_WAITING || e->state == XEN_PMU_EVENT_RUNNING;
}

static inline bool xen_pmu_event_samples(const struct xen_pmu_event *e)
{
	return e->period.kind != XEN_PMU_PERIOD_NONE;
}

/* Does a slot stand for the event: does @prev come from its counter? */
static inline bool xen_pmu_event_seated(const struct xen_pmu_event *e)
{
	return e->slot != XEN_PMU_NO_SLOT && e->state != XEN_PMU_EVENT_WAITING;
}

/* Slots that count kernel code. */
static inline u64 xen_pmu_kernel_slots(const struct xen_pmu_vcpu *v)
{
	return v->use[XEN_PMU_USE_RATE] | v->use[XEN_PMU_USE_EXACT];
}

static inline bool xen_pmu_slot_unfit(const struct xen_pmu_vcpu *v, unsigned int slot)
{
	return (v->unfit[XEN_PMU_UNFIT_VALUE] | v->unfit[XEN_PMU_UNFIT_FOREIGN]) >> slot & 1;
}

#endif /* XEN_PMU_STATE_H */
