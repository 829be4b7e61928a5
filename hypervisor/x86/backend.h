/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface of the back ends: the line between any PMU and one vendor's
 * (R12).
 *
 * Above this line, code speaks of slots, of ctl values in the layout of
 * pmu_page.h, and of plans.  A plan is a list of MSR writes.  A back end turns
 * the slots that are to count into a plan.  The callers are core.c, trial.c,
 * cpu.c and start.c; each amd_*.c is a back end.
 */
#ifndef PMU_BACKEND_H
#define PMU_BACKEND_H

#include "port.h"

#ifdef __XEN__
#include <public/arch-x86/pmu_page.h>
#else
#include "pmu_page.h"
#endif

/*
 * What decides which back end fits a CPU, from CPUID leaves 0, 1, 0x80000001,
 * 0x80000021 and 0x80000022.  A leaf that does not exist is zero here.
 */
struct pmu_cpu {
    uint8_t  vendor;        /* XEN_PMU_VENDOR_*, or 0 for any other */
    uint8_t  family;        /* display family: base plus extended */
    uint32_t signature;     /* leaf 1 EAX */
    uint32_t ext_ecx;       /* leaf 0x80000001 ECX */
    uint32_t perfmon_eax;   /* leaf 0x80000022 EAX, EBX */
    uint32_t perfmon_ebx;
    uint32_t ext21_eax;     /* leaf 0x80000021 EAX */
};

/* cpuid.c: reads *cpu from the CPU that executes this. */
void pmu_cpu_read(struct pmu_cpu *cpu);

struct pmu_event {
    uint64_t event;                 /* event select and unit mask bits */
    uint8_t  policy;                /* lowest policy that allows it */
};

/*
 * What a guest may ask for: what the CPU can do, narrowed by trial and policy.
 * The fields that pmu_page.h has, too, mean the same as there.
 */
struct pmu_limits {
    uint8_t  vendor, version;
    uint8_t  nr_gp, gp_width;
    uint8_t  nr_fixed, fixed_width;
    uint8_t  policy;                        /* XEN_PMU_POLICY_* */
    uint8_t  nr_allowed;
    uint32_t signature;
    uint32_t features;                      /* XEN_PMU_FEAT_* */
    uint64_t ctl_mask, fixed_mask, event_mask;
    uint64_t precise_mask, precise_slots;   /* bits that only some slots have */
    /*
     * Bits of a control register with which a counter counts only while a
     * hardware guest (HVM, PVH) runs.  USR and OS are then the guest's own
     * modes.  0: hardware guests cannot have the interface.
     */
    uint64_t guest_only;
    /*
     * Bits of DEBUGCTL, known from CPUID, with which an overflow freezes all
     * counters of the core.  No guest may set them.  0: the CPU has no such
     * bits.
     */
    uint64_t freezes;
    /* Xen can see and free frozen counters: see pmu_backend.frozen. */
    bool     thaws;
    /*
     * An event whose ctl equals refused_event in the bits of refused_mask is
     * refused under every policy: it counts what other cores do (R9), or is not
     * an event by itself.  If refused_mask is 0, no event is refused.
     */
    uint64_t refused_mask, refused_event;
    /* Events for policies below "all".  The first: retired instructions. */
    const struct pmu_event *event;
    unsigned int nr_events;
    uint64_t allowed[XEN_PMU_ALLOWED];
    uint32_t rdpmc[XEN_PMU_SLOTS];
    char     name[16];
};

/*
 * What the registers of one physical CPU hold.  Only that CPU uses it, with
 * interrupts off.  A register is written only if it holds something else (R6).
 */
struct pmu_hw {
    enum pmu_trial_state {
        PMU_CPU_UNTRIED = 0, /* not tried; all other fields are zero */
        PMU_CPU_GOOD,
        PMU_CPU_BARRED,      /* it cannot do all that guests are promised */
        PMU_CPU_BLIND,       /* as BARRED, and RDPMC shows wrong values */
    } trial;
    /*
     * Control registers of the slots in set.  The back end decides whether
     * their enable bits are in here or follow from on.
     */
    uint64_t ctl[XEN_PMU_SLOTS];
    uint64_t value[XEN_PMU_SLOTS];  /* counters of the slots in known */
    uint64_t set;
    uint64_t known;
    uint64_t on;                    /* bitmap of the enabled slots */
    bool     global;                /* the global control equals on */
} PMU_CACHE_ALIGNED;

struct pmu_write {
    uint64_t val;
    uint32_t msr;
    uint32_t slots;                 /* bitmap of the slots that it is for */
};

/* Two registers for each slot, the global control, the global status */
#define PMU_PLAN_MAX (2 * XEN_PMU_SLOTS + 2)

struct pmu_plan {
    unsigned int nr;
    struct pmu_write write[PMU_PLAN_MAX];
};

struct pmu_backend {
    const char *name;
    /* Does it drive that CPU?  Fills *lim, which is zero, for policy "all". */
    bool (*probe)(const struct pmu_cpu *cpu, struct pmu_limits *lim);
    /*
     * The MSR of each slot's counter.  It reads and writes all bits of the
     * counter.  Bits above the width read as zero (APM volume 2, 13.2.1,
     * PERF_CTR).
     */
    const uint32_t *counter;
    /* The MSR of each general-purpose slot's control register. */
    const uint32_t *select;
    /*
     * For limits.thaws: no counter counts while one of these bits is set in the
     * MSR "status".  Writing the bits to the MSR "status_clear" clears them.
     */
    uint32_t status, status_clear;
    uint64_t frozen;
    /*
     * Sets the registers that belong to no slot as the slots need them, and
     * stops and zeroes every other counter that RDPMC reaches (R9).  Called
     * once on each CPU before its trial, with interrupts off.  Its accesses may
     * fault.
     */
    void (*prepare)(const struct pmu_cpu *cpu, const struct pmu_limits *lim);
    /*
     * Appends to *plan the writes that make exactly the slots in "on" count,
     * each with ctl[slot] and the enable bit, and notes the result in *hw.  A
     * slot that is off may keep any programming.  slots: those that may differ
     * from *hw; all, the first time on a CPU.
     */
    void (*control)(struct pmu_hw *hw, uint64_t slots, const uint64_t *ctl,
                    uint64_t on, struct pmu_plan *plan);
    /*
     * control() for a change of a PV guest's mode that changes nothing else.
     * Makes the writes after which the slots in "to" count instead of those in
     * "from", and returns their number.  The register of each slot that is in
     * only one of the two already holds ctl[slot].  Only hw->on changes, and
     * the caller notes that.
     */
    unsigned int (*toggle)(const uint64_t *ctl, uint64_t from, uint64_t to);
};

extern const struct pmu_backend pmu_amd_legacy, pmu_amd_core, pmu_amd_v2;

/*
 * backend.c: all back ends.  The first whose probe() agrees and whose trial
 * passes drives the CPU.
 */
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

/* The bits of ctl that a guest may set for this slot. */
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

/* The bitmap of all slots. */
static inline uint64_t pmu_all_slots(const struct pmu_limits *lim)
{
    return PMU_BIT(pmu_nr_slots(lim)) - 1;
}

/* The number of bits of a slot's counter, 1 to 63. */
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
