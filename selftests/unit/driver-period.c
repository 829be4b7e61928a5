// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver-period.c - counter and period arithmetic, at its edges.
 */
#include <kselftest.h>

#include "arch-x86-xen-pmu/core/period.h"

void xen_pmu_test_access(void)
{
}

static bool delta(void)
{
	return xen_pmu_delta(5, 3, 48) == 2 &&
	       xen_pmu_delta(3, (1ULL << 48) - 4, 48) == 7 &&
	       xen_pmu_delta(0, 0, 48) == 0 &&
	       xen_pmu_delta(0, 1, 48) == (1ULL << 48) - 1 &&
	       xen_pmu_delta(0, (1ULL << 63) - 1, 63) == 1;
}

static bool start(void)
{
	return xen_pmu_start_value(1, 48) == (1ULL << 48) - 1 &&
	       xen_pmu_start_value(100003, 48) == (1ULL << 48) - 100003 &&
	       xen_pmu_start_value((1LL << 47) - 1, 48) == (1ULL << 47) + 1 &&
	       /* longer than half of the range: in pieces */
	       xen_pmu_start_value(1LL << 47, 48) == (1ULL << 47) + 1 &&
	       xen_pmu_start_value(INT64_MAX, 48) == (1ULL << 47) + 1;
}

static bool advance(s64 left, u64 length, u64 periods, s64 after)
{
	struct xen_pmu_period p = { .left = left };

	return xen_pmu_period_advance(&p, length) == periods && p.left == after;
}

static bool advances(void)
{
	return advance(1, 100, 0, 1) &&		/* not over yet */
	       advance(0, 100, 1, 100) &&		/* at the event itself */
	       advance(-1, 100, 1, 99) &&
	       advance(-99, 100, 1, 1) &&
	       advance(-100, 100, 2, 100) &&	/* the next one is over too */
	       advance(-250, 100, 3, 50) &&
	       advance(-5, 1, 6, 1) &&		/* every event */
	       advance(0, INT64_MAX, 1, INT64_MAX) &&
	       advance(-7, INT64_MAX, 1, INT64_MAX - 7) &&
	       advance(INT64_MIN + 1, INT64_MAX, 2, INT64_MAX);
}

static bool repeatable(void)
{
	u64 longest = XEN_PMU_TOO_SHORT - 1;

	return xen_pmu_repeatable(1, XEN_PMU_CTL_USR) == 1 &&
	       !xen_pmu_repeatable(1, XEN_PMU_CTL_OS) &&
	       !xen_pmu_repeatable(longest, XEN_PMU_CTL_MODES) &&
	       xen_pmu_repeatable(longest + 1, XEN_PMU_CTL_OS) == longest + 1 &&
	       xen_pmu_repeatable(S32_MAX, XEN_PMU_CTL_OS) == S32_MAX &&
	       !xen_pmu_repeatable(S32_MAX + 1ULL, XEN_PMU_CTL_USR);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(4);
	ksft_test_result(delta(), "differences are modulo the width\n");
	ksft_test_result(start(), "a counter starts at minus what is left\n");
	ksft_test_result(advances(), "no part of a period is lost\n");
	ksft_test_result(repeatable(), "Xen repeats what fits, and no handler's own\n");
	ksft_finished();
}
