// SPDX-License-Identifier: GPL-2.0-only
/*
 * formats - read(2) of an event gives the right values in every read_format.
 *
 * The test tries all 32 combinations of PERF_FORMAT_TOTAL_TIME_ENABLED,
 * _TOTAL_TIME_RUNNING, _ID, _GROUP and _LOST, on a group of three user-mode events:
 * instructions, branches, and instructions again.  Around a loop of known length the
 * values of all members are exact, the size is that of the layout in
 * perf_event_open(2), the IDs are those of PERF_EVENT_IOC_ID, the two times are equal,
 * and LOST is 0.  At the end LOST must be exactly the number of samples that did not
 * fit into a ring buffer of one page.
 *
 * The kernel reads the members one after the other.  This makes no difference here,
 * because user-mode events count nothing meanwhile.
 *
 * How it could fail: reading the leader does not update the value of a member; the
 * times go on while the group has no counter.
 */
#include <stdlib.h>

#include "kselftest.h"
#include "perf.h"
#include "samples.h"
#include "work.h"

#define TURNS		1000UL
#define NR		3
#define ALL_FORMATS	32
#define PERIOD		1009UL

static const struct {
	uint64_t config;
	int64_t expect;
} members[NR] = {
	{ ZEN_INSTRUCTIONS, LOOP_INSNS(TURNS) + BETWEEN_INSNS },
	{ ZEN_BRANCHES, LOOP_BRANCHES(TURNS) + BETWEEN_BRANCHES },
	{ ZEN_INSTRUCTIONS, LOOP_INSNS(TURNS) + BETWEEN_INSNS },
};

/* The decoded result of a read. */
struct reading {
	uint64_t nr, enabled, running;
	uint64_t value[NR], id[NR], lost[NR];
};

static int open_member(int i, uint64_t format, int leader)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
						members[i].config, "u");
	int fd;

	attr.read_format = format;
	fd = perf_open_self(&attr, leader);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	return fd;
}

static unsigned int words_per_value(uint64_t format)
{
	return 1 + !!(format & PERF_FORMAT_ID) + !!(format & PERF_FORMAT_LOST);
}

/* The size in bytes of a read of a group of NR events, or of one event. */
static size_t size_of(uint64_t format)
{
	unsigned int values = format & PERF_FORMAT_GROUP ? NR : 1;

	return sizeof(uint64_t) *
	       (!!(format & PERF_FORMAT_GROUP) +
		!!(format & PERF_FORMAT_TOTAL_TIME_ENABLED) +
		!!(format & PERF_FORMAT_TOTAL_TIME_RUNNING) +
		values * words_per_value(format));
}

static const uint64_t *take_value(const uint64_t *w, uint64_t format, int i,
				  struct reading *r)
{
	r->value[i] = *w++;
	if (format & PERF_FORMAT_ID)
		r->id[i] = *w++;
	if (format & PERF_FORMAT_LOST)
		r->lost[i] = *w++;
	return w;
}

/* The times come before the values of a group, and after the value of a single event. */
static struct reading take_apart(const uint64_t *w, uint64_t format)
{
	bool group = format & PERF_FORMAT_GROUP;
	struct reading r = { .nr = 1 };

	if (group)
		r.nr = *w++;
	else
		r.value[0] = *w++;
	if (format & PERF_FORMAT_TOTAL_TIME_ENABLED)
		r.enabled = *w++;
	if (format & PERF_FORMAT_TOTAL_TIME_RUNNING)
		r.running = *w++;
	if (group) {
		for (unsigned int i = 0; i < r.nr && i < NR; i++)
			w = take_value(w, format, i, &r);
		return r;
	}
	if (format & PERF_FORMAT_ID)
		r.id[0] = *w++;
	if (format & PERF_FORMAT_LOST)
		r.lost[0] = *w++;
	return r;
}

static bool times_good(const struct reading *a, const struct reading *b,
		       uint64_t format)
{
	bool enabled = format & PERF_FORMAT_TOTAL_TIME_ENABLED;
	bool running = format & PERF_FORMAT_TOTAL_TIME_RUNNING;

	if (enabled && b->enabled <= a->enabled)
		return false;
	if (running && b->running <= a->running)
		return false;
	return !enabled || !running || b->enabled == b->running;
}

static bool values_good(const struct reading *a, const struct reading *b,
			uint64_t format, const int *fds)
{
	unsigned int nr = format & PERF_FORMAT_GROUP ? NR : 1;

	if (a->nr != nr || b->nr != nr)
		return false;
	for (unsigned int i = 0; i < nr; i++) {
		uint64_t id = 0;

		if ((int64_t)(b->value[i] - a->value[i]) != members[i].expect ||
		    b->lost[i])
			return false;
		if (ioctl(fds[i], PERF_EVENT_IOC_ID, &id) ||
		    (format & PERF_FORMAT_ID && b->id[i] != id))
			return false;
	}
	return true;
}

/* Does read(2) refuse a buffer that is too small? */
static bool too_small(int fd, size_t size)
{
	uint64_t words[16];

	return read(fd, words, size - 1) < 0 && errno == ENOSPC;
}

static bool format_good(uint64_t format)
{
	uint64_t words[2][16];
	struct reading a, b;
	int fds[NR];
	bool good;

	for (int i = 0; i < NR; i++)
		fds[i] = open_member(i, format, i ? fds[0] : -1);
	good = !work_between_reads(fds[0], words[0], words[1], size_of(format),
				   work_loop, TURNS);
	if (good) {
		a = take_apart(words[0], format);
		b = take_apart(words[1], format);
		good = values_good(&a, &b, format, fds) &&
		       times_good(&a, &b, format);
	}
	good &= too_small(fds[0], size_of(format));
	for (int i = 0; i < NR; i++)
		close(fds[i]);
	return good;
}

/* A ring of one page has room for 4095 bytes: 255 records.  The test does not empty it. */
static void check_lost(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	const uint64_t samples = 1000, room = (SAMPLES_PAGE - 1) / 16;
	uint64_t v[2] = { 0 };
	struct samples s;
	int fd;

	attr.disabled = 1;
	attr.read_format = PERF_FORMAT_LOST;
	attr.sample_period = PERIOD;
	attr.sample_type = PERF_SAMPLE_IP;
	fd = perf_open_self(&attr, -1);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	s = samples_map(fd, 1);
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	work_loop((samples * PERIOD + PERIOD / 2) / LOOP_BODY);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	if (read(fd, v, sizeof(v)) != sizeof(v))
		ksft_exit_fail_perror("read");
	ksft_print_msg("%llu samples, room for %llu: %llu lost\n",
		       (unsigned long long)v[0] / PERIOD,
		       (unsigned long long)room, (unsigned long long)v[1]);
	ksft_test_result(v[0] / PERIOD == samples && v[1] == samples - room,
			 "PERF_FORMAT_LOST counts the samples that did not fit\n");
	samples_unmap(&s);
	close(fd);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(ALL_FORMATS + 1);
	for (uint64_t format = 0; format < ALL_FORMATS; format++)
		ksft_test_result(format_good(format), "read_format %#llx\n",
				 (unsigned long long)format);
	check_lost();
	ksft_finished();
}
