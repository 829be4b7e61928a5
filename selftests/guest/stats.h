/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * stats.h - reads the statistics of the driver and of Xen from debugfs.
 *
 * Each line is "name value".  A value is the sum over the guest's VCPUs.
 */
#ifndef XENPMU_GUEST_STATS_H
#define XENPMU_GUEST_STATS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATS_FILE	"/sys/kernel/debug/xen_pmu/stats"
#define INFO_FILE	"/sys/kernel/debug/xen_pmu/info"

struct stats {
	char text[4096];
};

static inline bool stats_read_file(struct stats *s, const char *file)
{
	int fd = open(file, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, s->text, sizeof(s->text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	s->text[n] = '\0';
	return true;
}

/* Reads all statistics at once, with three system calls: open, read, close. */
static inline bool stats_read(struct stats *s)
{
	return stats_read_file(s, STATS_FILE);
}

/*
 * Does Xen tell this guest about overflows by a VIRQ?  The driver's info says so.  A
 * VIRQ has to wait while interrupts are off.
 */
static inline bool overflows_by_virq(void)
{
	struct stats info;

	return stats_read_file(&info, INFO_FILE) &&
	       strstr(info.text, "\noverflows_by: virq\n");
}

/* The value with this name, or -1 if there is no such line. */
static inline int64_t stats_get(const struct stats *s, const char *name)
{
	size_t len = strlen(name);
	const char *p = s->text;

	while (p && *p) {
		if (!strncmp(p, name, len) && strchr(" \t:", p[len]) && p[len])
			return strtoll(p + len + strspn(p + len, " \t:"), NULL, 0);
		p = strchr(p, '\n');
		if (p)
			p++;
	}
	return -1;
}

/* The growth of a value, or -1 if it is missing before or after. */
static inline int64_t stats_delta(const struct stats *before,
				  const struct stats *after, const char *name)
{
	int64_t a = stats_get(before, name), b = stats_get(after, name);

	return a < 0 || b < 0 ? -1 : b - a;
}

#endif
