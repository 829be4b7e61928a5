// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which MSRs are written for which transition (R5, R6, R9).
 *
 * Xen promises to write only what differs.  So each case states two numbers of writes
 * that can be worked out on paper: those for the slots of the batch, and all others.
 * One write too many wastes time at every entry.  One too few is a wrong count or a
 * leak, so the registers are compared as well.
 *
 * All cases run with every back end.  Without a global control, starting or stopping n
 * counters is n writes, because each counter has its own enable bit.  With a global
 * control it is one write, and a counter's own control is written only for another
 * event.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "kselftest.h"

#include "core.h"
#include "hypervisor-model.h"
#include "policy.h"
#include "ring.h"

#define U	XEN_PMU_CTL_USR
#define K	XEN_PMU_CTL_OS
#define INT	XEN_PMU_CTL_INT
#define INSN	0xc0
#define BRANCH	0xc2

#define USER	true
#define KERNEL	false

void pmu_test_read(const volatile void *field, size_t size)
{
}

static const struct pmu_backend *be;
static struct pmu_limits lim;
static enum model_kind kind;
static struct pmu_hw hw;
static struct pmu_core core, other;
static struct pmu_batch batch;
static uint32_t gen;

static void setup(void)
{
	memset(&hw, 0, sizeof(hw));
	memset(&batch, 0, sizeof(batch));
	model_this = 0;
	model_reset(kind);
	be = model_backend(&lim);
	pmu_policy_apply(&lim, XEN_PMU_POLICY_ALL);
	pmu_core_init(&core, be, &lim);
	pmu_core_init(&other, be, &lim);
	gen = 0;
}

/* With a global control, one write switches any number of counters. */
static bool global(void)
{
	return kind == MODEL_V2;
}

/* The number of writes that only start and stop n counters. */
static unsigned int on_off(unsigned int n)
{
	return global() ? n > 0 : n;
}

/* The number of writes that program n counters for another event and start them. */
static unsigned int program(unsigned int n)
{
	return n + (global() && n);
}

/* Does the counter count this event, in ring 3? */
static bool counts(int slot, uint64_t event)
{
	return model_enabled(slot) &&
	       model[model_this].ctl[slot] == (event | U | XEN_PMU_CTL_EN);
}

/* The writes of a first load: counters, controls, global control, global status. */
static unsigned int first(void)
{
	return 2 * model_slots + (global() ? 2 : 0);
}

/* Were exactly so many writes made since model_writes was cleared? */
static bool wrote(const struct pmu_written *w, unsigned int in_batch,
		  unsigned int others)
{
	bool ok = w->batch == in_batch && w->other == others &&
		  model_writes == in_batch + others;

	if (!ok)
		ksft_print_msg("%u+%u writes reported, %lu made, %u+%u expected\n",
			       w->batch, w->other, model_writes, in_batch, others);
	model_writes = 0;
	return ok;
}

static bool load(struct pmu_core *c, bool user, unsigned int writes)
{
	struct pmu_written w = { 0 };
	struct pmu_applied none = { 0 };

	pmu_core_load(c, &hw, user, &none, &w);
	return wrote(&w, 0, writes);
}

/* Changes of mode use pmu_core_toggle() where core.ready allows it. */
static bool short_way;

static bool mode(bool user, unsigned int writes)
{
	struct pmu_written w = { 0 };

	if (short_way && core.ready)
		w.other = pmu_core_toggle(&core, &hw, user);
	else if (!pmu_core_is_pushed(&core, &hw, user))
		pmu_core_push(&core, &hw, user, true, NULL, &w);
	return wrote(&w, 0, writes);
}

/* Applies a batch, without any record of the overflows before it. */
static void apply_batch(struct pmu_core *c, struct pmu_hw *on,
			const struct pmu_batch *b, struct pmu_applied *done)
{
	pmu_core_close(c, on, b, done);
	pmu_core_apply(c, b, 0, done);
}

/* Applies the test's batch at an entry.  toggled: from the other mode. */
static bool apply_toggled(bool user, bool toggled, unsigned int in_batch,
			  unsigned int others)
{
	struct pmu_written w = { 0 };
	struct pmu_applied done;
	uint32_t bad;

	if (pmu_batch_check(&batch, &lim, core.ctl, core.run,
			    &bad))
		ksft_exit_fail_msg("the test's own batch is refused\n");
	apply_batch(&core, &hw, &batch, &done);
	pmu_core_push(&core, &hw, user, toggled, &done, &w);
	return wrote(&w, in_batch, others);
}

static bool apply(bool user, unsigned int in_batch, unsigned int others)
{
	return apply_toggled(user, false, in_batch, others);
}

static void want(unsigned int slot, uint64_t ctl, uint64_t start)
{
	batch.changed |= 1 << slot;
	batch.run |= 1 << slot;
	batch.slot[slot].ctl = ctl;
	batch.slot[slot].start = start;
	batch.slot[slot].period = 0;
	batch.slot[slot].gen = ++gen;
}

static void result(bool ok, const char *what)
{
	ksft_test_result(ok, "%s: %s\n", model_name(), what);
}

static void test_load(void)
{
	bool ok;

	setup();
	/* Xen knows nothing of an untouched CPU.  Firmware left it counting. */
	ok = load(&core, KERNEL, first());
	for (int i = 0; i < model_slots; i++)
		ok &= !model[0].ctr[i] && !(model[0].ctl[i] & XEN_PMU_CTL_EN);
	if (global())
		ok &= !model[0].global_ctl && !model[0].global_status;
	pmu_core_save(&core, &hw);
	ok &= load(&core, USER, 0);
	pmu_core_save(&core, &hw);
	ok &= load(&other, USER, 0);
	result(ok, "a first load writes every register, a second one nothing");
}

static void test_modes(void)
{
	bool ok;

	setup();
	load(&core, KERNEL, first());
	want(0, INSN | U, 0);		/* the counter is 0 already */
	ok = apply(KERNEL, 0, 0);	/* user mode only: off in the kernel */
	ok &= mode(USER, program(1)) && mode(KERNEL, 1) && mode(USER, 1);
	ok &= counts(0, INSN);
	want(1, INSN | U | K, 5);	/* a counter, a control, on */
	ok &= apply(USER, 1 + program(1), 0);
	ok &= counts(1, INSN);
	ok &= mode(KERNEL, 1) && !model_enabled(0) && counts(1, INSN);
	want(2, BRANCH | K, 0);
	ok &= apply(USER, 0, 1);	/* slot 0 goes on, slot 2 stays off */
	ok &= mode(KERNEL, 2) && counts(2, BRANCH);
	ok &= mode(USER, on_off(2)) && mode(USER, 0);
	ok &= mode(KERNEL, on_off(2)) && mode(USER, on_off(2));
	ok &= !model_enabled(2) && counts(0, INSN) && counts(1, INSN);
	result(ok, short_way ? "pmu_core_toggle() makes the same writes for a mode switch" :
	       "a mode switch switches the slots of one mode, and never those of both");
}

/*
 * core.ready says that a mode switch only has to enable and disable slots.  It must be
 * false while a register of a slot of one mode holds something else: another event of
 * this VCPU, or the event of another VCPU.  pmu_core_toggle() would count that event.
 */
static void test_ready(void)
{
	bool ok;

	setup();
	load(&core, KERNEL, first());
	ok = core.ready;		/* no slot is of one mode */
	want(0, INSN | U, 0);
	want(1, INSN | U | K, 0);
	ok &= apply(KERNEL, program(1), 0) && !core.ready;
	mode(USER, 0);
	model_writes = 0;
	ok &= core.ready && counts(0, INSN);
	ok &= mode(KERNEL, 1) && core.ready && !model_enabled(0);
	batch.slot[0].ctl = BRANCH | U;	/* another event, while disabled */
	ok &= apply(KERNEL, 0, 0) && !core.ready;
	ok &= !model_enabled(0);
	mode(USER, 0);
	model_writes = 0;
	ok &= core.ready && counts(0, BRANCH);
	/* To a VCPU that has another event in this slot, and back, in kernel mode. */
	pmu_core_save(&core, &hw);
	pmu_core_init(&other, be, &lim);
	{
		struct pmu_batch theirs = { .seq = 2, .changed = 1, .run = 1 };
		struct pmu_written w = { 0 };
		struct pmu_applied done;

		theirs.slot[0].ctl = (INSN + 1) | U;
		theirs.slot[0].gen = 1;
		apply_batch(&other, NULL, &theirs, &done);
		pmu_core_load(&other, &hw, USER, &done, &w);
		ok &= other.ready && counts(0, INSN + 1);
		pmu_core_save(&other, &hw);
		memset(&done, 0, sizeof(done));
		pmu_core_load(&core, &hw, KERNEL, &done, &w);
	}
	ok &= !core.ready && !model_enabled(0) && counts(1, INSN);
	mode(USER, 0);
	model_writes = 0;
	ok &= core.ready && counts(0, BRANCH) && counts(1, INSN);
	ok &= mode(KERNEL, 1) && mode(USER, 1) && counts(0, BRANCH);
	result(ok, "core.ready is true only while the registers are programmed");
}

static void test_equal(void)
{
	bool ok;

	setup();
	load(&core, USER, first());
	for (int i = 0; i < 4; i++)
		want(i, (INSN + i) | U, 0);
	ok = apply(USER, program(4), 0);
	model_run(10);
	/* A stop and an equal start between two entries: no change (R2, R6). */
	ok &= apply(USER, 0, 0);
	/* A new thread with the same events starts from RDPMC, so gen stays. */
	batch.changed = 0;
	ok &= apply(USER, 0, 0);
	ok &= mode(KERNEL, on_off(4)) && apply(USER, 0, on_off(4)) &&
	      apply(USER, 0, 0);
	ok &= model[0].ctr[0] == 10 * model_weight(INSN);
	result(ok, "programming that does not change writes nothing (R6)");
}

/*
 * A stop and an equal start when Xen does see the stop, because a timer interrupt
 * returned in between.  The writes on the way back to user mode count for the mode.
 */
static void test_seen_stop(void)
{
	bool ok;

	setup();
	load(&core, USER, first());
	want(0, INSN | U, 0);
	want(1, BRANCH | U, 0);
	ok = apply(USER, program(2), 0) && mode(KERNEL, on_off(2));
	batch.run = 0;
	ok &= apply(KERNEL, 0, 0);
	batch.run = 3;
	ok &= apply_toggled(USER, true, 0, on_off(2)) &&
	      mode(KERNEL, on_off(2));
	/* Another event, or a new start, counts for the batch even then. */
	batch.slot[0].ctl = (INSN + 1) | U;
	batch.slot[1].gen = ++gen;
	batch.slot[1].start = 77;
	ok &= apply_toggled(USER, true, 2, 1);
	ok &= model[0].ctr[1] == 77;
	/*
	 * A slot of both modes that starts counts for the batch, because the mode needs
	 * no write for it.  But a write of the global control that the mode needs
	 * starts it, too.
	 */
	want(2, INSN | U | K, 0);
	ok &= mode(KERNEL, on_off(2)) && apply_toggled(USER, true, 1, on_off(2));
	batch.run = 3;
	ok &= mode(KERNEL, on_off(2)) && apply(KERNEL, 1, 0);
	batch.run = 7;
	ok &= apply_toggled(USER, true, global() ? 0 : 1, on_off(2));
	result(ok,
	       "a stop and an equal start, seen in the kernel, add no write to those of the modes");
}

static void test_changes(void)
{
	bool ok;

	setup();
	load(&core, USER, first());
	want(0, INSN | U, 100);
	ok = apply(USER, 1 + program(1), 0);
	model_run(1);
	batch.slot[0].ctl = BRANCH | U;	/* another event, same gen */
	ok &= apply(USER, 1, 0);
	ok &= model[0].ctr[0] == 100 + model_weight(INSN);
	batch.slot[0].gen = ++gen;	/* a new start, same event */
	ok &= apply(USER, 1, 0) && model[0].ctr[0] == 100;
	model_run(3);
	batch.slot[0].period = 1000;	/* applies after the next overflow */
	ok &= apply(USER, 0, 0) && core.period[0] == 1000;
	ok &= model[0].ctr[0] == 100 + 3 * model_weight(BRANCH);
	batch.run = 0;			/* a stop: one write */
	ok &= apply(USER, 1, 0);
	model_run(5);
	ok &= model[0].ctr[0] == 100 + 3 * model_weight(BRANCH);
	batch.run = 1;
	ok &= apply(KERNEL, 0, 0) && mode(USER, 1);
	result(ok, "a new event, a new start and a stop cost one write each, a new period none");
}

static void test_switch(void)
{
	bool ok;

	setup();
	load(&core, USER, first());
	want(0, INSN | U, 7);
	want(1, BRANCH | U | K, 0);
	apply(USER, 1 + program(2), 0);
	model_run(10);
	/* Out to the idle VCPU and back: no write. */
	ok = !pmu_core_save(&core, &hw) && load(&core, USER, 0);
	model_run(10);
	pmu_core_save(&core, &hw);
	/* To a VCPU without counters: both stop, and two counters become zero. */
	ok &= load(&other, USER, 2 + on_off(2));
	ok &= !model[0].ctr[0] && !model[0].ctr[1];
	pmu_core_save(&other, &hw);
	ok &= load(&core, USER, 2 + on_off(2));
	ok &= model[0].ctr[0] == 7 + 20 * model_weight(INSN);
	pmu_core_save(&core, &hw);
	/* To a VCPU that counts the same events: only two values are written. */
	memcpy(other.ctl, core.ctl, sizeof(core.ctl));
	memcpy(other.hwctl, core.hwctl, sizeof(core.hwctl));
	other.run = core.run;
	other.in_user = core.in_user;
	ok &= load(&other, USER, 2);
	result(ok, "a VCPU switch writes only what differs");
}

/*
 * A hardware guest's counters get the modes that it asked for, and GuestOnly (bit 40).
 * They count only in the guest and only in these modes.  A change of mode writes
 * nothing.
 */
static void test_hvm(void)
{
	const uint64_t guest = 1ULL << 40 | XEN_PMU_CTL_EN;
	bool ok;

	setup();
	core.hvm = true;
	load(&core, KERNEL, first());
	want(0, INSN | U, 0);
	want(1, INSN | K, 0);
	want(2, INSN | U | K, 0);
	ok = apply(KERNEL, program(3), 0);
	ok &= model[0].ctl[0] == (INSN | U | guest) &&
	      model[0].ctl[1] == (INSN | K | guest) &&
	      model[0].ctl[2] == (INSN | U | K | guest);
	model_mode = MODEL_GUEST_RING3;
	model_run(10);
	ok &= mode(USER, 0);
	model_mode = MODEL_GUEST_RING0;
	model_run(100);
	model_mode = MODEL_RING0;
	model_run(1000);
	model_mode = MODEL_RING3;
	model_run(1000);
	ok &= model[0].ctr[0] == 10 * model_weight(INSN) &&
	      model[0].ctr[1] == 100 * model_weight(INSN) &&
	      model[0].ctr[2] == 110 * model_weight(INSN);
	batch.run = 5;
	ok &= apply(KERNEL, 1, 0);
	pmu_core_save(&core, &hw);
	ok &= load(&core, KERNEL, 0);
	/* To a PV VCPU that counts the same event.  It needs other control values. */
	pmu_core_save(&core, &hw);
	memcpy(other.ctl, core.ctl, sizeof(core.ctl));
	batch.run = 1;
	batch.changed = 0;
	ok &= load(&other, USER, 3 + on_off(2));
	{
		struct pmu_written w = { 0 };
		struct pmu_applied done;

		apply_batch(&other, &hw, &batch, &done);
		pmu_core_push(&other, &hw, USER, false, &done, &w);
		ok &= wrote(&w, program(1), 0);
	}
	ok &= model[0].ctl[0] == (INSN | U | XEN_PMU_CTL_EN);
	result(ok, "the hardware tells a hardware guest's modes and Xen apart (R5)");
}

static void test_strangers(void)
{
	bool ok;

	setup();
	/* Xen leaves a CPU alone that never ran a VCPU with a page. */
	ok = !pmu_hw_stop(&hw, be, &lim) && !model_writes;
	load(&core, USER, first());
	want(0, INSN | U, 7);
	want(3, INSN | U | K, 0);
	apply(USER, 1 + program(2), 0);
	model_run(10);
	pmu_core_save(&core, &hw);
	/* A VCPU without a page has no RDPMC: both stop and keep their values. */
	ok &= pmu_hw_stop(&hw, be, &lim) == on_off(2);
	ok &= !pmu_hw_stop(&hw, be, &lim);
	model_run(1000);
	model_writes = 0;
	ok &= load(&core, USER, on_off(2));
	ok &= model[0].ctr[0] == 7 + 10 * model_weight(INSN);
	/* After a detach Xen does not know what the counters hold: it writes them. */
	pmu_hw_stop(&hw, be, &lim);
	pmu_core_forget(&core, &hw);
	model_writes = 0;
	ok &= load(&other, USER, 2) && !model[0].ctr[0] && !model[0].ctr[3];
	result(ok, "counters stop for a VCPU without a page (R9)");
}

static void test_overflow(void)
{
	uint64_t top = 1ULL << 48;
	bool ok;

	setup();
	load(&core, USER, first());
	want(0, INSN | U | INT, top - 10);
	want(1, INSN | U, top - 10);		/* INT is not set */
	want(2, BRANCH | U | INT, 3);
	apply(USER, 3 + program(3), 0);
	ok = !pmu_core_look(&core, core.intr);
	model_run(20);
	ok &= pmu_core_look(&core, core.run) == 1;
	ok &= !pmu_core_look(&core, core.run);	/* the PMI that comes late */
	/* A counter that is below half its range wraps like any other. */
	ok &= core.val[0] == 20 * model_weight(INSN) - 10;
	model_run(20);
	ok &= !pmu_core_save(&core, &hw);
	want(0, INSN | U | INT, top - 1);
	apply(USER, 1, 0);
	model_run(1);
	ok &= pmu_core_save(&core, &hw) == 1;	/* a VCPU switch does not lose it */
	ok &= load(&core, USER, 0) && !pmu_core_look(&core, core.intr);
	want(0, INSN | U | INT, top - 1);
	apply(USER, 1, 0);
	model_run(1);
	batch.run = 0;
	{
		struct pmu_applied done;

		apply_batch(&core, &hw, &batch, &done);
		ok &= done.before == 1;		/* a stop does not lose it either */
	}
	result(ok, "each overflow is seen once: by a PMI, a VCPU switch or a batch");
}

/* What Xen subtracts from a counter that has passed zero. */
static void test_renew(void)
{
	static const struct {
		uint64_t val;
		uint32_t period;
		int64_t counter;
		uint64_t taken;
	} row[] = {
		{ 0, 100, -100, 100 },
		{ 3, 100, -97, 100 },		/* the usual case */
		{ 99, 100, -1, 100 },
		{ 100, 100, -100, 200 },	/* two periods have passed */
		{ 250, 100, -50, 300 },
		{ 0, 1, -1, 1 },
		{ 1ULL << 46, 3, -2, (1ULL << 46) + 2 },
		{ 7, UINT32_MAX, 7 - (int64_t)UINT32_MAX, UINT32_MAX },
	};
	bool ok = true;

	setup();
	for (int i = 0; i < ARRAY_SIZE(row); i++) {
		core.val[1] = row[i].val;
		core.period[1] = row[i].period;
		core.renewed[1] = 5;
		core.val[0] = 77;		/* without a period it stays */
		if (pmu_core_renew(&core, 3) != 2 ||
		    core.val[1] != (row[i].counter & MODEL_MASK) ||
		    core.renewed[1] != 5 + row[i].taken || core.val[0] != 77 ||
		    core.renewed[0]) {
			ksft_print_msg("row %d: %#" PRIx64 "\n", i, core.val[1]);
			ok = false;
		}
	}
	ksft_test_result(ok, "the next period begins where the last one has ended\n");
}

static void test_ring(void)
{
	bool ok;

	ok = pmu_ring_used(5, 5) == 0 && pmu_ring_used(5, 4) == 1 &&
	     pmu_ring_used(3, 0xfffffffe) == 5 &&
	     pmu_ring_used(16, 0) == 16 && pmu_ring_used(17, 0) == 16 &&
	     pmu_ring_used(4, 5) == 16;	/* an impossible value of cons */
	ksft_test_result(ok, "the number of records in the ring is right for any cons (R10)\n");
}

static bool take(struct pmu_rate *rate, uint64_t now, uint64_t spent, bool kernel)
{
	pmu_rate_renew(rate, now, spent, PMU_RATE_WINDOW);
	return pmu_rate_take(rate, now, spent, PMU_RATE_WINDOW, kernel);
}

static void test_rate_number(void)
{
	struct pmu_rate rate = { 0 };
	unsigned int taken = 0;
	bool ok;

	for (int i = 0; i < 10000; i++)
		taken += take(&rate, 5000000 + i, 0, i & 1);
	ok = taken == PMU_RATE_RECORDS;
	ok &= !take(&rate, 5000000 + PMU_RATE_WINDOW - 1, 0, false);
	ok &= take(&rate, 5000000 + PMU_RATE_WINDOW, 0, false);
	ksft_test_result(ok,
			 "a guest that reports no time gets PMU_RATE_RECORDS records in a window (R10)\n");
}

/*
 * A guest in which each moment of its own time ends with an overflow of kernel mode,
 * which costs it "cost" ticks.  Returns the percentage of time that is left to it, over
 * 100 windows.  "spent" is where its consumer.spent begins.
 */
static unsigned int share(uint64_t cost, uint64_t spent)
{
	uint64_t now = 7 * PMU_RATE_WINDOW, end = now + 100 * PMU_RATE_WINDOW;
	uint64_t own = 0, step = PMU_RATE_WINDOW / 1000;
	struct pmu_rate rate = { 0 };

	while (now < end) {
		now += step;
		own += step;
		if (take(&rate, now, spent, true)) {
			now += cost;
			spent += cost;
		}
	}
	return own * 100 / (100 * PMU_RATE_WINDOW);
}

static void test_rate_time(void)
{
	const uint64_t us = PMU_RATE_WINDOW / 1000;
	static const uint64_t began[] = { 0, -1000000ULL, 1ULL << 63 };
	static const unsigned int cost[] = { 2, 20, 100, 300, 600, 1100, 1900 };
	struct pmu_rate rate = { 0 }, user = { 0 };
	uint64_t now, spent = 0;
	bool ok = true;

	for (int i = 0; i < ARRAY_SIZE(cost); i++)
		for (int j = 0; j < ARRAY_SIZE(began); j++) {
			unsigned int left = share(cost[i] * us, began[j]);

			if (left < 45)
				ksft_print_msg("%u us each: %u %% left\n",
					       cost[i], left);
			ok &= left >= 45;
		}
	/* One slow overflow, as after a VCPU switch, withholds nothing. */
	now = 9 * PMU_RATE_WINDOW;
	ok &= take(&rate, now, 0, true);
	now += 30 * PMU_RATE_WINDOW;
	ok &= take(&rate, now, 30 * PMU_RATE_WINDOW, true);
	/* User mode is exempt, and half a window in kernel mode is allowed. */
	ok &= take(&rate, now + 1, 30 * PMU_RATE_WINDOW + 500 * us, true);
	ok &= !take(&rate, now + 2, 30 * PMU_RATE_WINDOW + 501 * us, true);
	ok &= take(&rate, now + 3, 30 * PMU_RATE_WINDOW + 501 * us, false);
	/* User mode is exempt, even if it takes three quarters of the time. */
	for (uint64_t at = now, end = now + 20 * PMU_RATE_WINDOW; at < end;
	     at += 3 * us, spent += 3 * us) {
		at += us;
		ok &= take(&user, at, spent, false);
	}
	/* An impossible value counts as too much, but only in this window. */
	ok &= !take(&rate, now + 4, 7, true);
	ok &= !pmu_rate_is_over(&rate, now + PMU_RATE_WINDOW - 1, 7, PMU_RATE_WINDOW);
	ok &= pmu_rate_is_over(&rate, now + PMU_RATE_WINDOW, 7, PMU_RATE_WINDOW);
	ok &= take(&rate, now + PMU_RATE_WINDOW, 7, true);
	ksft_test_result(ok,
			 "a guest in a storm of overflows keeps almost half of its time (R10)\n");
}

/* No two CPUs write to the same cache line (R9; no false sharing). */
static void test_lines(void)
{
	static struct pmu_hw two[2];

	ksft_test_result((uintptr_t)&two[0] % 64 == 0 &&
			 (uintptr_t)&two[1] % 64 == 0,
			 "no two CPUs share a cache line of pmu_hw\n");
}

/* Counters that a guest has frozen count again from the next load on (R9). */
static void test_frozen(void)
{
	const uint64_t frozen = 1ULL << 59;
	bool ok;

	setup();
	lim.thaws = true;
	load(&core, USER, first());
	want(0, INSN | U, 0);
	apply(USER, program(1), 0);
	pmu_core_save(&core, &hw);
	ok = load(&core, USER, 0);
	pmu_core_save(&core, &hw);
	model[0].global_status |= frozen | 1;
	ok &= load(&core, USER, 1);
	ok &= !(model[0].global_status & frozen) && model[0].global_status & 1;
	model_run(10);
	ok &= model[0].ctr[0] == 10 * model_weight(INSN);
	result(ok, "a load makes frozen counters count again (R9)");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(12 * MODEL_KINDS + 6);
	for (kind = 0; kind < MODEL_KINDS; kind++) {
		test_load();
		test_modes();
		test_equal();
		test_seen_stop();
		short_way = true;
		test_modes();
		test_seen_stop();
		test_ready();
		short_way = false;
		test_changes();
		test_switch();
		test_hvm();
		test_strangers();
		test_overflow();
	}
	kind = MODEL_CORE;
	test_renew();
	test_ring();
	test_rate_number();
	test_rate_time();
	test_lines();
	kind = MODEL_V2;
	test_frozen();
	ksft_finished();
}
