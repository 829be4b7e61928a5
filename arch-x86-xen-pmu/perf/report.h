/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * report.h - what perf and the log are told when Xen refuses an event.
 */
#ifndef XEN_PMU_REPORT_H
#define XEN_PMU_REPORT_H

#include "../cpu.h"

void xen_pmu_report_init(void);
void xen_pmu_report_cpu(struct xen_pmu_cpu *c);
void xen_pmu_report_exit(struct xen_pmu_cpu *c);
void xen_pmu_report_refusal(struct xen_pmu_cpu *c);

#endif /* XEN_PMU_REPORT_H */
