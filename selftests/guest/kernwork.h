/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernwork.h - lets a program use the module xen_pmu_kwork, whose known kernel code
 * runs in the caller's system call (see kwork/main.c).
 */
#ifndef XENPMU_GUEST_KERNWORK_H
#define XENPMU_GUEST_KERNWORK_H

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kselftest.h"

#define KERNWORK_FILE "/sys/kernel/debug/xen_pmu_kwork/run"

/* The addresses of a kernel function: its first byte, and the first byte after it. */
struct kernel_range {
	uint64_t start, end;
};

/* Loads the module from the program's directory, unless it is loaded. */
static inline void kernwork_load(const char *program)
{
	char path[256], dir[200];
	int fd;

	snprintf(dir, sizeof(dir), "%s", program);
	snprintf(path, sizeof(path), "%s/xen_pmu_kwork.ko", dirname(dir));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	if (syscall(__NR_finit_module, fd, "", 0) && errno != EEXIST)
		ksft_exit_fail_msg("%s does not load: %s\n", path,
				   strerror(errno));
	close(fd);
}

/* Unloads the module.  Its file must not be open. */
static inline void kernwork_unload(void)
{
	if (syscall(__NR_delete_module, "xen_pmu_kwork", O_NONBLOCK))
		ksft_print_msg("xen_pmu_kwork does not unload: %s\n",
			       strerror(errno));
}

/* Opens the module's file, so that the work itself is one system call. */
static inline int kernwork_open(void)
{
	int fd = open(KERNWORK_FILE, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		ksft_exit_fail_perror(KERNWORK_FILE);
	return fd;
}

/* Looks up a function of the kernel or of a module in /proc/kallsyms. */
static inline struct kernel_range kernel_function(const char *name)
{
	struct kernel_range r = { 0, UINT64_MAX };
	char line[512], found[256];
	unsigned long at;
	FILE *f = fopen("/proc/kallsyms", "r");

	if (!f)
		ksft_exit_fail_perror("/proc/kallsyms");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %255s", &at, found) == 2 &&
		    !strcmp(found, name))
			r.start = at;
	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		at = strtoul(line, NULL, 16);
		if (at > r.start && at < r.end)
			r.end = at;
	}
	fclose(f);
	if (!r.start)
		ksft_exit_fail_msg("no %s in /proc/kallsyms\n", name);
	return r;
}

static inline bool in_function(const struct kernel_range *r, uint64_t ip)
{
	return ip >= r->start && ip < r->end;
}

#endif
