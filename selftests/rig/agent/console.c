// SPDX-License-Identifier: GPL-2.0-only
/*
 * The domUs' consoles: xenconsoled writes a log for each domU, and the agent passes
 * new lines on, with the guest's name before each line. The agent reads a log only
 * when inotify reports a change, so that dom0 stays idle while a domU computes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "agent.h"

#define LOG_DIR		"/var/log/xen/console"
#define CONSOLES_MAX	16
#define LINE_MAX_BYTES	1024

static struct console {
	const char *name;
	char *path;
	int fd;				/* -1 until the log exists */
	size_t len;
	char line[LINE_MAX_BYTES];	/* the beginning of a line */
} consoles[CONSOLES_MAX];

static int console_count;
static int notify = -1;

/* The caller must keep the name in memory. */
void console_add(const char *name)
{
	struct console *con = &consoles[console_count];

	if (console_count == CONSOLES_MAX)
		die("xenvm-agent: more than %d domUs", CONSOLES_MAX);
	con->name = name;
	con->fd = -1;
	if (asprintf(&con->path, LOG_DIR "/guest-%s.log", name) < 0)
		die("xenvm-agent: no memory");
	console_count++;
	if (notify < 0) {
		notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		inotify_add_watch(notify, LOG_DIR, IN_MODIFY);
	}
}

/* A descriptor for poll(2), readable when a console has new output; -1 without domUs. */
int console_fd(void)
{
	return notify;
}

static void write_line(struct sink *sink, struct console *con)
{
	sink->write(sink, STREAM_CONSOLE, con->name, strlen(con->name));
	sink->write(sink, STREAM_CONSOLE, ": ", 2);
	con->line[con->len++] = '\n';
	sink->write(sink, STREAM_CONSOLE, con->line, con->len);
	con->len = 0;
}

static void relay_one(struct sink *sink, struct console *con)
{
	char buf[4096];
	ssize_t len, i;

	if (con->fd < 0) {
		con->fd = open(con->path, O_RDONLY | O_CLOEXEC);
		if (con->fd < 0)
			return;
	}
	while ((len = read(con->fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < len; i++) {
			if (buf[i] == '\r' || !buf[i])
				continue;
			if (buf[i] != '\n')
				con->line[con->len++] = buf[i];
			if (buf[i] == '\n' || con->len == LINE_MAX_BYTES - 1)
				write_line(sink, con);
		}
	}
}

/* Passes on all whole lines that the domUs have written since the last call. */
void console_relay(struct sink *sink)
{
	char events[4096];
	int i;

	while (notify >= 0 && read(notify, events, sizeof(events)) > 0)
		;
	for (i = 0; i < console_count; i++)
		relay_one(sink, &consoles[i]);
}
