// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenvm-agent: runs in every guest, takes requests and answers them.
 *
 *	xenvm-agent host SECONDS [NAME:DOMID]...	in dom0, or without Xen
 *	xenvm-agent dom0				in a domU
 *	xenvm-agent mount [TYPE]			first thing in /init
 *
 * `host` connects to the domUs, lets the machine settle for SECONDS of its own time,
 * says "ready", and looks for a request of the host every POLL_MS until there is one.
 * The machine is saved in this state, and each run starts from there. The agent answers
 * one request and ends the machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

#define POLL_MS 10

static void settle(unsigned int seconds)
{
	while (seconds)
		seconds = sleep(seconds);
}

static void serve_host(unsigned int seconds, int count, char *specs[])
{
	const struct timespec period = { .tv_nsec = POLL_MS * 1000000L };
	struct sink *sink = ports_open();
	size_t len;
	void *request = ports_read_request(&len);

	dom0_connect(sink, count, specs);
	if (!request)		/* with a request at the start (a guest of KVM) the machine is not saved */
		memory_zero_free();
	settle(seconds);
	console_relay(sink);
	control(sink, "ready");
	while (!request) {
		nanosleep(&period, NULL);
		request = ports_read_request(&len);
	}

	if (job_unpack(sink, request, len)) {
		dom0_start_neighbours(sink);
		if (dom0_has_guest())
			dom0_forward(sink);
		else
			job_command(sink);
		dom0_check_neighbours(sink);
	}
	console_relay(sink);
	ports_power_off();
}

int main(int argc, char *argv[])
{
	if (argc >= 3 && !strcmp(argv[1], "host"))
		serve_host(atoi(argv[2]), argc - 3, argv + 3);
	if (argc == 2 && !strcmp(argv[1], "dom0"))
		link_serve();
	if (argc >= 2 && !strcmp(argv[1], "mount")) {
		mount_all(argv[2]);
		return 0;
	}
	die("usage: xenvm-agent host SECONDS [NAME:DOMID]... | dom0 | mount [TYPE]");
}
