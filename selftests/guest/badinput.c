// SPDX-License-Identifier: GPL-2.0-only
/*
 * badinput - the driver refuses what it cannot count with the right error, and other
 * events stay exact.
 *
 * The test calls perf_event_open(2) with events that this kind of CPU does not have,
 * with features that the driver does not offer, with reserved bits, and with a group
 * that is too large.  Each case has one right error, which perf(1) turns into a
 * sentence:
 *
 *   ENOENT      no PMU has the event: perf prints "not supported" or falls back
 *   EOPNOTSUPP  the hardware cannot do this: perf names the feature
 *   EINVAL      the request makes no sense
 *
 * The same table runs on `native`, so the errors are those of the stock driver on the
 * same kind of processor.  If our driver is stricter on purpose, the row says so, and
 * the stock driver's answer is printed beside it.
 *
 * An "instructions:u" event of this thread counts meanwhile.  At the end it must have
 * counted a known loop to the instruction.
 *
 * How it could fail: a wrong error makes perf give up although it could have used
 * another event, or makes perf print advice that does not apply; the driver accepts a
 * reserved bit and counts something else.
 */
#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define CACHE(c, op, res) (PERF_COUNT_HW_CACHE_##c |			\
			   PERF_COUNT_HW_CACHE_OP_##op << 8 |		\
			   PERF_COUNT_HW_CACHE_RESULT_##res << 16)

#define STOCK_TAKES_IT 1	/* the stock driver drops the bit in silence */

static const struct row {
	const char *what;
	uint32_t type;
	uint64_t config;
	int expect;
	int flags;
	uint32_t precise_ip;
	uint64_t branch_sample;
} rows[] = {
	{ "a generic event that does not exist",
	  PERF_TYPE_HARDWARE, PERF_COUNT_HW_MAX, EINVAL },
	{ "a generic event that this CPU lacks",
	  PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES, ENOENT },
	{ "a cache that does not exist",
	  PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_MAX, EINVAL },
	{ "a cache operation that does not exist",
	  PERF_TYPE_HW_CACHE, PERF_COUNT_HW_CACHE_OP_MAX << 8, EINVAL },
	{ "a cache event that this CPU lacks",
	  PERF_TYPE_HW_CACHE, CACHE(LL, READ, ACCESS), ENOENT },
	{ "a cache event that makes no sense",
	  PERF_TYPE_HW_CACHE, CACHE(L1I, WRITE, ACCESS), EINVAL },
	{ "a type that no PMU has",
	  0x7fffffff, 0, ENOENT },
	{ "precise_ip 1",
	  PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, EOPNOTSUPP,
	  .precise_ip = 1 },
	{ "precise_ip 3",
	  PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, EOPNOTSUPP,
	  .precise_ip = 3 },
	{ "a branch stack",
	  PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, EOPNOTSUPP,
	  .branch_sample = PERF_SAMPLE_BRANCH_ANY },
	{ "the pin control bit",
	  PERF_TYPE_RAW, ZEN_INSTRUCTIONS | 1ULL << 19, EINVAL,
	  STOCK_TAKES_IT },
	{ "the any-thread bit",
	  PERF_TYPE_RAW, ZEN_INSTRUCTIONS | 1ULL << 21, EINVAL,
	  STOCK_TAKES_IT },
	{ "the host-only bit, which both drivers drop",
	  PERF_TYPE_RAW, ZEN_INSTRUCTIONS | 1ULL << 41, 0 },
	{ "a bit between the event and the host-only bit",
	  PERF_TYPE_RAW, ZEN_INSTRUCTIONS | 1ULL << 39, EINVAL,
	  STOCK_TAKES_IT },
	{ "a reserved bit",
	  PERF_TYPE_RAW, ZEN_INSTRUCTIONS | 1ULL << 63, EINVAL,
	  STOCK_TAKES_IT },
};

static int try(const struct row *row)
{
	struct perf_event_attr attr = perf_attr(row->type, row->config, "u");
	int fd, error;

	attr.precise_ip = row->precise_ip;
	attr.branch_sample_type = row->branch_sample;
	if (row->branch_sample || row->precise_ip)
		attr.sample_period = 1000003;
	if (row->branch_sample)
		attr.sample_type = PERF_SAMPLE_BRANCH_STACK;
	fd = perf_open_self(&attr, -1);
	error = fd < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return error;
}

static const char *name(int error)
{
	return error ? strerrorname_np(error) : "accepted";
}

static void check(const struct row *row)
{
	bool lenient = row->flags & STOCK_TAKES_IT && !driver_is_ours();
	int expect = lenient ? 0 : row->expect;
	int error = try(row);

	if (error != expect)
		ksft_print_msg("expected %s, got %s\n", name(expect),
			       name(error));
	ksft_test_result(error == expect, "%s: %s\n", row->what, name(expect));
}

/* Adds events to a group until one is refused; returns how many were accepted. */
static int grow_group(int *error)
{
	int fds[64], n;

	for (n = 0; n < 64; n++) {
		struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
						ZEN_INSTRUCTIONS, "u");

		fds[n] = perf_open_self(&attr, n ? fds[0] : -1);
		if (fds[n] < 0)
			break;
	}
	*error = errno;
	for (int i = n - 1; i >= 0; i--)
		close(fds[i]);
	return n;
}

/* A processor with AMD's core counters (CPUID 8000_0001 ECX bit 23) has six. */
static void check_group(void)
{
	int error, n = grow_group(&error);

	ksft_print_msg("%d events fit a group, then %s\n", n, name(error));
	ksft_test_result(n == 6 && error == EINVAL,
			 "a seventh event in a group: EINVAL\n");
}

/* An event of neither mode must be refused, or must count 0. */
static void check_no_mode(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
						ZEN_INSTRUCTIONS, "");
	struct perf_value v = { 0 };
	int fd = perf_open_self(&attr, -1);

	if (fd >= 0) {
		work_loop(1000);
		if (read(fd, &v, sizeof(v)) != sizeof(v))
			v.value = -1;
		close(fd);
		ksft_print_msg("accepted, counted %lld\n", (long long)v.value);
	}
	ksft_test_result(fd >= 0 ? !v.value : errno == EINVAL,
			 "no mode at all: refused, or counts nothing\n");
}

int main(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	int fd = perf_open_self(&attr, -1);
	struct perf_value a, b;

	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(rows) + 3);
	if (fd < 0)
		ksft_exit_fail_perror("instructions:u");
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		check(&rows[i]);
	check_group();
	check_no_mode();

	ksft_test_result(!work_between_reads(fd, &a, &b, sizeof(a), work_loop,
					     5000) &&
			 b.value - a.value == LOOP_INSNS(5000) + BETWEEN_INSNS,
			 "the event beside all this still counts exactly\n");
	ksft_finished();
}
