// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mounts the file systems that every program expects. The agent does this because a
 * minimal root has no mount(8). /init calls it first.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "agent.h"

static const struct {
	const char *type;
	const char *dir;
	const char *options;
	bool optional;		/* not in every kernel, or mounted already */
} mounts[] = {
	{ "proc", "/proc", "", false },
	{ "sysfs", "/sys", "", false },
	{ "devtmpfs", "/dev", "mode=755", true },
	{ "devpts", "/dev/pts", "mode=620,ptmxmode=666", false },
	{ "tmpfs", "/dev/shm", "mode=1777", false },
	{ "tmpfs", "/run", "mode=755", false },
	{ "debugfs", "/sys/kernel/debug", "", true },
	{ "tracefs", "/sys/kernel/tracing", "", true },
	{ "xenfs", "/proc/xen", "", true },
};

static int mount_one(const char *type, const char *dir, const char *options)
{
	mkdir(dir, 0755);
	return mount(type, dir, type, 0, options);
}

/* Mounts all file systems, or only those of a type. */
void mount_all(const char *type)
{
	size_t i;

	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		if (type && strcmp(type, mounts[i].type))
			continue;
		if (mount_one(mounts[i].type, mounts[i].dir,
			      mounts[i].options) && !mounts[i].optional)
			die("xenvm-agent: cannot mount %s: %s", mounts[i].dir,
			    strerror(errno));
	}
}
