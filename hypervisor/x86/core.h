/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of one VCPU: how the guest has programmed them, what they had
 * counted at the last look, and how they get into and out of a physical CPU.
 * vcpu.c calls these functions.
 *
 * Except for pmu_core_toggle(), no function here may be interrupted on its CPU:
 * callers disable interrupts.  Counters count only in ring 3 or in a hardware
 * guest, so they stand still while these functions run.  "To look" at a counter
 * is to read it and to compare it with the value of the look before.
 */
#ifndef PMU_CORE_H
#define PMU_CORE_H

#include "request.h"

/* Numbers of MSRs written: for the slots of a batch, and for all others. */
struct pmu_written {
    unsigned int batch, other;
};

struct pmu_core {
    const struct pmu_backend *be;
    const struct pmu_limits *lim;
    bool hvm;                       /* a hardware guest; set after init */
    uint64_t ctl[XEN_PMU_SLOTS];    /* as the guest programmed it */
    uint64_t hwctl[XEN_PMU_SLOTS];  /* as the MSR needs it, without enable */
    uint64_t val[XEN_PMU_SLOTS];    /* value at the last look or write */
    uint32_t gen[XEN_PMU_SLOTS];    /* gen of the start loaded last */
    uint32_t period[XEN_PMU_SLOTS]; /* events between overflows, or 0 */
    uint64_t renewed[XEN_PMU_SLOTS]; /* sum subtracted for period */
    uint64_t run;                   /* bitmap of the slots that count */
    uint64_t in_user, in_kernel;    /* those of run that count in that mode */
    uint64_t intr;                  /* those of run with INT set */
    bool ready;                     /* pmu_core_toggle() may be used */
};

/* What applying a batch has changed: bitmaps of slots. */
struct pmu_applied {
    uint64_t slots;     /* programming or value has changed */
    uint64_t before;    /* overflowed under the old programming */
    uint64_t loaded;    /* start was loaded; renewed[] is now 0 */
    uint64_t dirty;     /* the counter does not hold val[] yet */
};

/* Sets *core to a VCPU without programming: all is stopped and zero. */
void pmu_core_init(struct pmu_core *core, const struct pmu_backend *be,
                   const struct pmu_limits *lim);

/*
 * Looks at the counters of slots, which must be loaded.  Returns the slots that
 * have wrapped since the last look and have INT set.
 *
 * There is no overflow status.  But a counter only goes up, so it has wrapped
 * if it is below its last value.  Each wrap raises a PMI, and each PMI looks,
 * so there is at most one wrap between two looks.  A wrap can pass unseen in
 * one case only: the last look found the counter just above zero, and nothing
 * looked again (no VCPU switch, PMI or batch for the slot) for the nearly 2^48
 * events until it wrapped.  At 5e9 events a second that takes 15 hours.  It
 * cannot happen to a guest that starts its counters at half of their range, as
 * perf does.
 */
uint64_t pmu_core_look(struct pmu_core *core, uint64_t slots);

/*
 * The first half of applying a batch that pmu_batch_check() has accepted: looks
 * at the slots for which the batch changes anything, and fills *done.
 * done->before are the slots that have overflowed.
 *
 * Their record and their next period (pmu_core_renew()) belong to the old
 * programming, so the caller makes both before pmu_core_apply().  hw is the CPU
 * on which the VCPU is loaded.  If hw is NULL, the VCPU is not loaded, and
 * nothing can have overflowed.
 */
void pmu_core_close(struct pmu_core *core, struct pmu_hw *hw,
                    const struct pmu_batch *batch, struct pmu_applied *done);

/*
 * The second half, after pmu_core_close(): makes the batch the VCPU's
 * programming.  renewed is what pmu_core_renew() has returned in between.
 * Writes no MSR: pmu_core_push() does that.
 */
void pmu_core_apply(struct pmu_core *core, const struct pmu_batch *batch,
                    uint64_t renewed, struct pmu_applied *done);

/*
 * Writes the MSRs that do not hold what they must, as *hw says: the counters of
 * the slots in done->dirty, and control registers, so that exactly the slots
 * that count in this guest mode are enabled.  done is NULL if there is no
 * batch.
 *
 * toggled: the guest was in the other mode before.  A write that only enables
 * or disables a slot of one mode is then counted for the mode, even if the
 * batch has changed the slot.  For example, a stop and an equal start in the
 * kernel, between two stays in user mode, cause the same writes as no batch at
 * all.
 */
void pmu_core_push(struct pmu_core *core, struct pmu_hw *hw, bool user,
                   bool toggled, const struct pmu_applied *done,
                   struct pmu_written *written);

/* Does any of these slots count the guest's kernel mode? */
static inline bool pmu_core_has_kernel(const struct pmu_core *core,
                                       uint64_t slots)
{
    for ( ; slots; slots &= slots - 1 )
        if ( core->ctl[__builtin_ctzll(slots)] & XEN_PMU_CTL_OS )
            return true;

    return false;
}

/* Would pmu_core_push() without a batch write nothing? */
static inline bool pmu_core_is_pushed(const struct pmu_core *core,
                                      const struct pmu_hw *hw, bool user)
{
    return hw->on == (user ? core->in_user : core->in_kernel);
}

/*
 * pmu_core_push() for a change of mode without a batch.  core->ready must be
 * true: it says that the registers of all slots of one mode are programmed, so
 * only their enabling changes and no plan is needed.  Returns the number of
 * MSRs written; all are counted for the mode.
 *
 * Interrupts may be on.  A PMI only looks at counters, and reads nothing that
 * this function changes.
 */
static inline unsigned int pmu_core_toggle(const struct pmu_core *core,
                                           struct pmu_hw *hw, bool user)
{
    uint64_t from = hw->on, to = user ? core->in_user : core->in_kernel;

    hw->on = to;

    return core->be->toggle(core->hwctl, from, to);
}

/*
 * Loads the VCPU's counters on this CPU.  Afterwards every counter that RDPMC
 * reaches holds this VCPU's value (R9).
 */
void pmu_core_load(struct pmu_core *core, struct pmu_hw *hw, bool user,
                   struct pmu_applied *done, struct pmu_written *written);

/*
 * Takes the counters' values when the VCPU is switched out.  Returns the slots
 * that have overflowed.
 *
 * Writes no MSR: the counters stay enabled.  That is exact as long as only Xen
 * runs, in ring 0 and not in a hardware guest, and it saves every write if the
 * same VCPU comes back.  Before another VCPU runs on this CPU, pmu_core_load()
 * or pmu_hw_stop() must be called.
 */
uint64_t pmu_core_save(struct pmu_core *core, struct pmu_hw *hw);

/*
 * For a barred CPU, where nothing is enabled and the counters keep what is
 * written to them: writes the VCPU's values to the counters, so that RDPMC
 * shows them.  The values stand still.
 */
void pmu_core_park(const struct pmu_core *core);

/* Forgets the programming of the loaded VCPU without a look at its counters. */
void pmu_core_forget(struct pmu_core *core, struct pmu_hw *hw);

/*
 * Stops every counter that was ever loaded on this CPU, for a VCPU that cannot
 * read them.  Returns the number of MSRs written.
 */
unsigned int pmu_hw_stop(struct pmu_hw *hw, const struct pmu_backend *be,
                         const struct pmu_limits *lim);

/*
 * Starts the next period of each of these slots that has one.  A look must have
 * found their overflow.  Changes val[] and renewed[], and returns the slots
 * where it did.  If the VCPU is loaded, the caller writes val[] to the
 * counters.
 */
uint64_t pmu_core_renew(struct pmu_core *core, uint64_t slots);

/*
 * Writes val[] of slots, which are loaded and enabled, to the counters.
 * Returns the number of MSRs written.
 */
unsigned int pmu_core_store(const struct pmu_core *core, uint64_t slots);

#endif /* PMU_CORE_H */
