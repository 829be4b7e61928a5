/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * driver_host.h - what the driver's pure files need of the kernel, on the host
 * (see arch-x86-xen-pmu/core/pure.h).
 */
#ifndef DRIVER_HOST_H
#define DRIVER_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef int8_t s8;
typedef uint32_t u32;
typedef int32_t s32;
typedef uint64_t u64;
typedef int64_t s64;

#define S32_MAX			INT32_MAX
#define S64_MAX			INT64_MAX
#define BIT_ULL(n)		(1ULL << (n))
#define GENMASK_ULL(h, l)	((~0ULL >> (63 - (h))) & (~0ULL << (l)))
#define __ffs64(x)		((unsigned int)__builtin_ctzll(x))
#define hweight64(x)		((unsigned int)__builtin_popcountll(x))
#define noinline		__attribute__((noinline))
#define likely(x)		(x)
#define unlikely(x)		(x)

/*
 * The test's hook: where the kernel clamps an index that a user chose, so that a CPU that
 * has guessed wrong at the check before cannot look beyond the array.
 */
u64 xen_pmu_test_index(u64 index, u64 size);
#define array_index_nospec(index, size)	xen_pmu_test_index(index, size)

/* The guest's clock, see pure.h. */
unsigned long xen_pmu_ticks(void);
u64 xen_pmu_rdpmc(u32 ecx);
void xen_pmu_sync(void);

/* The test's hook: Xen may be entered at every access to the page. */
void xen_pmu_test_access(void);

#define barrier()		__asm__ volatile("" : : : "memory")
#define READ_ONCE(x)							\
({									\
	xen_pmu_test_access();						\
	*(const volatile __typeof__(x) *)&(x);				\
})
#define WRITE_ONCE(x, val)						\
do {									\
	xen_pmu_test_access();						\
	*(volatile __typeof__(x) *)&(x) = (val);			\
	xen_pmu_test_access();						\
} while (0)
#define smp_store_release(p, val)					\
do {									\
	barrier();							\
	WRITE_ONCE(*(p), val);						\
} while (0)
#define smp_load_acquire(p)						\
({									\
	__typeof__(*(p)) val_ = READ_ONCE(*(p));			\
	barrier();							\
	val_;								\
})

#endif /* DRIVER_HOST_H */
