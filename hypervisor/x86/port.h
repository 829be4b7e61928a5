/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files need from their surroundings: types, MSR access, and
 * reads of memory that a guest can change.  Inside Xen these are Xen's own.  In
 * the unit tests a software model of the counters (hypervisor-model.c) provides
 * the MSRs.
 */
#ifndef PMU_PORT_H
#define PMU_PORT_H

#ifdef __XEN__

#include <xen/lib.h>
#include <xen/string.h>
#include <xen/time.h>
#include <xen/types.h>

#include <asm/msr.h>
#include <asm/system.h>

static inline uint64_t pmu_rdmsr(uint32_t msr)
{
    uint64_t val;

    rdmsrl(msr, val);

    return val;
}

/* For values that a trial has proven only (R13): a fault here ends Xen. */
static inline void pmu_wrmsr(uint32_t msr, uint64_t val)
{
    wrmsrl(msr, val);
}

/* For trials: a fault is an answer, and these return false. */
static inline bool pmu_rdmsr_safe(uint32_t msr, uint64_t *val)
{
    return !rdmsr_safe(msr, *val);
}

static inline bool pmu_wrmsr_safe(uint32_t msr, uint64_t val)
{
    return !wrmsr_safe(msr, val);
}

/* Executes at least nr instructions, here in Xen. */
static inline void pmu_spin(unsigned int nr)
{
    for ( ; nr; nr-- )
        barrier();
}

#define pmu_rmb() smp_rmb()

#else /* !__XEN__: the unit tests */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define cf_check
#define cpu_khz 1000000ul

uint64_t pmu_rdmsr(uint32_t msr);
void pmu_wrmsr(uint32_t msr, uint64_t val);
bool pmu_rdmsr_safe(uint32_t msr, uint64_t *val);
bool pmu_wrmsr_safe(uint32_t msr, uint64_t val);
void pmu_spin(unsigned int nr);

#define pmu_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)

#endif

/*
 * Reads x by exactly one load of its size, which the compiler does not repeat
 * (R2).  The unit tests watch these loads, and fail if a field is loaded twice.
 */
#ifdef __XEN__
#define pmu_read_once(x) (*(const volatile __typeof__(x) *)&(x))
#else
void pmu_test_read(const volatile void *field, size_t size);
#define pmu_read_once(x) ({                             \
    __typeof__(x) v_ = *(const volatile __typeof__(x) *)&(x); \
    pmu_test_read(&(x), sizeof(x));                     \
    v_; })
#endif

#define pmu_write_once(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define PMU_BIT(n) (1ULL << (n))

/* For arrays indexed by CPU: no two CPUs share a cache line of 64 bytes. */
#define PMU_CACHE_ALIGNED __attribute__((__aligned__(64)))

#endif /* PMU_PORT_H */
