// SPDX-License-Identifier: GPL-2.0-only
/*
 * The connection between dom0 and a domU: libxenvchan, a pair of rings in
 * memory that the domU grants to dom0. Requests come as one frame, answers as
 * many; a frame is a header (struct frame, native order) and its bytes.
 */
#include <stdlib.h>

#include <libxenvchan.h>

#include "agent.h"

#define RING_REQUEST	(256 << 10)	/* bytes; powers of two */
#define RING_ANSWER	(64 << 10)
#define FRAME_MAX	(16 << 10)	/* bytes of one frame of an answer */

static struct libxenvchan *to_dom0;

/* Sends one frame, waiting for room. 0, or -1 when the peer has gone. */
int link_send(struct libxenvchan *chan, uint32_t stream, const void *data,
	      size_t len)
{
	struct frame head = { .stream = stream, .len = len };
	const char *at = data;
	int done;

	if (libxenvchan_send(chan, &head, sizeof(head)) != sizeof(head))
		return -1;
	for (; len; len -= done, at += done) {
		done = libxenvchan_write(chan, at, len);
		if (done <= 0)
			return -1;
	}
	return 0;
}

/* Receives exactly len bytes, waiting for them. 0, or -1 as above. */
int link_receive(struct libxenvchan *chan, void *data, size_t len)
{
	char *at = data;
	int done;

	for (; len; len -= done, at += done) {
		done = libxenvchan_read(chan, at, len);
		if (done <= 0)
			return -1;
	}
	return 0;
}

static void link_write(struct sink *sink, enum stream stream, const void *data,
		       size_t len)
{
	const char *at = data;

	(void)sink;
	while (len) {
		size_t part = len < FRAME_MAX ? len : FRAME_MAX;

		if (link_send(to_dom0, stream, at, part))
			die("xenvm-agent: dom0 has closed the connection");
		at += part;
		len -= part;
	}
}

/* In a domU: waits for requests of dom0 and answers each, for ever. */
void link_serve(void)
{
	static struct sink sink = { .write = link_write };
	struct frame head;
	void *request;

	memory_zero_free();
	to_dom0 = libxenvchan_server_init(NULL, 0, "data/xenvm", RING_REQUEST,
					  RING_ANSWER);
	if (!to_dom0)
		die("xenvm-agent: cannot offer a vchan to dom0");
	to_dom0->blocking = 1;
	for (;;) {
		if (link_receive(to_dom0, &head, sizeof(head)))
			die("xenvm-agent: dom0 has closed the connection");
		request = malloc(head.len);
		if (!request || link_receive(to_dom0, request, head.len))
			die("xenvm-agent: request of %u bytes lost", head.len);
		if (job_unpack(&sink, request, head.len))
			job_command(&sink);
		free(request);
	}
}
