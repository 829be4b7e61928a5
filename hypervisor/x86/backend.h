/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The line between what any PMU does and what one vendor's does (R12).
 *
 * Everything above this line speaks of slots, of ctl values in the layout of
 * the public header, and of plans: lists of MSR writes.  A back end turns what
 * should count into a plan.
 */
#ifndef PMU_BACKEND_H
#define PMU_BACKEND_H

#include "port.h"

#ifdef __XEN__
#include <public/arch-x86/pmu_page.h>
#else
#include "pmu_page.h"
#endif

/* The CPU, as far as it decides which back end fits (CPUID leaves 0, 1,
 * 0x80000001, 0x80000021 and 0x80000022; a leaf that is not there is zero). */
struct pmu_cpu {
    uint8_t  vendor;        /* XEN_PMU_VENDOR_*, 0 = another one */
    uint8_t  family;        /* display family: base plus extended */
    uint32_t signature;     /* leaf 1 EAX */
    uint32_t ext_ecx;       /* leaf 0x80000001 ECX */
    uint32_t perfmon_eax;   /* leaf 0x80000022 EAX, EBX */
    uint32_t perfmon_ebx;
    uint32_t ext21_eax;     /* leaf 0x80000021 EAX */
};

/* Reads it from the CPU that executes this. */
void pmu_cpu_read(struct pmu_cpu *cpu);

struct pmu_event {
    uint64_t event;                 /* event select and unit mask bits */
    uint8_t  policy;                /* the least generous that allows it */
};

/* What a guest may ask for: the CPU's limits, narrowed by the policy. */
struct pmu_limits {
    uint8_t  vendor, version;
    uint8_t  nr_gp, gp_width;
    uint8_t  nr_fixed, fixed_width;
    uint8_t  policy;                        /* XEN_PMU_POLICY_* */
    uint8_t  nr_allowed;
    uint32_t signature;
    uint32_t features;                      /* XEN_PMU_FEAT_* */
    uint64_t ctl_mask, fixed_mask, event_mask;
    uint64_t precise_mask, precise_slots;   /* more bits of some slots */
    /*
     * Bits of a control register that make its counter count only while a
     * hardware guest (HVM, PVH) runs, USR and OS being that guest's own modes;
     * 0: such guests cannot have the interface.
     */
    uint64_t guest_only;
    /*
     * Bits of DEBUGCTL with which an overflow freezes the counters for everybody, by
     * CPUID; 0: there are none.  No guest gets at them.
     */
    uint64_t freezes;
    /* Frozen counters can be seen and freed: see pmu_backend.frozen. */
    bool     thaws;
    /*
     * A ctl that equals refused_event in the bits of refused_mask is refused
     * whatever the policy: it counts what other cores do (R9), or is no event by
     * itself; 0: there is none.
     */
    uint64_t refused_mask, refused_event;
    /* Events of the policies below "all", most basic first: instructions are. */
    const struct pmu_event *event;
    unsigned int nr_events;
    uint64_t allowed[XEN_PMU_ALLOWED];
    uint32_t rdpmc[XEN_PMU_SLOTS];
    char     name[16];
};

/*
 * What the counters of one physical CPU hold.  Values are never written twice:
 * each register is written only where this says that it holds something else.
 */
struct pmu_hw {
    enum pmu_trial_state {
        PMU_CPU_UNTRIED = 0, /* nothing is known; all else here is zero */
        PMU_CPU_GOOD,
        PMU_CPU_BARRED,      /* it cannot do what the guests were promised */
        PMU_CPU_BLIND,       /* and RDPMC shows there what it likes */
    } trial;
    /* Control registers, for slots in set; what their enable bits are is the
     * back end's, which may go by on. */
    uint64_t ctl[XEN_PMU_SLOTS];
    uint64_t value[XEN_PMU_SLOTS];  /* counters, for slots in known */
    uint64_t set;
    uint64_t known;
    uint64_t on;                    /* slots that are enabled */
    bool     global;                /* the global control is set to on, too */
} PMU_CACHE_ALIGNED;

struct pmu_write {
    uint64_t val;
    uint32_t msr;
    uint32_t slots;                 /* bitmap of the slots it is for */
};

/* Every slot's counter and control register, a global control and status. */
#define PMU_PLAN_MAX (2 * XEN_PMU_SLOTS + 2)

struct pmu_plan {
    unsigned int nr;
    struct pmu_write write[PMU_PLAN_MAX];
};

struct pmu_backend {
    const char *name;
    /* Does this back end drive that CPU?  Fills *lim, which is zero, with
     * policy "all". */
    bool (*probe)(const struct pmu_cpu *cpu, struct pmu_limits *lim);
    /*
     * The MSR of each slot's counter, for reading and for writing all bits; those
     * above its width read as zero (APM volume 2, 13.2.1 PERF_CTR).
     */
    const uint32_t *counter;
    /* The MSR of each general-purpose slot's control register. */
    const uint32_t *select;
    /*
     * Where limits.thaws: while the bits of frozen are set in the MSR status,
     * no counter counts.  Writing them to the MSR status_clear clears them.
     */
    uint32_t status, status_clear;
    uint64_t frozen;
    /*
     * Brings what is no slot's into the state that the slots rely on, and stops
     * and zeroes every other counter that RDPMC reaches (R9).  Once on each CPU,
     * before its trial, with accesses that may fault.
     */
    void (*prepare)(const struct pmu_cpu *cpu, const struct pmu_limits *lim);
    /*
     * Appends to plan the writes after which exactly the slots in "on" count,
     * each with ctl[slot] (with the enable bit yet to be added), and notes
     * them in *hw.  Slots that are off keep any programming.  slots: those for
     * which anything may have changed; the first time on a CPU, all.
     */
    void (*control)(struct pmu_hw *hw, uint64_t slots, const uint64_t *ctl,
                    uint64_t on, struct pmu_plan *plan);
    /*
     * The same for a change of a PV guest's mode that brings nothing else: makes
     * the writes after which the slots in "to" count, where those in "from" do,
     * and returns their number.  The registers of all slots of the two that are
     * not in both hold ctl[slot] already.  Notes nothing in *hw: what changes
     * there is "on".
     */
    unsigned int (*toggle)(const uint64_t *ctl, uint64_t from, uint64_t to);
};

extern const struct pmu_backend pmu_amd_legacy, pmu_amd_core, pmu_amd_v2;

/* All of them.  The first whose probe() agrees drives the CPU. */
extern const struct pmu_backend *const pmu_backends[];
extern const unsigned int pmu_nr_backends;

static inline void pmu_plan_add(struct pmu_plan *plan, uint32_t msr,
                                uint64_t val, uint32_t slots)
{
    plan->write[plan->nr].msr = msr;
    plan->write[plan->nr].val = val;
    plan->write[plan->nr].slots = slots;
    plan->nr++;
}

/* Bits of ctl that a guest may set for a slot. */
static inline uint64_t pmu_ctl_mask(const struct pmu_limits *lim,
                                    unsigned int slot)
{
    if ( slot >= lim->nr_gp )
        return lim->fixed_mask;

    return lim->ctl_mask |
           (lim->precise_slots & PMU_BIT(slot) ? lim->precise_mask : 0);
}

static inline unsigned int pmu_nr_slots(const struct pmu_limits *lim)
{
    return lim->nr_gp + lim->nr_fixed;
}

/* Bitmap of the slots that exist. */
static inline uint64_t pmu_all_slots(const struct pmu_limits *lim)
{
    return PMU_BIT(pmu_nr_slots(lim)) - 1;
}

/* Bits of a slot's counter, 1 to 63. */
static inline unsigned int pmu_width(const struct pmu_limits *lim,
                                     unsigned int slot)
{
    return slot < lim->nr_gp ? lim->gp_width : lim->fixed_width;
}

static inline uint64_t pmu_width_mask(const struct pmu_limits *lim,
                                      unsigned int slot)
{
    return PMU_BIT(pmu_width(lim, slot)) - 1;
}

#endif /* PMU_BACKEND_H */
