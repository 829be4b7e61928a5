/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state.h - what is known of the events of one VCPU and of their slots (pure).
 *
 * Perf's add, start, stop and del only edit what each event wants.  Everything
 * happens between freeze and thaw, which nest: the outermost freeze stops Xen
 * from applying (batch.h) and reads the counters that count kernel code; the
 * outermost thaw gives slots to events, publishes at most one batch, and lets
 * those counters go on from there.  So nothing between the two is counted, and
 * all of a VCPU's events start and stop at one moment.
 *
 * Values of counters are here those of RDPMC plus what Xen has taken for periods
 * (state.renewed): so they count on over overflows.
 */
#ifndef XEN_PMU_STATE_H
#define XEN_PMU_STATE_H

#include "assign.h"
#include "batch.h"

struct perf_event;

/**
 * struct xen_pmu_event - an event that perf has added to this VCPU
 * @perf:	perf's event; NULL if this place is free
 * @ctl:	programming, without the enable bit; counts no mode: never runs
 * @allowed:	slots that can count it
 * @prev:	counter value up to which it has been counted
 * @count:	events counted that perf has not been told yet
 * @left:	sampling: events to the end of the period
 * @halted:	what @left was when the event was stopped
 * @period:	sampling: the period with which Xen goes on, or is to; 0: none
 * @renewed:	sampling: the part of state.renewed that is in @left
 * @rate:	sampling: the period is only a means to a rate.  What is not counted
 *		between freeze and thaw may then shorten it: @left goes on as the
 *		counter does
 * @shows:	sampling: a sample tells how far it has counted
 * @uncounted:	of that, what is not yet taken from what the next sample stands for
 * @lead:	sampling: what its counter counted between the last load and the end of that
 *		thaw, which the event does not count
 * @sampling:	it has a period
 * @running:	it should count
 * @slot:	or XEN_PMU_NO_SLOT
 * @bit:	its place in event[], as a bit
 * @error:	XEN_PMU_ERR_* if Xen has refused it: then it never runs again; else 0
 * @refused_slot:	the slot that it had then
 */
struct xen_pmu_event {
	struct perf_event *perf;
	u64 ctl;
	u64 allowed;
	u64 prev;
	u64 count;
	s64 left, halted;
	u32 period;
	u64 renewed;
	u64 uncounted;
	u32 lead;
	bool rate;
	bool shows;
	bool sampling;
	bool running;
	s8 slot;
	u64 bit;
	u32 error;
	u32 refused_slot;
};

/* Statistics of the driver; free-running. */
struct xen_pmu_vcpu_stats {
	u64 published;		/* batches */
	u64 asked;		/* syncs to be let at RDPMC */
	u64 synced;		/* of those, followed by a sync hypercall */
	u64 loaded;		/* events programmed into a slot */
	u64 kept;		/* events whose slot ran the right thing (R6) */
	u64 moved;		/* events moved to make room for another */
	u64 drained;		/* records read from the ring */
	u64 dropped;		/* records of events that had gone (R7) */
	u64 early;		/* overflows before the end of the period */
	u64 unrecorded;		/* periods that ended without a record */
	u64 samples;		/* given to perf */
	u64 late;		/* of those, without the stack that they came from */
	u64 strange;		/* records that cannot be (no user to blame) */
	u64 nmis;		/* NMIs of Xen's that told of records */
};

/**
 * struct xen_pmu_vcpu - one VCPU's events
 * @page:	NULL while none is attached
 * @depth:	how many freezes are open
 * @going:	the outermost is an xen_pmu_interrupted() that what runs counts through
 * @draining:	records are being handled
 * @nr_slots:	slots 0..nr_slots-1 exist
 * @width:	bits of each slot's counter
 * @rdpmc:	ECX for RDPMC of each slot
 * @can_hide:	Xen goes by XEN_PMU_FLAG_USER_RDPMC
 * @can_ask:	and by XEN_PMU_FLAG_SELDOM_RDPMC
 * @can_tell:	and by XEN_PMU_FLAG_TELL_RDPMC
 * @nmi:	overflows are told by NMIs
 * @seldom:	counters are read so seldom that it is better to ask Xen (reads.c)
 * @reads:	how often they were in this tick
 * @tick:	of xen_pmu_ticks()
 * @exposed:	user mode may read counters now; the slots that no event has are
 *		blank then, so that nobody reads what others have counted
 * @foreign:	slots with counts of other processes than the one that is to run, which
 *		may read counters: they are loaded anew instead of kept
 * @hiding:	it will call xen_pmu_vcpu_conceal() on its way to user mode, and a
 *		batch that needs a sync before does the same
 * @sync_modes:	modes of ctl whose start cannot wait for the next entry
 * @kernel:	slots of running events that count kernel code
 * @exact:	those of them that count, or whose period has to be exact
 * @look:	slots of sampling events whose overflow is handled with a look at the
 *		counter
 * @anew:	slots that are loaded anew instead of kept by the next thaw
 * @rest:	not all of state.renewed has been taken note of
 * @held:	slots whose value is in frozen[], and is that until the thaw
 * @load:	running events (by place in event[]) whose slot has still to be
 *		given or programmed (thaw)
 * @stopped:	events (by place in event[]) that were stopped since the freeze
 * @owner:	event of each slot, or NULL
 * @watched:	who runs may look at user pages
 * @unseen:	events (by place in event[]) whose user page is out of date, which nobody
 *		has looked at since
 * @refused:	events (by place in event[]) that Xen has refused and that nobody has
 *		reported yet
 */
struct xen_pmu_vcpu {
	struct xen_pmu_batch batch;
	struct xen_pmu_page *page;
	unsigned int depth;
	bool going;
	bool draining;
	unsigned int nr_slots;
	u8 width[XEN_PMU_SLOTS];
	u32 rdpmc[XEN_PMU_SLOTS];
	bool can_hide, exposed, hiding;
	bool can_ask, can_tell, nmi;
	bool seldom;
	unsigned int reads;
	unsigned long tick;
	u64 foreign;
	u64 sync_modes;
	u64 kernel, exact;
	u64 look;
	u64 anew;
	bool rest;
	u64 held;
	u64 frozen[XEN_PMU_SLOTS];
	struct xen_pmu_event event[XEN_PMU_SLOTS];
	unsigned int nr_events;
	u64 load, stopped;
	struct xen_pmu_event *owner[XEN_PMU_SLOTS];
	bool watched;
	u64 unseen;
	u64 refused;
	struct xen_pmu_vcpu_stats stats;
};

#endif /* XEN_PMU_STATE_H */
