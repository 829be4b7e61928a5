// SPDX-License-Identifier: GPL-2.0-only
/*
 * storm - an event with a far too short period does no harm.
 *
 * The test samples a known loop and a known number of system calls with periods from 1
 * to 2000.  With period 1 every instruction asks for an interrupt; even 2000 is less
 * than an interrupt handler executes.  The kernel throttles such an event: when it has
 * used up its share of perf_event_max_sample_rate in a tick, perf stops it until the next
 * tick and writes a throttle record.  The kernel also lowers that rate if samples cost
 * more CPU time than perf_cpu_time_max_percent.  (The rig raises both sysctls.  This test
 * sets them to the kernel's defaults while it runs.)  In spite of the storm
 *
 *  - the program ends;
 *  - a second event of the same task, which only counts, counts exactly;
 *  - there are samples, and with period 1 there are throttle records
 *    (PERF_RECORD_THROTTLE);
 *  - a new event with a sane period, opened afterwards, gets all of its samples.
 *
 * User mode is tried with every driver.  Kernel mode and both modes are tried with our
 * driver only: there at least the way into and out of the interrupt handler is counted,
 * so that the next period ends before the handler does.  (Natively the interrupt is an
 * NMI, and the case is the stock driver's concern.)
 *
 * With the argument "unlimited" the kernel's limits stay off, as the rig sets them.  Then
 * Xen's own limit is the only one (R10).  This variant tries kernel mode only.
 *
 * How it could fail: a driver or a hypervisor that handles overflows in a loop until none
 * is pending never leaves the loop.  A guest in which the next interrupt is always pending
 * when a handler returns makes no progress, unless somebody limits the cost.  A driver
 * that leaves a throttled counter half stopped spoils the next count.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define TURNS		300000UL	/* 3 M instructions: most of a tick */
#define CALLS		3000UL		/* system calls: about as long */
#define SANE_PERIOD	20011UL
#define DATA_PAGES	512
#define PAGE		4096UL

#define SYSCTL		"/proc/sys/kernel/perf_"
#define DEFAULT_RATE	100000		/* samples a second, kernel/events/core.c */
#define DEFAULT_PERCENT	25

/* Writes a sysctl and returns its old value. */
static int set_sysctl(const char *path, int value)
{
	FILE *f = fopen(path, "r+");
	int before = -1;

	if (!f || fscanf(f, "%d", &before) != 1)
		ksft_exit_fail_perror(path);
	rewind(f);
	fprintf(f, "%d\n", value);
	if (fclose(f))
		ksft_exit_fail_perror(path);
	return before;
}

/* The kernel accepts a new rate only while its limit of the CPU time is on. */
static int set_rate(int rate, int percent)
{
	int before;

	set_sysctl(SYSCTL "cpu_time_max_percent", DEFAULT_PERCENT);
	before = set_sysctl(SYSCTL "event_max_sample_rate", rate);
	set_sysctl(SYSCTL "cpu_time_max_percent", percent);
	return before;
}

static bool unlimited;

struct sampler {
	int fd;
	void *ring;
};

static struct sampler open_sampler(const char *modes, uint64_t period)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, modes);
	struct sampler s;

	attr.sample_period = period;
	attr.sample_type = PERF_SAMPLE_IP;
	attr.disabled = 1;
	s.fd = perf_open_self(&attr, -1);
	if (s.fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	s.ring = mmap(NULL, (1 + DATA_PAGES) * PAGE, PROT_READ | PROT_WRITE,
		      MAP_SHARED, s.fd, 0);
	if (s.ring == MAP_FAILED)
		ksft_exit_fail_perror("mmap of the ring buffer");
	return s;
}

static void close_sampler(struct sampler *s)
{
	munmap(s->ring, (1 + DATA_PAGES) * PAGE);
	close(s->fd);
}

/* The number of records of a type in the ring.  The ring has not wrapped. */
static int records(const struct sampler *s, uint32_t type)
{
	struct perf_event_mmap_page *page = s->ring;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	int n = 0;

	for (uint64_t at = 0; at < head;) {
		struct perf_event_header *h = s->ring + PAGE + at;

		n += h->type == type;
		at += h->size;
	}
	return n;
}

/* Counts a piece of work with a second event during the storm; returns its error. */
static int64_t count_work(void (*piece)(uint64_t), uint64_t arg, uint64_t insns)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	struct perf_value a, b;
	int fd = perf_open_self(&attr, -1);

	if (fd < 0 || work_between_reads(fd, &a, &b, sizeof(a), piece, arg))
		ksft_exit_fail_perror("the event beside it");
	close(fd);
	return b.value - a.value - insns - BETWEEN_INSNS;
}

static void check_storm(const char *modes, uint64_t period)
{
	struct sampler s;
	bool enough = period == 1 && strchr(modes, 'u') && !unlimited;
	int samples, throttled;
	int64_t error;

	/* Perf has lowered the rate during the previous storm. */
	if (!unlimited)
		set_rate(DEFAULT_RATE, DEFAULT_PERCENT);
	s = open_sampler(modes, period);
	ioctl(s.fd, PERF_EVENT_IOC_ENABLE, 0);
	error = count_work(work_loop, TURNS, LOOP_INSNS(TURNS));
	error |= count_work(work_syscalls, CALLS, SYSCALLS_INSNS(CALLS));
	ioctl(s.fd, PERF_EVENT_IOC_DISABLE, 0);
	samples = records(&s, PERF_RECORD_SAMPLE);
	throttled = records(&s, PERF_RECORD_THROTTLE);
	close_sampler(&s);

	ksft_print_msg("%s, period %llu: %d samples, throttled %d times, error of the other event %lld\n",
		       modes, (unsigned long long)period, samples, throttled,
		       (long long)error);
	ksft_test_result(!error,
			 "a storm in %s, period %llu: the event beside it is exact\n",
			 modes, (unsigned long long)period);
	ksft_test_result(samples && (throttled || !enough),
			 "a storm in %s, period %llu: sampled%s\n", modes,
			 (unsigned long long)period,
			 enough ? ", and throttled" : "");
}

static void check_after(void)
{
	struct sampler s = open_sampler("u", SANE_PERIOD);
	struct perf_value v;
	int samples;

	ioctl(s.fd, PERF_EVENT_IOC_ENABLE, 0);
	work_loop(TURNS);
	ioctl(s.fd, PERF_EVENT_IOC_DISABLE, 0);
	if (read(s.fd, &v, sizeof(v)) != sizeof(v))
		ksft_exit_fail_perror("read");
	samples = records(&s, PERF_RECORD_SAMPLE);
	close_sampler(&s);
	ksft_print_msg("afterwards: %d samples of %llu instructions\n", samples,
		       (unsigned long long)v.value);
	ksft_test_result(samples == (int)(v.value / SANE_PERIOD),
			 "afterwards: floor(count / period) samples\n");
}

static const uint64_t periods[] = { 1, 32, 256, 1000, 2000 };
#define NR_PERIODS (sizeof(periods) / sizeof(periods[0]))

static void check_storms(const char *modes)
{
	for (unsigned int i = 0; i < NR_PERIODS; i++)
		check_storm(modes, periods[i]);
}

static void skip_storms(const char *modes)
{
	for (unsigned int i = 0; i < 2 * NR_PERIODS; i++)
		ksft_test_result_skip("a storm in %s: not our driver\n", modes);
}

int main(int argc, char **argv)
{
	int percent = 0, rate = 0;

	unlimited = argc > 1 && !strcmp(argv[1], "unlimited");
	ksft_print_header();
	ksft_set_plan((unlimited ? 1 : 3) * 2 * NR_PERIODS + 1);
	if (!unlimited) {
		percent = set_sysctl(SYSCTL "cpu_time_max_percent",
				     DEFAULT_PERCENT);
		rate = set_rate(DEFAULT_RATE, DEFAULT_PERCENT);
	}
	/*
	 * Kernel mode comes first: perf then knows no cost of a sample from earlier
	 * storms, and learns the cost from samples of the kernel.
	 */
	if (driver_is_ours())
		check_storms("k");
	else
		skip_storms("k");
	if (!unlimited) {
		if (driver_is_ours())
			check_storms("uk");
		else
			skip_storms("uk");
		check_storms("u");
	}
	check_after();
	if (!unlimited)
		set_rate(rate, percent);
	ksft_finished();
}
