/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rdpmc.h - the attribute rdpmc: whose user mode may read counters; and what user pages say.
 */
#ifndef XEN_PMU_RDPMC_H
#define XEN_PMU_RDPMC_H

#include <linux/perf_event.h>

/* Values of the attribute rdpmc, as natively: who may read counters in user mode. */
enum { XEN_PMU_NOBODY, XEN_PMU_MAPPED, XEN_PMU_EVERYBODY };
extern int xen_pmu_rdpmc_mode;

/* From any context. */
static inline int xen_pmu_user_mode(void)
{
	return READ_ONCE(xen_pmu_rdpmc_mode);
}

/*
 * May the processes of an address space read counters?  @has_mapped: has it mapped an event?
 * A PV guest and others keep that in different places (user_pv.c, user_cr4.c).
 */
static __always_inline bool
xen_pmu_may_read(const struct mm_struct *mm, bool (*has_mapped)(const struct mm_struct *mm))
{
	switch (xen_pmu_user_mode()) {
	case XEN_PMU_NOBODY:
		return false;
	case XEN_PMU_MAPPED:
		return mm && has_mapped(mm);
	default:
		return true;
	}
}

/*
 * Has user mode any use for user pages now?  Where nobody may read counters, a page still has
 * times, for whoever has mapped it.
 */
static inline bool xen_pmu_user_watches(bool may_read)
{
	return may_read || xen_pmu_user_mode() == XEN_PMU_NOBODY;
}

void xen_pmu_rdpmc_init(void);
void xen_pmu_rdpmc_exit(void);
int xen_pmu_user_flags(void);
int xen_pmu_event_index(struct perf_event *event);

#endif /* XEN_PMU_RDPMC_H */
