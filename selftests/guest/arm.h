/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arm.h - arms an event and runs a loop at once.  In the loop, the address and one
 * register tell how many instructions have been executed since the event was armed.
 * The code is in arm.S.
 */
#ifndef XENPMU_GUEST_ARM_H
#define XENPMU_GUEST_ARM_H

/*
 * The instructions from the SYSCALL that arms the event to the first one of
 * work_loop(): MOV, JMP.  The SYSCALL itself is not counted, because the kernel
 * starts the counter after it.
 */
#define ARM_INSNS	2

#ifndef __ASSEMBLER__
#include <stdint.h>

/* ioctl(fd, PERF_EVENT_IOC_REFRESH, 1), then work_loop(turns). */
void arm_and_loop(uint64_t fd, uint64_t turns);
#endif

#endif
