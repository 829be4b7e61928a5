/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kwork.h - loops of known length in the kernel.
 *
 * Each function has KWORK_BODY instructions in a turn, and a RET.  They are one loop
 * under several names, so that a sample's address tells the caller.  turns > 0.
 */
#ifndef XENPMU_GUEST_KWORK_H
#define XENPMU_GUEST_KWORK_H

#define KWORK_BODY	10
#define KWORK_INSNS(n)	(KWORK_BODY * (n) + 1)

#ifdef __KERNEL__
#ifndef __ASSEMBLY__
void kwork_leaf(unsigned long turns);	/* chain: interrupts on */
void kwork_late(unsigned long turns);	/* late: interrupts off */
void kwork_open(unsigned long turns);	/* mix: interrupts on */
void kwork_masked(unsigned long turns);	/* mix: interrupts off */
void kwork_behind(unsigned long turns);	/* mix: the same section goes on */
#endif
#endif

#endif
