/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared by the parts of xenvm's guest agent.
 *
 * A request is one gzip'ed tar, which the agent unpacks at /. The files under JOB_DIR
 * tell the agent what to do:
 *
 *	setup		sh script, run first; its status must be 0
 *	argv		the command, each argument ended by a NUL
 *	get		paths to send back after the command, each ended by a NUL
 *	domus/NAME	request for the domU NAME (dom0 only)
 *	neighbours	names of the domUs to start before the guest, one a line
 *	guest		name of the domU whose output and status are the answer
 *
 * The answer is a set of byte streams, see enum stream.
 */
#ifndef XENVM_AGENT_H
#define XENVM_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_DIR "/run/xenvm"

/*
 * The streams. Between dom0 and the host each stream has an I/O port of its own
 * (PORT_STREAMS + stream); between a domU and dom0 the stream is a field of the frame
 * header.
 */
enum stream {
	STREAM_CONTROL,		/* lines: ready, run, exit N, fail WHY, crash WHO */
	STREAM_OUT,		/* the command's stdout */
	STREAM_ERR,		/* the command's stderr, and the setup script's output */
	STREAM_FILES,		/* a tar of the requested files */
	STREAM_CONSOLE,		/* consoles of the domUs */
	STREAM_COUNT
};

/* Takes the bytes of an answer: the I/O ports, or the link to dom0. */
struct sink {
	void (*write)(struct sink *sink, enum stream stream, const void *data,
		      size_t len);
};

/* printf to STREAM_CONTROL; a line has at most 500 bytes. */
__attribute__((format(printf, 2, 3)))
void control(struct sink *sink, const char *format, ...);

/* Writes to stderr, which is the guest's console, and exits with status 1. */
__attribute__((format(printf, 1, 2), noreturn))
void die(const char *format, ...);

/* ports.c: the way to and from the host (dom0 and a machine without Xen) */
struct sink *ports_open(void);
void *ports_read_request(size_t *len);
__attribute__((noreturn)) void ports_power_off(void);

/* child.c: programs and their output */
int child_run(struct sink *sink, char *const argv[], enum stream out,
	      enum stream err);
int child_feed(char *const argv[], const void *data, size_t len);

/* job.c: a request */
bool job_unpack(struct sink *sink, const void *request, size_t len);
void job_command(struct sink *sink);
void *file_read(const char *path, size_t *len);

/* link.c: frames over a libxenvchan connection between dom0 and a domU */
struct libxenvchan;
struct frame {
	uint32_t stream;
	uint32_t len;
};

int link_send(struct libxenvchan *chan, uint32_t stream, const void *data,
	      size_t len);
int link_receive(struct libxenvchan *chan, void *data, size_t len);
__attribute__((noreturn)) void link_serve(void);

/* dom0.c: the domUs, seen from dom0 */
void dom0_connect(struct sink *sink, int count, char *specs[]);
void dom0_start_neighbours(struct sink *sink);
void dom0_check_neighbours(struct sink *sink);
void dom0_forward(struct sink *sink);
bool dom0_has_guest(void);

/* mounts.c */
void mount_all(const char *type);

/* memory.c: fills free memory with zeros */
void memory_zero_free(void);

/* console.c: passes the domUs' consoles on */
void console_add(const char *name);
int console_fd(void);
void console_relay(struct sink *sink);

#endif
