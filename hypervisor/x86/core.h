/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of one VCPU: what it has programmed, what they had counted when
 * last looked at, and how they get into and out of a physical CPU's counters.
 *
 * No function here may be interrupted on its CPU: callers disable interrupts.
 * Whatever counts does so in ring 3 or in a hardware guest only, so nothing counts
 * while these run.
 */
#ifndef PMU_CORE_H
#define PMU_CORE_H

#include "request.h"

/* MSR writes, for the statistics: for the slots of a batch, and for others. */
struct pmu_written {
    unsigned int batch, other;
};

struct pmu_core {
    const struct pmu_backend *be;
    const struct pmu_limits *lim;
    bool hvm;                       /* set after pmu_core_init() */
    uint64_t ctl[XEN_PMU_SLOTS];    /* as the guest asked */
    uint64_t hwctl[XEN_PMU_SLOTS];  /* as the hardware gets it, not enabled */
    uint64_t val[XEN_PMU_SLOTS];    /* when last looked at or written */
    uint32_t gen[XEN_PMU_SLOTS];    /* whose start was loaded last */
    uint32_t period[XEN_PMU_SLOTS]; /* from one overflow to the next, or 0 */
    uint64_t renewed[XEN_PMU_SLOTS]; /* taken from the counter for it */
    uint64_t run;                   /* slots that count */
    uint64_t in_user, in_kernel;    /* those of run that do in that mode */
    uint64_t intr;                  /* those of run whose overflow is told */
    bool ready;                     /* pmu_core_toggle() may be used */
};

/* What applying a batch did. */
struct pmu_applied {
    uint64_t slots;     /* whose programming or value it changed */
    uint64_t before;    /* that had overflowed under the old programming */
    uint64_t loaded;    /* whose start was loaded; renewed[] is 0 then */
    uint64_t dirty;     /* whose new val[] the counter does not hold */
};

/* Everything stopped and zero. */
void pmu_core_init(struct pmu_core *core, const struct pmu_backend *be,
                   const struct pmu_limits *lim);

/*
 * Reads the counters of slots, which must be loaded, and returns those that
 * wrapped since the last look and have INT set.
 *
 * There is no overflow status to ask, but a counter only goes up: if it is
 * below what it was, it wrapped.  Every wrap raises a PMI and every PMI looks,
 * so between two looks there is at most one, and it goes unseen only if the
 * counter was looked at just above zero and nobody looked (no VCPU switch, PMI
 * or batch for the slot) for nearly the 2^48 events until it wrapped: 15 hours
 * at 5e9 a second.  A guest that starts its counters at half their range, as
 * perf does, rules out that.
 */
uint64_t pmu_core_look(struct pmu_core *core, uint64_t slots);

/*
 * A batch that pmu_batch_check() let pass is about to become the VCPU's programming:
 * looks at the slots for which it changes anything, and fills *done, in which "before"
 * are those that have overflowed.  What is to be done about these has to be done by the
 * old programming: so before pmu_core_apply(), and with it pmu_core_renew().  hw is the
 * CPU that the VCPU is loaded on, or NULL: then nothing can have happened.
 */
void pmu_core_close(struct pmu_core *core, struct pmu_hw *hw,
                    const struct pmu_batch *batch, struct pmu_applied *done);

/*
 * After pmu_core_close(), makes the batch the VCPU's programming.  renewed: what
 * pmu_core_renew() has returned in between.  Nothing is written to the CPU yet, see
 * pmu_core_push().
 */
void pmu_core_apply(struct pmu_core *core, const struct pmu_batch *batch,
                    uint64_t renewed, struct pmu_applied *done);

/*
 * Writes what *hw does not hold already: the values of the slots in
 * done->dirty, and control registers so that the slots that count in the given
 * guest mode are on.  done may be NULL: no batch.
 *
 * toggled: the mode was the other one.  Then a write that does no more to a
 * slot of one mode than enable or disable it is the mode's, whatever the batch
 * did to the slot: when a stop and an equal start come one after the other in
 * the kernel, on the way between user mode and user mode, what is written is
 * the same as without them.
 */
void pmu_core_push(struct pmu_core *core, struct pmu_hw *hw, bool user,
                   bool toggled, const struct pmu_applied *done,
                   struct pmu_written *written);

/* Does one of slots count the guest's kernel mode? */
static inline bool pmu_core_has_kernel(const struct pmu_core *core,
                                       uint64_t slots)
{
    for ( ; slots; slots &= slots - 1 )
        if ( core->ctl[__builtin_ctzll(slots)] & XEN_PMU_CTL_OS )
            return true;

    return false;
}

/* Would pmu_core_push() without a batch have nothing to do? */
static inline bool pmu_core_is_pushed(const struct pmu_core *core,
                                      const struct pmu_hw *hw, bool user)
{
    return hw->on == (user ? core->in_user : core->in_kernel);
}

/*
 * The same for a change of mode without a batch, while core->ready says that the
 * registers of all slots of one mode are programmed; only their enabling
 * changes, and no plan is needed.  Returns the number of MSRs written, all of
 * them the mode's.
 *
 * This one may be interrupted by a PMI, which looks at counters, and at nothing
 * that is changed here.
 */
static inline unsigned int pmu_core_toggle(const struct pmu_core *core,
                                           struct pmu_hw *hw, bool user)
{
    uint64_t from = hw->on, to = user ? core->in_user : core->in_kernel;

    hw->on = to;

    return core->be->toggle(core->hwctl, from, to);
}

/*
 * Loads the VCPU's counters on a CPU: afterwards every counter that RDPMC
 * reaches holds this VCPU's value (R9).
 */
void pmu_core_load(struct pmu_core *core, struct pmu_hw *hw, bool user,
                   struct pmu_applied *done, struct pmu_written *written);

/*
 * Takes the counters' values on the way out, and returns the slots that
 * overflowed.  Writes nothing: the counters stay enabled, which is exact while
 * only Xen runs (ring 0, and no guest of the hardware), and saves every write
 * when the same VCPU comes back.  Before another VCPU may run, pmu_core_load()
 * or pmu_hw_stop() must be called for that CPU.
 */
uint64_t pmu_core_save(struct pmu_core *core, struct pmu_hw *hw);

/*
 * For a CPU that is barred, where nothing is enabled and counters keep what is written
 * to them: lets them show the VCPU's values, which stand still.
 */
void pmu_core_park(const struct pmu_core *core);

/* Forgets the loaded VCPU's programming, without a look at its counters. */
void pmu_core_forget(struct pmu_core *core, struct pmu_hw *hw);

/*
 * Stops every counter that was ever loaded on this CPU, for a VCPU that cannot
 * read them.  Returns the number of MSRs written.
 */
unsigned int pmu_hw_stop(struct pmu_hw *hw, const struct pmu_backend *be,
                         const struct pmu_limits *lim);

/*
 * Starts the next period of those of slots that have one; their overflow must
 * have been seen by a look.  Changes val[] and renewed[] and returns the slots
 * where it did: the caller brings val[] to the hardware, where it is loaded.
 */
uint64_t pmu_core_renew(struct pmu_core *core, uint64_t slots);

/* Writes val[] of slots, which are loaded and on; returns the number of MSRs. */
unsigned int pmu_core_store(const struct pmu_core *core, uint64_t slots);

#endif /* PMU_CORE_H */
