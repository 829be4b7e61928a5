// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver-assign.c - the assignment of events to slots against brute force: it
 * finds one exactly if there is one, valid, and moves nobody without need.
 */
#include <stdio.h>
#include <kselftest.h>

#include "arch-x86-xen-pmu/core/assign.h"

#define NR_SLOTS	4

void xen_pmu_test_access(void)
{
}

static u64 state = 88172645463325252ULL;

static u64 random64(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Is there any assignment at all?  Try every one. */
static bool possible(const u64 *allowed, unsigned int nr, u64 taken)
{
	u64 todo;

	if (!nr)
		return true;
	for (todo = allowed[0] & ~taken; todo; todo &= todo - 1)
		if (possible(allowed + 1, nr - 1, taken | (todo & -todo)))
			return true;
	return false;
}

static bool valid(const u64 *allowed, const s8 *slot, unsigned int nr)
{
	u64 taken = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (slot[i] < 0 || !(allowed[i] & BIT_ULL(slot[i])) ||
		    taken & BIT_ULL(slot[i]))
			return false;
		taken |= BIT_ULL(slot[i]);
	}
	return true;
}

/* All sets of masks over 4 slots for up to 4 events. */
static bool exhaustive(void)
{
	unsigned int code, nr, i;
	u64 allowed[NR_SLOTS];
	s8 slot[NR_SLOTS];

	for (nr = 1; nr <= NR_SLOTS; nr++) {
		for (code = 0; code < 1U << (4 * nr); code++) {
			for (i = 0; i < nr; i++) {
				allowed[i] = code >> (4 * i) & 0xf;
				slot[i] = XEN_PMU_NO_SLOT;
			}
			if (xen_pmu_assign(allowed, slot, nr) !=
			    possible(allowed, nr, 0))
				return false;
			if (possible(allowed, nr, 0) &&
			    !valid(allowed, slot, nr))
				return false;
		}
	}
	return true;
}

/* With all 16 slots, and events that have one already. */
static bool many(void)
{
	u64 allowed[XEN_PMU_SLOTS];
	s8 slot[XEN_PMU_SLOTS];
	unsigned int round, i;

	for (round = 0; round < 20000; round++) {
		unsigned int nr = 1 + random64() % XEN_PMU_SLOTS, done = 0;

		for (i = 0; i < nr; i++) {
			/* some slot i is always possible: it is a matching */
			allowed[i] = (random64() & random64() & 0xffff) |
				     BIT_ULL(i);
			slot[i] = XEN_PMU_NO_SLOT;
		}
		while (done < nr) {		/* a few more each time */
			done += 1 + random64() % (nr - done);
			if (!xen_pmu_assign(allowed, slot, done) ||
			    !valid(allowed, slot, done))
				return false;
		}
	}
	return true;
}

static bool keeps(void)
{
	u64 allowed[3] = { 0xf, 0xf, 0x3 };
	s8 slot[3] = { 3, 1, XEN_PMU_NO_SLOT };

	if (!xen_pmu_assign(allowed, slot, 3) || slot[0] != 3 || slot[1] != 1 ||
	    slot[2] != 0)
		return false;
	/* slots 0 and 1 are taken, the new one needs one of them: one moves */
	slot[0] = 0;
	slot[1] = 1;
	slot[2] = XEN_PMU_NO_SLOT;
	return xen_pmu_assign(allowed, slot, 3) && valid(allowed, slot, 3) &&
	       (slot[0] == 0) + (slot[1] == 1) == 1;
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	ksft_test_result(exhaustive(), "four slots: as good as trying all\n");
	ksft_test_result(many(), "sixteen slots: a fit is found, events join\n");
	ksft_test_result(keeps(), "nobody moves without need\n");
	ksft_finished();
}
