// SPDX-License-Identifier: GPL-2.0-only
/*
 * assign.c - a slot for every event, if that is possible (pure).
 *
 * Some events can be counted by some slots only, so this is a matching of events to slots.  An
 * event that has a slot moves to another only if a new event fits in no other way.  Kuhn's
 * algorithm finds augmenting paths, here breadth first, so that few events move.
 */
#include "assign.h"

/* Find event @first a slot, moving others if need be. */
static bool place(const u64 *allowed, s8 *slot, unsigned int nr, unsigned int first)
{
	unsigned int queue[XEN_PMU_SLOTS], head = 0, tail = 0;
	s8 holder[XEN_PMU_SLOTS];	/* event that has the slot, or -1 */
	u8 seeker[XEN_PMU_SLOTS];	/* event from which we came to the slot */
	u64 seen = 0;
	unsigned int i;

	memset(holder, -1, sizeof(holder));
	for (i = 0; i < nr; i++)
		if (slot[i] != XEN_PMU_NO_SLOT)
			holder[slot[i]] = (s8)i;

	queue[tail++] = first;
	while (head < tail) {
		unsigned int event = queue[head++];
		unsigned int bit;

		xen_pmu_for_each(bit, allowed[event] & ~seen &
				      GENMASK_ULL(XEN_PMU_SLOTS - 1, 0)) {
			s8 s = (s8)bit;

			seen |= BIT_ULL(s);
			seeker[s] = (u8)event;
			if (holder[s] >= 0) {
				queue[tail++] = (unsigned int)holder[s];
				continue;
			}
			/* The slot is free: every event on the way here moves up by one. */
			do {
				s8 old;

				event = seeker[s];
				old = slot[event];
				slot[event] = s;
				s = old;
			} while (event != first);
			return true;
		}
	}
	return false;
}

/*
 * xen_pmu_assign - find a slot for every event
 * @allowed:	for each event the slots that can count it
 * @slot:	for each event its slot or XEN_PMU_NO_SLOT; updated
 * @nr:		number of events, at most XEN_PMU_SLOTS
 *
 * Returns false if they cannot all have one at the same time; some may have
 * been placed or moved by then.
 */
bool xen_pmu_assign(const u64 *allowed, s8 *slot, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (slot[i] == XEN_PMU_NO_SLOT && !place(allowed, slot, nr, i))
			return false;
	return true;
}
