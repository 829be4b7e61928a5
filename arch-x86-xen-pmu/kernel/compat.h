/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * compat.h - all differences between kernels that the driver must know.
 *
 * The oldest supported kernel is Linux 6.1.  All other files are written for the newest one.
 */
#ifndef XEN_PMU_COMPAT_H
#define XEN_PMU_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/version.h>

/* Before Linux 6.4 only io_uring had such threads, with a flag of their own. */
#ifndef PF_USER_WORKER
#define PF_USER_WORKER PF_IO_WORKER
#endif

/*
 * From Linux 6.2 on (commit bd2756811766) perf frees a task's contexts of a PMU with the last event
 * of that PMU.  Before, such a context outlives its PMU's module, and the scheduler looks at it.
 */
#define XEN_PMU_CAN_UNLOAD (LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0))

/*
 * A driver that fills in a part of a sample adds that part's size.  Before Linux 6.3 perf added the
 * size itself.
 */
static inline void xen_pmu_sample_grows(struct perf_sample_data *data, unsigned int bytes)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	data->dyn_size += bytes;
#endif
}

/* The timer that multiplexes a PMU's events on one CPU. */
static inline struct hrtimer *xen_pmu_mux_timer(struct pmu *pmu, unsigned int cpu)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	struct perf_cpu_pmu_context *cpc = *per_cpu_ptr(pmu->cpu_pmu_context, cpu);

	return cpc ? &cpc->hrtimer : NULL;
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	return &per_cpu_ptr(pmu->cpu_pmu_context, cpu)->hrtimer;
#else
	return &per_cpu_ptr(pmu->pmu_cpu_context, cpu)->hrtimer;
#endif
}

/* From Linux 6.15 on this may fail; before, it returned nothing. */
static inline int xen_pmu_perf_unregister(struct pmu *pmu)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
	return perf_pmu_unregister(pmu);
#else
	perf_pmu_unregister(pmu);
	return 0;
#endif
}

#endif /* XEN_PMU_COMPAT_H */
