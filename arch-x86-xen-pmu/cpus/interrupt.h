/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * interrupt.h - how Xen tells of overflow records: by NMI, or by VIRQ_XENPMU.
 */
#ifndef XEN_PMU_INTERRUPT_H
#define XEN_PMU_INTERRUPT_H

#include <linux/interrupt.h>

void xen_pmu_interrupt_init(void);
void xen_pmu_interrupt_exit(void);
bool xen_pmu_takes_nmis(void);
irqreturn_t xen_pmu_virq(int irq, void *data);

#endif /* XEN_PMU_INTERRUPT_H */
