// SPDX-License-Identifier: GPL-2.0-only
/* info.c - "xenpmu info": prints what sysfs and debugfs say about this guest's PMU. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenpmu.h"

#define SYS_HYPERVISOR	"/sys/hypervisor"
#define SYS_MODULE	"/sys/module/xen_pmu"
#define SYS_PMU		"/sys/bus/event_source/devices/cpu"
#define DEBUGFS		"/sys/kernel/debug"

static bool exists(const char *path)
{
	return !access(path, F_OK);
}

/* Returns the first line of a file, or "" if there is no such file. */
static const char *line(const char *dir, const char *file, char *buf, int size)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	f = fopen(path, "r");
	if (!f || !fgets(buf, size, f))
		buf[0] = '\0';
	if (f)
		fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

static void row(const char *name, const char *value)
{
	if (*value)
		printf("%-16s %s\n", name, value);
}

static void print_xen(void)
{
	char major[32], minor[32], extra[64], guest[64], text[256];

	line(SYS_HYPERVISOR "/version", "major", major, sizeof(major));
	line(SYS_HYPERVISOR "/version", "minor", minor, sizeof(minor));
	line(SYS_HYPERVISOR "/version", "extra", extra, sizeof(extra));
	line(SYS_HYPERVISOR, "guest_type", guest, sizeof(guest));
	snprintf(text, sizeof(text), "%s.%s%s", major, minor, extra);
	row("xen", text);
	row("guest type", guest);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char * const *)a, *(char * const *)b);
}

/* Prints one row with the names of a directory's files, sorted. */
static void print_names(const char *label, const char *dir)
{
	char *names[256], text[4096] = "";
	size_t n = 0, used = 0;
	struct dirent *de;
	DIR *d = opendir(dir);

	if (!d)
		return;
	while (n < 256) {
		de = readdir(d);
		if (!de)
			break;
		if (de->d_name[0] == '.')
			continue;
		names[n] = strdup(de->d_name);
		if (names[n])
			n++;
	}
	closedir(d);
	qsort(names, n, sizeof(names[0]), by_name);
	for (size_t i = 0; i < n; i++) {
		if (used < sizeof(text))
			used += snprintf(text + used, sizeof(text) - used,
					 "%s%s", i ? " " : "", names[i]);
		free(names[i]);
	}
	row(label, text);
}

static void print_pmu(void)
{
	char buf[128];

	row("driver", line(SYS_MODULE, "version", buf, sizeof(buf)));
	row("pmu type", line(SYS_PMU, "type", buf, sizeof(buf)));
	row("user rdpmc", line(SYS_PMU, "rdpmc", buf, sizeof(buf)));
	print_names("format terms", SYS_PMU "/format");
	print_names("event names", SYS_PMU "/events");
}

/* Prints the driver's own file.  Each line is a name, blanks or a colon, and a value. */
static int print_driver(void)
{
	FILE *f = fopen(DEBUGFS "/xen_pmu/info", "r");
	char buf[512], *value;

	if (!f && errno == EACCES) {
		complain("Only root may read the rest, which is in " DEBUGFS "/xen_pmu/info.");
		return EXIT_NOT_HERE;
	}
	if (!f) {
		complain("The rest is in debugfs, which is not mounted: mount -t debugfs none " DEBUGFS ".");
		return EXIT_NOT_HERE;
	}
	while (fgets(buf, sizeof(buf), f)) {
		buf[strcspn(buf, "\n")] = '\0';
		value = buf + strcspn(buf, " \t:");
		if (*value)
			*value++ = '\0';
		row(buf, value + strspn(value, " \t"));
	}
	fclose(f);
	return 0;
}

int cmd_info(int argc, char **argv)
{
	char type[32];

	(void)argv;
	if (argc) {
		complain("'info' takes no argument.");
		return EXIT_USAGE;
	}
	if (strcmp(line(SYS_HYPERVISOR, "type", type, sizeof(type)), "xen")) {
		complain("This is not a Xen guest, so Xen offers it no PMU.");
		return EXIT_NOT_HERE;
	}
	print_xen();
	if (!exists(SYS_MODULE)) {
		complain("The module xen_pmu is not loaded: run 'insmod xen_pmu.ko'; if that fails, dmesg says why.");
		return EXIT_NOT_HERE;
	}
	print_pmu();
	return print_driver();
}
