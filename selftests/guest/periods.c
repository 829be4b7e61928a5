// SPDX-License-Identifier: GPL-2.0-only
/*
 * periods - the number of samples is right for every period and frequency, and
 * wakeups come at the right sample.
 *
 * The test samples "instructions:u" over an assembly loop of known length:
 *
 *  - Fixed periods from 1,000 to 10,000,000.  The number of samples is
 *    floor(count / period), where count is the value of the same event.  The
 *    count is exact to the instruction, although the kernel runs at every
 *    overflow.  No sample is lost.
 *  - Frequencies of 100, 997 and 5,000 Hz, all three at once.  When the event
 *    has settled, samples / time is within 5 % of the requested frequency.
 *  - Wakeups.  With wakeup_events = 10, poll(2) reports nothing after 9 samples
 *    and reports POLLIN after 10, once.  With a watermark of 160 bytes and
 *    samples of 16 bytes, the 11th sample passes the watermark, and then the
 *    21st.
 *  - Throttling.  With a limit on the sample rate there are throttle records,
 *    and each except the last is followed by an unthrottle record.  There are
 *    fewer samples than without the limit.  The count is only printed: the
 *    stock driver stops the counter meanwhile, and those instructions are not
 *    counted.
 *
 * How it could fail: a driver starts the next period at the interrupt, instead
 * of at the overflow; Xen's rate limit is below the kernel's; a record is
 * dropped; a period that perf's frequency control has changed never reaches
 * the counter.
 *
 * usage: periods [milliseconds for the frequencies]
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "kselftest.h"
#include "perf.h"
#include "samples.h"
#include "work.h"

#define DATA_PAGES	1024UL		/* 4 MiB: 262,144 samples of an IP */
#define MILLISECONDS	600
#define SETTLE_PERCENT	30		/* of the time: left out at the start */
#define WAKEUP_PERIOD	20011UL
#define SAMPLE_BYTES	16
#define FREQ_PERCENT	5

#define RATE_FILE	"/proc/sys/kernel/perf_event_max_sample_rate"
#define CPU_FILE	"/proc/sys/kernel/perf_cpu_time_max_percent"

static const struct {
	uint64_t period;
	uint64_t samples;
} periods[] = {
	{ 1000, 20000 }, { 1009, 5000 }, { 10000, 2000 }, { 100003, 200 },
	{ 1000000, 20 }, { 10000000, 4 },
};

static const uint64_t frequencies[] = { 100, 997, 5000 };

static struct perf_event_attr sampled(uint64_t period)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");

	attr.disabled = 1;
	attr.sample_period = period;
	attr.sample_type = PERF_SAMPLE_IP;
	return attr;
}

static int open_event(struct perf_event_attr *attr)
{
	int fd = perf_open_self(attr, -1);

	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	return fd;
}

static void on(int fd)
{
	if (ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		ksft_exit_fail_perror("PERF_EVENT_IOC_ENABLE");
}

static uint64_t off(int fd)
{
	struct perf_value v;

	if (ioctl(fd, PERF_EVENT_IOC_DISABLE, 0))
		ksft_exit_fail_perror("PERF_EVENT_IOC_DISABLE");
	if (read(fd, &v, sizeof(v)) != sizeof(v))
		ksft_exit_fail_perror("read");
	return v.value;
}

static void check_period(uint64_t period, uint64_t samples)
{
	uint64_t turns = (samples * period + period / 2) / LOOP_BODY, count;
	struct perf_event_attr attr = sampled(period);
	struct perf_value before, after;
	int fd = open_event(&attr);
	struct samples s = samples_map(fd, DATA_PAGES);
	struct counted c;
	int64_t error;

	on(fd);
	if (work_between_reads(fd, &before, &after, sizeof(before), work_loop,
			       turns))
		ksft_exit_fail_msg("read failed\n");
	count = off(fd);
	c = samples_count(&s);
	error = after.value - before.value - LOOP_INSNS(turns) - BETWEEN_INSNS;
	ksft_print_msg("period %llu: count %llu, %llu samples, %llu lost, %llu throttled, count off by %lld\n",
		       (unsigned long long)period, (unsigned long long)count,
		       (unsigned long long)c.samples,
		       (unsigned long long)c.lost,
		       (unsigned long long)c.throttled, (long long)error);
	ksft_test_result(c.samples == count / period && count &&
			 count >= LOOP_INSNS(turns),
			 "period %llu: samples are floor(count / period)\n",
			 (unsigned long long)period);
	ksft_test_result(!error, "period %llu: the count is exact\n",
			 (unsigned long long)period);
	ksft_test_result(!c.lost && !c.throttled,
			 "period %llu: nothing lost, nothing throttled\n",
			 (unsigned long long)period);
	samples_unmap(&s);
	close(fd);
}

/* The rate of the samples after the first part of the time, in Hz. */
static double settled_rate(struct samples *s, uint64_t ns, uint64_t *n,
			   uint64_t *lost)
{
	uint64_t first = 0, start = 0, last = 0;
	struct perf_event_header *h;

	*n = *lost = 0;
	while ((h = samples_next(s))) {
		uint64_t time = *(uint64_t *)(h + 1);

		*lost += h->type == PERF_RECORD_LOST;
		if (h->type != PERF_RECORD_SAMPLE)
			continue;
		if (!first)
			first = time;
		if (time - first < ns * SETTLE_PERCENT / 100)
			continue;
		if (!start)
			start = time;
		else
			++*n;
		last = time;
	}
	return last > start ? *n * 1e9 / (last - start) : 0;
}

static void check_frequencies(uint64_t ms)
{
	struct samples s[ARRAY_SIZE(frequencies)];
	int fds[ARRAY_SIZE(frequencies)];

	for (unsigned int i = 0; i < ARRAY_SIZE(frequencies); i++) {
		struct perf_event_attr attr = sampled(0);

		attr.freq = 1;
		attr.sample_freq = frequencies[i];
		attr.sample_type = PERF_SAMPLE_TIME;
		fds[i] = open_event(&attr);
		s[i] = samples_map(fds[i], DATA_PAGES);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(frequencies); i++)
		on(fds[i]);
	work_loop(ms * 1000000 / LOOP_BODY);	/* on the rig, 1 ns each */
	for (unsigned int i = 0; i < ARRAY_SIZE(frequencies); i++)
		off(fds[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(frequencies); i++) {
		uint64_t n, lost;
		double rate = settled_rate(&s[i], ms * 1000000, &n, &lost);
		double error = 100 * (rate / frequencies[i] - 1);

		ksft_print_msg("%llu Hz: %llu samples, %.1f Hz, off by %+.2f %%, %llu lost\n",
			       (unsigned long long)frequencies[i],
			       (unsigned long long)n, rate, error,
			       (unsigned long long)lost);
		ksft_test_result(!lost && error >= -FREQ_PERCENT &&
				 error <= FREQ_PERCENT,
				 "%llu Hz: the rate is within %d %%\n",
				 (unsigned long long)frequencies[i],
				 FREQ_PERCENT);
		samples_unmap(&s[i]);
		close(fds[i]);
	}
}

/* Does poll(2) report POLLIN after this many more samples? */
static bool wakes(int fd, uint64_t samples)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	work_loop(samples * WAKEUP_PERIOD / LOOP_BODY);
	if (poll(&p, 1, 0) < 0)
		ksft_exit_fail_perror("poll");
	return p.revents & POLLIN;
}

/*
 * Executes half a period in advance, so that each sample comes in the middle of a
 * piece of work, far from the system calls around it.
 */
static int open_half_a_period_early(struct perf_event_attr *attr,
				    struct samples *s)
{
	int fd = open_event(attr);

	*s = samples_map(fd, 8);
	on(fd);
	work_loop(WAKEUP_PERIOD / 2 / LOOP_BODY);
	return fd;
}

static void check_wakeup_events(void)
{
	struct perf_event_attr attr = sampled(WAKEUP_PERIOD);
	struct samples s;
	bool early, due, again, later;
	int fd;

	attr.wakeup_events = 10;
	fd = open_half_a_period_early(&attr, &s);
	early = wakes(fd, 9);
	due = wakes(fd, 1);
	again = wakes(fd, 9);
	later = wakes(fd, 1);
	off(fd);
	ksft_print_msg("wakeup by 10 events: after 9 %d, 10 %d, 19 %d, 20 %d; %llu samples\n",
		       early, due, again, later,
		       (unsigned long long)samples_count(&s).samples);
	ksft_test_result(!early && due && !again && later,
			 "poll: a wakeup at every 10th sample\n");
	samples_unmap(&s);
	close(fd);
}

static void check_wakeup_watermark(void)
{
	struct perf_event_attr attr = sampled(WAKEUP_PERIOD);
	struct samples s;
	bool early, due, again, later;
	int fd;

	attr.watermark = 1;
	attr.wakeup_watermark = 10 * SAMPLE_BYTES;
	fd = open_half_a_period_early(&attr, &s);
	early = wakes(fd, 10);
	due = wakes(fd, 1);
	again = wakes(fd, 9);
	later = wakes(fd, 1);
	off(fd);
	ksft_print_msg("wakeup by watermark: after 10 %d, 11 %d, 20 %d, 21 %d; %llu samples\n",
		       early, due, again, later,
		       (unsigned long long)samples_count(&s).samples);
	ksft_test_result(!early && due && !again && later,
			 "poll: a wakeup each time the watermark is passed\n");
	samples_unmap(&s);
	close(fd);
}

/* Reads a number from a sysctl file; -1 if the file cannot be read. */
static long get(const char *file)
{
	FILE *f = fopen(file, "r");
	long value = -1;

	if (f) {
		if (fscanf(f, "%ld", &value) != 1)
			value = -1;
		fclose(f);
	}
	return value;
}

static bool set(const char *file, long value)
{
	FILE *f = fopen(file, "w");

	if (!f)
		return false;
	fprintf(f, "%ld\n", value);
	return !fclose(f);
}

/* The kernel accepts a new rate only while its limit of the CPU time is on. */
static bool set_rate(long rate, long percent)
{
	bool done = set(CPU_FILE, 25) && set(RATE_FILE, rate);

	return set(CPU_FILE, percent) && done;
}

static void check_throttling(void)
{
	const uint64_t period = 1000, insns = 20000000;
	long rate = get(RATE_FILE), percent = get(CPU_FILE);
	struct perf_event_attr attr = sampled(period);
	struct samples s;
	struct counted c;
	uint64_t count;
	int fd;

	if (!set_rate(10000, 0)) {
		ksft_test_result_skip("throttling: the sample rate cannot be set\n");
		return;
	}
	fd = open_event(&attr);
	s = samples_map(fd, DATA_PAGES);
	on(fd);
	work_loop(insns / LOOP_BODY);
	count = off(fd);
	c = samples_count(&s);
	set_rate(rate, percent);
	ksft_print_msg("at most 10000 Hz: %llu samples, throttled %llu times, ended %llu times; counted %llu of %llu\n",
		       (unsigned long long)c.samples,
		       (unsigned long long)c.throttled,
		       (unsigned long long)c.unthrottled,
		       (unsigned long long)count, (unsigned long long)insns);
	ksft_test_result(c.throttled && c.samples < insns / period / 2 &&
			 c.throttled - c.unthrottled <= 1,
			 "above the limit, samples are throttled, with throttle records\n");
	samples_unmap(&s);
	close(fd);
}

int main(int argc, char **argv)
{
	uint64_t ms = argc > 1 ? strtoull(argv[1], NULL, 0) : MILLISECONDS;
	long rate = get(RATE_FILE), percent = get(CPU_FILE);

	ksft_print_header();
	ksft_set_plan(3 * ARRAY_SIZE(periods) + ARRAY_SIZE(frequencies) + 3);
	if (!set_rate(100000000, 0))
		ksft_print_msg("the limit of the sample rate stays\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(periods); i++)
		check_period(periods[i].period, periods[i].samples);
	check_frequencies(ms);
	check_wakeup_events();
	check_wakeup_watermark();
	check_throttling();
	set_rate(rate, percent);
	ksft_finished();
}
