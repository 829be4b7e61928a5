// SPDX-License-Identifier: GPL-2.0-only
/* A request: unpacked, prepared, run, answered. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void control(struct sink *sink, const char *format, ...)
{
	char line[512];
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	if (len > (int)sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len++] = '\n';
	sink->write(sink, STREAM_CONTROL, line, len);
}

/*
 * Reads a whole file, and adds a NUL. Returns NULL if the file does not exist. The
 * caller frees the memory.
 */
void *file_read(const char *path, size_t *len)
{
	struct stat st;
	char *data;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return NULL;
	if (fd < 0 || fstat(fd, &st))
		die("xenvm-agent: %s: %s", path, strerror(errno));
	data = malloc(st.st_size + 1);
	if (!data)
		die("xenvm-agent: no memory for %s", path);
	for (*len = 0; *len < (size_t)st.st_size; *len += n) {
		n = read(fd, data + *len, st.st_size - *len);
		if (n <= 0)
			die("xenvm-agent: %s: short read", path);
	}
	data[*len] = 0;
	close(fd);
	return data;
}

/*
 * Unpacks a request and runs its setup script. Returns false if that failed; the answer
 * is then complete.
 */
bool job_unpack(struct sink *sink, const void *request, size_t len)
{
	char *const clean[] = { "rm", "-rf", JOB_DIR, NULL };
	char *const unpack[] = { "tar", "-xzf", "-", "-C", "/", NULL };
	char *const setup[] = { "sh", JOB_DIR "/setup", NULL };
	int status;

	child_feed(clean, "", 0);
	status = child_feed(unpack, request, len);
	if (status) {
		control(sink, "fail the request does not unpack, tar says %d",
			status);
		return false;
	}
	if (access(JOB_DIR "/setup", F_OK))
		return true;
	status = child_run(sink, setup, STREAM_ERR, STREAM_ERR);
	if (status)
		control(sink, "fail the guest was not set up (status %d)",
			status);
	return !status;
}

/* Cuts strings that each end in a NUL into an argument vector. */
static char **split(char *text, size_t len)
{
	char **argv = NULL, *at;
	int count = 0;

	for (at = text; at < text + len; at += strlen(at) + 1)
		count++;
	argv = calloc(count + 1, sizeof(*argv));
	if (!argv)
		die("xenvm-agent: no memory for %d arguments", count);
	count = 0;
	for (at = text; at < text + len; at += strlen(at) + 1)
		argv[count++] = at;
	return argv;
}

/* Sends back the requested files; missing files are named on stderr. */
static void send_files(struct sink *sink)
{
	char *const pack[] = { "tar", "-cf", "-", "-C", "/", "--null",
			       "-T", JOB_DIR "/get", NULL };

	if (!access(JOB_DIR "/get", F_OK))
		child_run(sink, pack, STREAM_FILES, STREAM_ERR);
}

/* Runs the command of an unpacked request, in this guest. */
void job_command(struct sink *sink)
{
	size_t len;
	char *text = file_read(JOB_DIR "/argv", &len);
	char **argv;
	int status;

	if (!text || !len) {
		control(sink, "fail the request has no command");
		return;
	}
	argv = split(text, len);
	control(sink, "run");
	status = child_run(sink, argv, STREAM_OUT, STREAM_ERR);
	send_files(sink);
	control(sink, "exit %d", status);
	free(argv);
	free(text);
}
