/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of one VCPU, and how they get into and out of a physical CPU.
 * core.h describes the functions.
 */
#include "core.h"

/* The slot of a bitmap's lowest bit, for loops that clear that bit. */
#define LOWEST(map) ((unsigned int)__builtin_ctzll(map))
#define CLEAR_LOWEST(map) ((map) &= (map) - 1)

void pmu_core_init(struct pmu_core *core, const struct pmu_backend *be,
                   const struct pmu_limits *lim)
{
    memset(core, 0, sizeof(*core));
    core->be = be;
    core->lim = lim;
}

/*
 * The register value for a PV guest (R5).  Both modes of a PV guest are ring 3,
 * and ring 0 is Xen.  So the hardware always counts user mode, and Xen enables
 * the slot only in the guest modes that it is to count.
 */
static uint64_t pv_ctl(uint64_t ctl)
{
    return (ctl & ~XEN_PMU_CTL_OS) | XEN_PMU_CTL_USR;
}

/*
 * The register value for a hardware guest (R5).  The CPU tells its modes apart,
 * and the guest_only bits leave Xen out.
 */
static uint64_t hvm_ctl(uint64_t ctl, const struct pmu_limits *lim)
{
    return ctl | lim->guest_only;
}

/* Computes hwctl, in_user, in_kernel and intr from ctl and run. */
static void derive(struct pmu_core *core)
{
    uint64_t run = core->run;

    core->in_user = core->in_kernel = core->intr = 0;

    for ( ; run; CLEAR_LOWEST(run) )
    {
        unsigned int slot = LOWEST(run);
        uint64_t ctl = core->ctl[slot];

        core->hwctl[slot] = core->hvm ? hvm_ctl(ctl, core->lim) : pv_ctl(ctl);
        if ( core->hvm || (ctl & XEN_PMU_CTL_USR) )
            core->in_user |= PMU_BIT(slot);
        if ( core->hvm || (ctl & XEN_PMU_CTL_OS) )
            core->in_kernel |= PMU_BIT(slot);
        if ( ctl & XEN_PMU_CTL_INT )
            core->intr |= PMU_BIT(slot);
    }
}

/* Every overflow calls this, with most slots set.  So test each slot. */
uint64_t pmu_core_look(struct pmu_core *core, uint64_t slots)
{
    const uint32_t *counter = core->be->counter;
    uint64_t wrapped = 0;
    unsigned int slot;

    for ( slot = 0; slots; slot++, slots >>= 1 )
    {
        uint64_t now;

        if ( !(slots & 1) )
            continue;

        now = pmu_rdmsr(counter[slot]);
        if ( now < core->val[slot] )
            wrapped |= PMU_BIT(slot);
        core->val[slot] = now;
    }

    return wrapped & core->intr;
}

/* Notes in *hw that the counters of slots hold val[] and stand still. */
static void note_values(const struct pmu_core *core, struct pmu_hw *hw,
                        uint64_t slots)
{
    hw->known |= slots;
    for ( ; slots; CLEAR_LOWEST(slots) )
        hw->value[LOWEST(slots)] = core->val[LOWEST(slots)];
}

/* The slots whose programming or value the batch changes. */
static uint64_t touched(const struct pmu_core *core,
                        const struct pmu_batch *batch)
{
    uint64_t slots = core->run ^ batch->run, changed = batch->changed;

    for ( ; changed; CLEAR_LOWEST(changed) )
    {
        unsigned int slot = LOWEST(changed);

        if ( batch->slot[slot].ctl != core->ctl[slot] ||
             batch->slot[slot].gen != core->gen[slot] )
            slots |= PMU_BIT(slot);
    }

    return slots;
}

uint64_t pmu_core_renew(struct pmu_core *core, uint64_t slots)
{
    uint64_t renewed = 0;

    for ( ; slots; CLEAR_LOWEST(slots) )
    {
        unsigned int slot = LOWEST(slots);
        uint64_t val = core->val[slot], period = core->period[slot];
        uint64_t take = period;

        if ( !period )
            continue;

        if ( val >= period )
            take += val - val % period;

        core->val[slot] = (val - take) & pmu_width_mask(core->lim, slot);
        core->renewed[slot] += take;
        renewed |= PMU_BIT(slot);
    }

    return renewed;
}

unsigned int pmu_core_store(const struct pmu_core *core, uint64_t slots)
{
    unsigned int nr = 0;

    for ( ; slots; CLEAR_LOWEST(slots), nr++ )
        pmu_wrmsr(core->be->counter[LOWEST(slots)], core->val[LOWEST(slots)]);

    return nr;
}

static void apply_start(struct pmu_core *core, unsigned int slot,
                        uint64_t start, struct pmu_applied *done)
{
    if ( core->val[slot] != start )
        done->dirty |= PMU_BIT(slot);

    core->val[slot] = start;
    core->renewed[slot] = 0;
    done->loaded |= PMU_BIT(slot);
}

/* The slots that go on, but whose period the batch changes. */
static uint64_t other_period(const struct pmu_core *core,
                             const struct pmu_batch *batch)
{
    uint64_t slots = 0, changed = batch->changed;

    for ( ; changed; CLEAR_LOWEST(changed) )
        if ( batch->slot[LOWEST(changed)].period !=
             core->period[LOWEST(changed)] )
            slots |= PMU_BIT(LOWEST(changed));

    return slots;
}

void pmu_core_close(struct pmu_core *core, struct pmu_hw *hw,
                    const struct pmu_batch *batch, struct pmu_applied *done)
{
    uint64_t slots;

    memset(done, 0, sizeof(*done));
    done->slots = touched(core, batch);

    /*
     * An overflow before the batch belongs to the old programming, even if its
     * PMI is still to come.  That PMI will find nothing.
     */
    if ( hw )
    {
        slots = (done->slots | other_period(core, batch)) & core->run;
        done->before = pmu_core_look(core, slots);
        note_values(core, hw, slots);
    }
}

void pmu_core_apply(struct pmu_core *core, const struct pmu_batch *batch,
                    uint64_t renewed, struct pmu_applied *done)
{
    uint64_t map;

    /* After pmu_core_renew() the counter does not hold val[] any more. */
    done->slots |= renewed;
    done->dirty = renewed;

    for ( map = batch->changed; map; CLEAR_LOWEST(map) )
    {
        unsigned int slot = LOWEST(map);
        const struct xen_pmu_slot *want = &batch->slot[slot];

        core->ctl[slot] = want->ctl;
        core->period[slot] = want->period;
        if ( want->gen != core->gen[slot] )
        {
            core->gen[slot] = want->gen;
            apply_start(core, slot, want->start, done);
        }
    }

    if ( !done->slots )
        return;

    core->run = batch->run;
    derive(core);
}

/*
 * Makes the plan's writes.  Counts a write as the batch's if it is for slots of
 * the batch only.  A write that other slots need, too, would have been made
 * anyway.
 */
static void run_plan(struct pmu_plan *plan, uint64_t batch,
                     struct pmu_written *written)
{
    unsigned int i;

    for ( i = 0; i < plan->nr; i++ )
    {
        pmu_wrmsr(plan->write[i].msr, plan->write[i].val);
        if ( plan->write[i].slots & ~batch )
            written->other++;
        else
            written->batch++;
    }

    plan->nr = 0;
}

/*
 * Which of these slots count one mode only, and have a control register that
 * already holds their programming?  It may or may not enable the slot.
 */
static uint64_t only_enabled(const struct pmu_core *core,
                             const struct pmu_hw *hw, uint64_t slots)
{
    uint64_t map = slots & (core->in_user ^ core->in_kernel) & hw->set;

    for ( slots = map; map; CLEAR_LOWEST(map) )
        if ( (hw->ctl[LOWEST(map)] ^ core->hwctl[LOWEST(map)]) &
             ~XEN_PMU_CTL_EN )
            slots &= ~PMU_BIT(LOWEST(map));

    return slots;
}

/*
 * pmu_core_push().  slots: those whose control registers may differ.  This adds
 * the slots that a change of mode enables or disables.
 */
static void push(struct pmu_core *core, struct pmu_hw *hw, uint64_t slots,
                 bool user, bool toggled, const struct pmu_applied *done,
                 struct pmu_written *written)
{
    uint64_t on = user ? core->in_user : core->in_kernel;
    uint64_t single = core->in_user ^ core->in_kernel, batch = 0, map;
    struct pmu_plan plan;

    plan.nr = 0;

    if ( done )
    {
        batch = done->slots;
        map = done->dirty;
        note_values(core, hw, map);
        for ( ; map; CLEAR_LOWEST(map) )
            pmu_plan_add(&plan, core->be->counter[LOWEST(map)],
                         core->val[LOWEST(map)], PMU_BIT(LOWEST(map)));
        run_plan(&plan, batch, written);

        if ( toggled )
            batch &= ~only_enabled(core, hw, batch);
    }

    core->be->control(hw, slots | (on ^ hw->on), core->hwctl, on, &plan);
    run_plan(&plan, batch, written);

    hw->known &= ~core->run;
    core->ready = only_enabled(core, hw, single) == single;
}

/* The load has programmed the slots that the batch does not change. */
void pmu_core_push(struct pmu_core *core, struct pmu_hw *hw, bool user,
                   bool toggled, const struct pmu_applied *done,
                   struct pmu_written *written)
{
    push(core, hw, done ? done->slots : 0, user, toggled, done, written);
}

/* Makes counters that a guest has frozen count again, for the next VCPU. */
static void thaw(const struct pmu_core *core, struct pmu_written *written)
{
    const struct pmu_backend *be = core->be;

    if ( !(pmu_rdmsr(be->status) & be->frozen) )
        return;

    pmu_wrmsr(be->status_clear, be->frozen);
    written->other++;
}

void pmu_core_load(struct pmu_core *core, struct pmu_hw *hw, bool user,
                   struct pmu_applied *done, struct pmu_written *written)
{
    unsigned int slot;

    if ( core->lim->thaws )
        thaw(core, written);

    /* Nothing is known of this CPU: stop all counters first. */
    if ( !hw->set )
    {
        struct pmu_plan plan;

        plan.nr = 0;
        core->be->control(hw, pmu_all_slots(core->lim), NULL, 0, &plan);
        run_plan(&plan, 0, written);
    }

    done->dirty = 0;
    for ( slot = 0; slot < pmu_nr_slots(core->lim); slot++ )
        if ( !(hw->known & PMU_BIT(slot)) ||
             hw->value[slot] != core->val[slot] )
            done->dirty |= PMU_BIT(slot);

    push(core, hw, pmu_all_slots(core->lim), user, false, done, written);
}

void pmu_core_park(const struct pmu_core *core)
{
    unsigned int slot;

    /* The trial has shown that counters keep values: PMU_CPU_BARRED. */
    for ( slot = 0; slot < pmu_nr_slots(core->lim); slot++ )
        pmu_wrmsr_safe(core->be->counter[slot], core->val[slot]);
}

uint64_t pmu_core_save(struct pmu_core *core, struct pmu_hw *hw)
{
    uint64_t wrapped = pmu_core_look(core, core->run);

    note_values(core, hw, core->run);

    return wrapped;
}

void pmu_core_forget(struct pmu_core *core, struct pmu_hw *hw)
{
    hw->known &= ~core->run;
    pmu_core_init(core, core->be, core->lim);
}

unsigned int pmu_hw_stop(struct pmu_hw *hw, const struct pmu_backend *be,
                         const struct pmu_limits *lim)
{
    struct pmu_written written = {};
    struct pmu_plan plan;

    plan.nr = 0;

    if ( hw->on )
        be->control(hw, hw->on, NULL, 0, &plan);

    run_plan(&plan, 0, &written);

    return written.other;
}
