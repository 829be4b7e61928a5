// SPDX-License-Identifier: GPL-2.0-only
/* The domUs, seen from dom0: connections, requests, answers, deaths. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenstore.h>

#include "agent.h"

#define DOMUS_MAX	16
#define CONNECT_TRIES	1200		/* of 100 ms each */

static struct domu {
	char name[32];
	unsigned int id;
	struct libxenvchan *chan;
} domus[DOMUS_MAX];

static int domu_count;

static struct xs_handle *xs;
static int deaths;		/* eventfd: domains may have ended */

/*
 * Waits until xenstored reports that a domain has ended (or was made). This is a thread
 * with a connection of its own, because the static libxenstore has no reader thread: its
 * xs_fileno() never becomes readable, and a request takes a watch event for its reply.
 */
static void *watch_domains(void *unused)
{
	struct xs_handle *watches = xs_open(0);
	const uint64_t one = 1;
	unsigned int num;
	char **event;

	(void)unused;
	if (!watches || !xs_watch(watches, "@releaseDomain", "gone"))
		die("xenvm-agent: xenstore: %s", strerror(errno));
	while ((event = xs_read_watch(watches, &num))) {
		free(event);
		if (write(deaths, &one, sizeof(one)) < 0)
			break;
	}
	die("xenvm-agent: xenstore has gone");
}

static void start_watch(void)
{
	pthread_t thread;

	deaths = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (deaths < 0 || pthread_create(&thread, NULL, watch_domains, NULL))
		die("xenvm-agent: cannot watch the domains");
}

static void pause_ms(long ms)
{
	struct timespec ts = { .tv_sec = ms / 1000,
			       .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&ts, NULL);
}

/*
 * Does a domain exist, and has it not shut down or crashed? xl knows, but takes long. So
 * this is called only when xenstored has reported a change.
 */
static bool alive(const struct domu *domu)
{
	char command[64], line[256], state[16];
	bool found = false;
	FILE *list;

	snprintf(command, sizeof(command), "xl list %u 2>/dev/null", domu->id);
	list = popen(command, "re");
	if (!list)
		die("xenvm-agent: %s: %s", command, strerror(errno));
	while (fgets(line, sizeof(line), list))
		if (sscanf(line, "%*s %*u %*u %*u %15s", state) == 1)
			found = !strpbrk(state, "scd");
	pclose(list);
	return found;
}

/* A domU is gone: reports this with the end of its console, and ends the run. */
__attribute__((noreturn))
static void crashed(struct sink *sink, const struct domu *domu)
{
	pause_ms(200);			/* xenconsoled writes its log late */
	console_relay(sink);
	control(sink, "crash domU %s", domu->name);
	ports_power_off();
}

/* Checks whether a domain has ended, and whether it is this domU. */
static void check_deaths(struct sink *sink, const struct domu *domu)
{
	uint64_t events;

	if (read(deaths, &events, sizeof(events)) < 0)
		return;
	if (!alive(domu))
		crashed(sink, domu);
}

static void connect_one(struct sink *sink, struct domu *domu)
{
	char path[64], ref[80];
	int tries;
	void *text;

	snprintf(path, sizeof(path), "/local/domain/%u/data/xenvm", domu->id);
	snprintf(ref, sizeof(ref), "%s/event-channel", path);
	for (tries = 0; tries < CONNECT_TRIES; tries++) {
		check_deaths(sink, domu);
		text = xs_read(xs, XBT_NULL, ref, NULL);
		free(text);
		if (text)
			domu->chan = libxenvchan_client_init(NULL, domu->id,
							     path);
		console_relay(sink);
		if (domu->chan)
			return;
		pause_ms(100);
	}
	control(sink, "fail domU %s does not answer", domu->name);
	ports_power_off();
}

/* Connects to every domU; each spec is NAME:DOMID. */
void dom0_connect(struct sink *sink, int count, char *specs[])
{
	int i;

	if (!count)
		return;
	xs = xs_open(0);
	if (!xs)
		die("xenvm-agent: xenstore: %s", strerror(errno));
	start_watch();
	for (i = 0; i < count && i < DOMUS_MAX; i++) {
		struct domu *domu = &domus[domu_count++];

		if (sscanf(specs[i], "%31[^:]:%u", domu->name, &domu->id) != 2)
			die("xenvm-agent: bad domU %s", specs[i]);
		console_add(domu->name);
	}
	for (i = 0; i < domu_count; i++) {
		connect_one(sink, &domus[i]);
		domus[i].chan->blocking = 1;
	}
}

bool dom0_has_guest(void)
{
	return !access(JOB_DIR "/guest", F_OK);
}

static struct domu *find(struct sink *sink, const char *name)
{
	int i;

	for (i = 0; i < domu_count; i++)
		if (!strcmp(domus[i].name, name))
			return &domus[i];
	control(sink, "fail there is no domU %s", name);
	ports_power_off();
}

static struct domu *send_request(struct sink *sink, const char *name)
{
	struct domu *domu = find(sink, name);
	char path[128];
	void *request;
	size_t len;

	snprintf(path, sizeof(path), JOB_DIR "/domus/%s", name);
	request = file_read(path, &len);
	if (!request)
		die("xenvm-agent: the request has no %s", path);
	if (link_send(domu->chan, 0, request, len))
		crashed(sink, domu);
	free(request);
	return domu;
}

/* Sleeps until a domU, xenstore or a console has news. */
static void wait_news(struct sink *sink, struct domu *domu)
{
	struct pollfd fds[] = {
		{ .fd = libxenvchan_fd_for_select(domu->chan), .events = POLLIN },
		{ .fd = deaths, .events = POLLIN },
		{ .fd = console_fd(), .events = POLLIN },
	};

	poll(fds, 3, -1);
	if (fds[0].revents)
		libxenvchan_wait(domu->chan);
	if (fds[1].revents)
		check_deaths(sink, domu);
	if (fds[2].revents)
		console_relay(sink);
}

/* The meaning of a frame for the caller who waits for the domU. */
enum answer { ANSWER_MORE, ANSWER_RUNS, ANSWER_DONE };

/*
 * Receives one frame and passes it on. From a neighbour (`quiet`) only stderr and
 * failures are passed on.
 */
static enum answer take_frame(struct sink *sink, struct domu *domu, bool quiet)
{
	char buf[(16 << 10) + 1];
	struct frame head;

	if (link_receive(domu->chan, &head, sizeof(head)) ||
	    head.stream >= STREAM_COUNT || head.len >= sizeof(buf) ||
	    link_receive(domu->chan, buf, head.len))
		crashed(sink, domu);
	buf[head.len] = 0;
	if (head.stream == STREAM_CONTROL && !strncmp(buf, "run\n", 4))
		return ANSWER_RUNS;
	if (!quiet || head.stream == STREAM_ERR)
		sink->write(sink, head.stream, buf, head.len);
	if (head.stream != STREAM_CONTROL)
		return ANSWER_MORE;
	console_relay(sink);
	if (quiet && strncmp(buf, "exit 0\n", 7))
		control(sink, "fail neighbour %s: %.*s", domu->name,
			(int)strcspn(buf, "\n"), buf);
	return ANSWER_DONE;
}

static void wait_answer(struct sink *sink, struct domu *domu, bool quiet,
			enum answer until)
{
	enum answer answer = ANSWER_MORE;

	do {
		while (answer < until &&
		       libxenvchan_data_ready(domu->chan) >=
		       (int)sizeof(struct frame))
			answer = take_frame(sink, domu, quiet);
		if (answer < until)
			wait_news(sink, domu);
	} while (answer < until);
}

/* Calls `what` for each name in the request's list of neighbours. */
static void each_neighbour(struct sink *sink,
			   void (*what)(struct sink *, const char *name))
{
	size_t len;
	char *names = file_read(JOB_DIR "/neighbours", &len);
	char *name, *rest;

	for (name = strtok_r(names ? names : "", "\n", &rest); name;
	     name = strtok_r(NULL, "\n", &rest))
		what(sink, name);
	free(names);
}

static void start_one(struct sink *sink, const char *name)
{
	wait_answer(sink, send_request(sink, name), true, ANSWER_RUNS);
}

static void check_one(struct sink *sink, const char *name)
{
	struct domu *domu = find(sink, name);

	if (!alive(domu))
		crashed(sink, domu);
	if (libxenvchan_data_ready(domu->chan) >= (int)sizeof(struct frame))
		wait_answer(sink, domu, true, ANSWER_DONE);
}

/* Starts the neighbours' commands and waits until each runs. */
void dom0_start_neighbours(struct sink *sink)
{
	each_neighbour(sink, start_one);
}

/*
 * At the end of the run: if a neighbour has failed, the run fails too, because its
 * conditions were not the requested ones.
 */
void dom0_check_neighbours(struct sink *sink)
{
	each_neighbour(sink, check_one);
}

/* Gives the guest its request and passes its answer on. */
void dom0_forward(struct sink *sink)
{
	size_t len;
	char *guest = file_read(JOB_DIR "/guest", &len);

	guest[strcspn(guest, "\n")] = 0;
	wait_answer(sink, send_request(sink, guest), false, ANSWER_DONE);
	free(guest);
}
