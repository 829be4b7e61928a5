/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * arm.h - arms a counter and runs a loop, so that an address and a register
 * say how many instructions have been executed since.  The code is in arm.S.
 */
#ifndef XENPMU_GUEST_ARM_H
#define XENPMU_GUEST_ARM_H

/*
 * From the SYSCALL that arms it, which is not counted, since the counter is
 * started in the kernel, to work_loop()'s first instruction: MOV, JMP.
 */
#define ARM_INSNS	2

#ifndef __ASSEMBLER__
#include <stdint.h>

/* ioctl(fd, PERF_EVENT_IOC_REFRESH, 1), then work_loop(turns). */
void arm_and_loop(uint64_t fd, uint64_t turns);
#endif

#endif
