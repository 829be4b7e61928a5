/* SPDX-License-Identifier: GPL-2.0-only */
/* perf.h - perf_event_open(2) and helpers for the tests. */
#ifndef XENPMU_GUEST_PERF_H
#define XENPMU_GUEST_PERF_H

#include <cpuid.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * AMD's event selects (PPR for family 17h model 31h, 2.1.15.4).  All except the marked
 * one are the same from family 0Fh on (BKDG for family 10h, 3.14).
 */
#define ZEN_CYCLES		0x0076
#define ZEN_INSTRUCTIONS	0x00c0
#define ZEN_BRANCHES		0x00c2
#define ZEN_MISPREDICTED	0x00c3
#define ZEN_TAKEN		0x00c4
#define ZEN_NEAR_RETURNS	0x00c8
#define ZEN_CONDITIONAL		0x00d1	/* from family 17h on */

/* The format of read(2) for an event of perf_attr(). */
struct perf_value {
	uint64_t value;
	uint64_t enabled;	/* ns that it was enabled */
	uint64_t running;	/* ns that it was on a counter */
};

/* The attributes of an event that counts in the modes "u", "k" or "uk". */
static inline struct perf_event_attr perf_attr(uint32_t type, uint64_t config,
					       const char *modes)
{
	struct perf_event_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.size = sizeof(attr);
	attr.type = type;
	attr.config = config;
	attr.exclude_user = !strchr(modes, 'u');
	attr.exclude_kernel = !strchr(modes, 'k');
	attr.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
			   PERF_FORMAT_TOTAL_TIME_RUNNING;
	return attr;
}

/* Returns the file descriptor, or -1 with errno, as perf_event_open(2) does. */
static inline int perf_open(struct perf_event_attr *attr, pid_t pid, int cpu,
			    int group)
{
	return syscall(__NR_perf_event_open, attr, pid, cpu, group,
		       PERF_FLAG_FD_CLOEXEC);
}

/* Opens an event of the calling thread on any CPU. */
static inline int perf_open_self(struct perf_event_attr *attr, int group)
{
	return perf_open(attr, 0, -1, group);
}

/* Pins the thread to its current CPU; returns the CPU's number or -1. */
static inline int pin_here(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (cpu < 0)
		return -1;
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -1 : cpu;
}

/* The processor's family, CPUID leaf 1 (APM volume 3, E.3.2). */
static inline unsigned int cpu_family(void)
{
	unsigned int a, b, c, d;

	if (!__get_cpuid(1, &a, &b, &c, &d))
		return 0;
	return (a >> 8 & 0xf) + ((a >> 8 & 0xf) == 0xf ? a >> 20 & 0xff : 0);
}

/*
 * Returns @config.  If this processor has no event of conditional branches, returns
 * taken branches instead: work_loop() has the same number of both.
 */
static inline uint64_t event_here(uint64_t config)
{
	return config == ZEN_CONDITIONAL && cpu_family() < 0x17 ? ZEN_TAKEN :
								  config;
}

/* Is this a Xen guest of @type ("PV", "PVH" or "HVM")? */
static inline bool guest_is(const char *type)
{
	FILE *f = fopen("/sys/hypervisor/guest_type", "r");
	char here[8] = "";

	if (f && fscanf(f, "%7s", here) != 1)
		here[0] = 0;
	if (f)
		fclose(f);
	return !strcmp(here, type);
}

/* Is the PMU's driver ours, the module xen_pmu? */
static inline bool driver_is_ours(void)
{
	return !access("/sys/module/xen_pmu", F_OK);
}

#endif
