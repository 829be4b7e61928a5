// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctls - each ioctl(2) of an event does what perf_event_open(2) says.
 *
 * The test calls ENABLE, DISABLE, RESET, REFRESH, PERIOD, ID, SET_OUTPUT, PAUSE_OUTPUT,
 * MODIFY_ATTRIBUTES, SET_FILTER, SET_BPF and QUERY_BPF on events "instructions:u" of
 * this thread.  The counts of pieces of known length must be exact, and the ring buffer
 * must have the right number of samples.  Requests that the kernel refuses for an
 * event of a core PMU must fail with the same error.
 *
 * How it could fail: an event that is enabled twice counts twice; the next overflow
 * undoes a RESET; a new PERIOD takes effect only at the end of the old one; the driver
 * changes state that perf handles itself.
 */
#include <stdlib.h>

#include "kselftest.h"
#include "perf.h"
#include "samples.h"
#include "work.h"

#define TURNS	1000UL
#define PERIOD	10007UL
#define EXPECT	((int64_t)(LOOP_INSNS(TURNS) + BETWEEN_INSNS))

static struct perf_event_attr insns(uint64_t period)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");

	attr.disabled = 1;
	attr.sample_period = period;
	attr.sample_type = PERF_SAMPLE_IDENTIFIER;
	return attr;
}

static int open_event(uint64_t period)
{
	struct perf_event_attr attr = insns(period);
	int fd = perf_open_self(&attr, -1);

	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	return fd;
}

/* Calls ioctl(2); returns 0 or the error. */
static int call(int fd, unsigned long request, unsigned long arg)
{
	return ioctl(fd, request, arg) ? errno : 0;
}

static int64_t value(int fd)
{
	struct perf_value v;

	return read(fd, &v, sizeof(v)) == sizeof(v) ? (int64_t)v.value : -1;
}

/* The event's count of a loop of TURNS: EXPECT, or 0 if the event is disabled. */
static int64_t counts(int fd)
{
	struct perf_value a, b;

	if (work_between_reads(fd, &a, &b, sizeof(a), work_loop, TURNS))
		return -1;
	return b.value - a.value;
}

/* Executes @n periods and a half, or a little more. */
static void periods(uint64_t n)
{
	work_loop((n * PERIOD + PERIOD / 2) / LOOP_BODY);
}

static void check_enable(void)
{
	int fd = open_event(0);
	int64_t off, on, twice, off_again, on_again;

	off = counts(fd);
	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	on = counts(fd);
	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	twice = counts(fd);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	off_again = counts(fd);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	on_again = counts(fd);
	ksft_print_msg("off %lld, on %lld, on twice %lld, off %lld, on %lld; expected %lld when on\n",
		       (long long)off, (long long)on, (long long)twice,
		       (long long)off_again, (long long)on_again,
		       (long long)EXPECT);
	ksft_test_result(!off && on == EXPECT && twice == EXPECT &&
			 !off_again && on_again == EXPECT,
			 "ENABLE and DISABLE\n");
	close(fd);
}

static void check_reset(void)
{
	int fd = open_event(0);
	int64_t before, zero, after, running;

	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	counts(fd);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	before = value(fd);
	call(fd, PERF_EVENT_IOC_RESET, 0);
	zero = value(fd);
	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	after = counts(fd);
	call(fd, PERF_EVENT_IOC_RESET, 0);	/* while it runs */
	running = value(fd);
	ksft_test_result(before > EXPECT && !zero && after == EXPECT &&
			 running > 0 && running < before &&
			 counts(fd) == EXPECT, "RESET\n");
	close(fd);
}

static void check_refresh(void)
{
	int fd = open_event(PERIOD), plain = open_event(0);
	struct samples s = samples_map(fd, 8);
	int64_t three, one, more;
	int refused = call(plain, PERF_EVENT_IOC_REFRESH, 1);

	call(fd, PERF_EVENT_IOC_REFRESH, 3);
	periods(10);
	three = value(fd);
	call(fd, PERF_EVENT_IOC_REFRESH, 1);
	call(fd, PERF_EVENT_IOC_REFRESH, 1);	/* two calls of REFRESH add up */
	periods(10);
	one = value(fd);
	periods(1);
	more = value(fd);
	ksft_print_msg("REFRESH: counted %lld, then %lld; error without a period: %s\n",
		       (long long)three, (long long)one, strerror(refused));
	ksft_test_result(three >= (int64_t)(3 * PERIOD) &&
			 three < (int64_t)(4 * PERIOD) &&
			 one >= (int64_t)(5 * PERIOD) &&
			 one < (int64_t)(6 * PERIOD) && more == one &&
			 samples_count(&s).samples == 5,
			 "REFRESH enables the event for the given number of overflows\n");
	ksft_test_result(refused == EINVAL,
			 "REFRESH without a period is refused\n");
	samples_unmap(&s);
	close(fd);
	close(plain);
}

/* A new period starts at once: the rest of the old period is dropped. */
static void check_period(void)
{
	int fd = open_event(100 * PERIOD), plain = open_event(0);
	struct samples s = samples_map(fd, 8);
	uint64_t period = PERIOD, zero = 0, old, new;
	int ret, refused, nothing;

	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	periods(20);
	old = samples_count(&s).samples;
	ret = call(fd, PERF_EVENT_IOC_PERIOD, (uintptr_t)&period);
	periods(20);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	new = samples_count(&s).samples;
	refused = call(plain, PERF_EVENT_IOC_PERIOD, (uintptr_t)&period);
	nothing = call(fd, PERF_EVENT_IOC_PERIOD, (uintptr_t)&zero);
	ksft_print_msg("PERIOD: %llu samples, then %llu; errors of what is wrong: %d, %d\n",
		       (unsigned long long)old, (unsigned long long)new,
		       refused, nothing);
	ksft_test_result(!ret && !old && new == 20,
			 "PERIOD starts the new period at once\n");
	ksft_test_result(refused == EINVAL && nothing == EINVAL,
			 "PERIOD of 0, or without a period, is refused\n");
	samples_unmap(&s);
	close(fd);
	close(plain);
}

static void check_id(void)
{
	int a = open_event(0), b = open_event(0);
	uint64_t id[2] = { 0 };
	int ret = call(a, PERF_EVENT_IOC_ID, (uintptr_t)&id[0]) |
		  call(b, PERF_EVENT_IOC_ID, (uintptr_t)&id[1]);

	ksft_test_result(!ret && id[0] && id[1] && id[0] != id[1],
			 "ID: each event has its own\n");
	close(a);
	close(b);
}

/* Counts the samples in the buffer by the identifier at their beginning. */
static void count_ids(struct samples *s, const uint64_t *ids, int *n)
{
	struct perf_event_header *h;

	while ((h = samples_next(s)))
		for (int i = 0; i < 2; i++)
			n[i] += h->type == PERF_RECORD_SAMPLE &&
				*(uint64_t *)(h + 1) == ids[i];
}

static void check_set_output(void)
{
	int fds[2] = { open_event(PERIOD), open_event(2 * PERIOD) };
	struct samples s = samples_map(fds[0], 8);
	int together[2] = { 0 }, apart[2] = { 0 }, ret = 0;
	uint64_t ids[2];

	ret |= call(fds[1], PERF_EVENT_IOC_SET_OUTPUT, fds[0]);
	for (int i = 0; i < 2; i++) {
		ret |= call(fds[i], PERF_EVENT_IOC_ID, (uintptr_t)&ids[i]);
		ret |= call(fds[i], PERF_EVENT_IOC_ENABLE, 0);
	}
	periods(20);
	for (int i = 0; i < 2; i++)
		ret |= call(fds[i], PERF_EVENT_IOC_DISABLE, 0);
	count_ids(&s, ids, together);
	ret |= call(fds[1], PERF_EVENT_IOC_SET_OUTPUT, -1);
	for (int i = 0; i < 2; i++)
		ret |= call(fds[i], PERF_EVENT_IOC_ENABLE, 0);
	periods(19);	/* 19.5 periods, and the rest before: 20 samples */
	for (int i = 0; i < 2; i++)
		ret |= call(fds[i], PERF_EVENT_IOC_DISABLE, 0);
	count_ids(&s, ids, apart);
	ksft_print_msg("SET_OUTPUT: %d and %d samples, then %d and %d\n",
		       together[0], together[1], apart[0], apart[1]);
	ksft_test_result(!ret && together[0] == 20 && together[1] == 10,
			 "SET_OUTPUT: one buffer has the samples of both events\n");
	ksft_test_result(apart[0] == 20 && !apart[1],
			 "SET_OUTPUT of -1: the buffer has the samples of one event only\n");
	ksft_test_result(call(fds[1], PERF_EVENT_IOC_SET_OUTPUT, fds[1]) ==
			 EINVAL, "SET_OUTPUT to itself is refused\n");
	samples_unmap(&s);
	close(fds[0]);
	close(fds[1]);
}

static void check_pause_output(void)
{
	int fd = open_event(PERIOD), unmapped = open_event(PERIOD);
	struct samples s = samples_map(fd, 8);
	uint64_t before, paused, after;

	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	periods(10);
	before = samples_count(&s).samples;
	call(fd, PERF_EVENT_IOC_PAUSE_OUTPUT, 1);
	work_loop(10 * PERIOD / LOOP_BODY);
	paused = samples_count(&s).samples;
	call(fd, PERF_EVENT_IOC_PAUSE_OUTPUT, 0);
	work_loop(10 * PERIOD / LOOP_BODY);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	after = samples_count(&s).samples;
	ksft_test_result(before == 10 && !paused && after == 10,
			 "PAUSE_OUTPUT stops the samples and lets them go on\n");
	ksft_test_result(call(unmapped, PERF_EVENT_IOC_PAUSE_OUTPUT, 1) ==
			 EINVAL, "PAUSE_OUTPUT without a buffer is refused\n");
	samples_unmap(&s);
	close(fd);
	close(unmapped);
}

/* perf modifies breakpoints only, and filters only tracepoints and the like. */
static void check_refused(void)
{
	int fd = open_event(0);
	struct perf_event_attr attr = insns(0);
	int modify = call(fd, PERF_EVENT_IOC_MODIFY_ATTRIBUTES,
			  (uintptr_t)&attr);
	int filter = call(fd, PERF_EVENT_IOC_SET_FILTER, (uintptr_t)"a == 1");
	struct perf_event_query_bpf programs = { .ids_len = 0 };
	int query = call(fd, PERF_EVENT_IOC_QUERY_BPF, (uintptr_t)&programs);
	int bpf = call(fd, PERF_EVENT_IOC_SET_BPF, -1);
	int unknown = call(fd, _IO('$', 99), 0);

	ksft_print_msg("MODIFY_ATTRIBUTES: %s; SET_FILTER: %s; QUERY_BPF: %s; SET_BPF: %s; unknown: %s\n",
		       strerror(modify), strerror(filter), strerror(query),
		       strerror(bpf), strerror(unknown));
	ksft_test_result(modify == EOPNOTSUPP,
			 "MODIFY_ATTRIBUTES is for breakpoints\n");
	ksft_test_result(filter == EINVAL, "SET_FILTER is for tracepoints\n");
	ksft_test_result(query == EINVAL, "QUERY_BPF is for tracepoints\n");
	ksft_test_result(bpf == EBADF, "SET_BPF of no program is refused\n");
	ksft_test_result(unknown == ENOTTY, "an unknown ioctl is refused\n");
	close(fd);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(17);
	check_enable();
	check_reset();
	check_refresh();
	check_period();
	check_id();
	check_set_output();
	check_pause_output();
	check_refused();
	ksft_finished();
}
