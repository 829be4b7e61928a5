// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring - a ring buffer that is full, paused or overwritten has the right samples.
 *
 * The test samples "instructions:u".  Each sample has the event's own count
 * (PERF_SAMPLE_READ), which is a multiple of the period plus the skid.  So the test
 * knows the number of every sample, and sees whether one is missing or comes twice.
 *
 *  - Full: the buffer has one page, and the test empties it now and then.  A
 *    PERF_RECORD_LOST stands where samples are missing, and the next sample has the
 *    number that follows.  The samples seen and lost add up to
 *    floor(count / period), and PERF_FORMAT_LOST agrees.
 *  - Paused (PERF_EVENT_IOC_PAUSE_OUTPUT): samples are lost in the same way, and the
 *    first record after the pause says how many.
 *  - Overwritten, forwards (a read-only mapping): the newest samples are there, and
 *    no record says that samples are lost.
 *  - Overwritten, backwards (write_backward): the newest sample is at data_head, and
 *    each following sample is one period older.
 *
 * How it could fail: the driver moves records from Xen's ring to perf's, and gives
 * one twice or after a later one; the count of a sample has gone on since its
 * overflow.
 */
#include <stdlib.h>

#include "kselftest.h"
#include "perf.h"
#include "samples.h"
#include "work.h"

#define PERIOD		1009UL
#define SAMPLE_BYTES	16UL		/* header and value */
#define ROOM		(SAMPLES_PAGE / SAMPLE_BYTES)
#define MAX_SKID	100

/* A sample, or a record about lost samples. */
union record {
	struct perf_event_header header;
	struct {
		struct perf_event_header header;
		uint64_t value;
	} sample;
	struct {
		struct perf_event_header header;
		uint64_t id, lost;
	} lost;
	char bytes[32];
};

struct value {
	uint64_t value, lost;
};

static int open_event(bool backward)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	int fd;

	attr.disabled = 1;
	attr.sample_period = PERIOD;
	attr.sample_type = PERF_SAMPLE_READ;
	attr.read_format = 0;
	attr.write_backward = backward;
	fd = perf_open_self(&attr, -1);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	return fd;
}

static void call(int fd, unsigned long request, unsigned long arg)
{
	if (ioctl(fd, request, arg))
		ksft_exit_fail_perror("ioctl of an event");
}

static void samples_come(uint64_t n)
{
	work_loop(n * PERIOD / LOOP_BODY);
}

static uint64_t count(int fd)
{
	uint64_t v = 0;

	if (read(fd, &v, sizeof(v)) != sizeof(v))
		ksft_exit_fail_perror("read");
	return v;
}

/* The number of the sample, from 1; 0: it is no valid sample. */
static uint64_t number(const union record *r)
{
	if (r->header.type != PERF_RECORD_SAMPLE ||
	    r->header.size < sizeof(r->sample) ||
	    r->sample.value % PERIOD > MAX_SKID)
		return 0;
	return r->sample.value / PERIOD;
}

/* The reader of a ring buffer: what it expects, and what it has found. */
struct reader {
	struct perf_event_mmap_page *page;
	uint64_t next;		/* number of the next sample */
	uint64_t lost, losses;	/* samples, and records about them */
	uint64_t wrong;
};

static void take(struct reader *r, const union record *record)
{
	if (record->header.type == PERF_RECORD_LOST) {
		r->lost += record->lost.lost;
		r->next += record->lost.lost;
		r->losses++;
		return;
	}
	if (number(record) != r->next)
		r->wrong++;
	r->next++;
}

/* Empties the buffer.  A record may wrap at its end, so each record is copied first. */
static void empty(struct reader *r)
{
	uint64_t head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
	const char *data = (char *)r->page + r->page->data_offset;
	uint64_t tail = r->page->data_tail, size = r->page->data_size;

	while (tail < head) {
		union record record;

		for (unsigned int i = 0; i < sizeof(record); i++)
			record.bytes[i] = data[(tail + i) % size];
		take(r, &record);
		tail += record.header.size;
	}
	__atomic_store_n(&r->page->data_tail, tail, __ATOMIC_RELEASE);
}

/* Makes @n samples; returns how many of them a buffer of one page has no room for. */
static uint64_t portion(int fd, uint64_t n, bool loss_before)
{
	uint64_t before = count(fd) / PERIOD, room = SAMPLES_PAGE - 1;

	if (loss_before)
		room -= sizeof(((union record *)0)->lost);
	room /= SAMPLE_BYTES;
	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	samples_come(n);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	n = count(fd) / PERIOD - before;
	return n > room ? n - room : 0;
}

/* The event is disabled while the test empties the buffer, so that no sample is added. */
static void check_full(void)
{
	static const unsigned int portions[] = { 100, 300, 200, 258, 1000, 50 };
	int fd = open_event(false);
	struct samples s = samples_map(fd, 1);
	struct reader r = { .page = s.page, .next = 1 };
	uint64_t all, lost = 0, losses = 0, loss = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(portions); i++) {
		loss = portion(fd, portions[i], loss);
		lost += loss;
		losses += !!loss;
		empty(&r);
	}
	all = count(fd) / PERIOD;
	ksft_print_msg("%llu samples: the next would be %llu, %llu of %llu lost in %llu of %llu places, %llu not the one that was due\n",
		       (unsigned long long)all, (unsigned long long)r.next,
		       (unsigned long long)r.lost, (unsigned long long)lost,
		       (unsigned long long)r.losses, (unsigned long long)losses,
		       (unsigned long long)r.wrong);
	ksft_test_result(!r.wrong && r.next == all + 1,
			 "full: each sample has the right number\n");
	ksft_test_result(losses == 3 && r.losses == losses && r.lost == lost,
			 "full: a lost record stands where samples are missing\n");
	samples_unmap(&s);
	close(fd);
}

static void check_paused(void)
{
	int fd = open_event(false);
	struct samples s = samples_map(fd, 8);
	struct reader r = { .page = s.page, .next = 1 };
	uint64_t before, paused, all;

	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	samples_come(20);
	call(fd, PERF_EVENT_IOC_PAUSE_OUTPUT, 1);
	before = count(fd) / PERIOD;
	samples_come(33);
	paused = count(fd) / PERIOD - before;
	call(fd, PERF_EVENT_IOC_PAUSE_OUTPUT, 0);
	empty(&r);
	before = r.next - 1 - before;	/* samples of the pause: there must be none */
	samples_come(20);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	empty(&r);
	all = count(fd) / PERIOD;
	ksft_print_msg("paused for %llu of %llu samples: %llu lost, %llu wrong\n",
		       (unsigned long long)paused, (unsigned long long)all,
		       (unsigned long long)r.lost, (unsigned long long)r.wrong);
	ksft_test_result(!before && !r.wrong && r.next == all + 1 &&
			 r.losses == 1 && r.lost == paused && paused >= 33,
			 "paused: the next record says how many were lost\n");
	samples_unmap(&s);
	close(fd);
}

/* The kernel overwrites a buffer that is mapped read-only. */
static struct perf_event_mmap_page *map_overwritten(int fd)
{
	void *page = mmap(NULL, 2 * SAMPLES_PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		ksft_exit_fail_perror("mmap of a ring buffer, read-only");
	return page;
}

/*
 * Is the sample at offset @at of the data the one that came @back samples before the
 * newest?
 */
static bool is(const struct perf_event_mmap_page *page, uint64_t at,
	       uint64_t newest, uint64_t back)
{
	const char *data = (const char *)page + page->data_offset;

	return number((const void *)(data + at % page->data_size)) ==
	       newest - back;
}

static void check_overwritten(bool backward)
{
	int fd = open_event(backward), good = 0;
	struct perf_event_mmap_page *page = map_overwritten(fd);
	uint64_t all, head, moved;

	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	samples_come(1000);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	call(fd, PERF_EVENT_IOC_PAUSE_OUTPUT, 1);
	head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	all = count(fd) / PERIOD;
	moved = backward ? -head : head;
	for (uint64_t i = 0; i < ROOM; i++)
		good += is(page, backward ? head + i * SAMPLE_BYTES :
			   head - (i + 1) * SAMPLE_BYTES, all, i);
	ksft_print_msg("overwritten %s: %llu samples, %d of the newest %lu are there\n",
		       backward ? "backwards" : "forwards",
		       (unsigned long long)all, good, ROOM);
	ksft_test_result(good == (int)ROOM && all >= 999 &&
			 moved == all * SAMPLE_BYTES,
			 "overwritten %s: the newest, and none is lost\n",
			 backward ? "backwards" : "forwards");
	munmap(page, 2 * SAMPLES_PAGE);
	close(fd);
}

/* The event is like the others; its read format has LOST. */
static void check_lost_format(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	struct reader r = { .next = 1 };
	struct samples s;
	struct value v;
	int fd;

	attr.disabled = 1;
	attr.sample_period = PERIOD;
	attr.sample_type = PERF_SAMPLE_READ;
	attr.read_format = PERF_FORMAT_LOST;
	fd = perf_open_self(&attr, -1);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	s = samples_map(fd, 1);
	r.page = s.page;
	call(fd, PERF_EVENT_IOC_ENABLE, 0);
	samples_come(400);
	empty(&r);
	samples_come(400);
	call(fd, PERF_EVENT_IOC_DISABLE, 0);
	empty(&r);
	if (read(fd, &v, sizeof(v)) != sizeof(v))
		ksft_exit_fail_perror("read");
	ksft_print_msg("%llu samples: up to %llu seen or told of, %llu lost in all\n",
		       (unsigned long long)v.value / PERIOD,
		       (unsigned long long)r.next - 1,
		       (unsigned long long)v.lost);
	/* No record follows the samples that were lost last. */
	ksft_test_result(r.losses == 1 && v.lost > r.lost &&
			 r.next - 1 + v.lost - r.lost == v.value / PERIOD,
			 "PERF_FORMAT_LOST counts the samples of all lost records, and those lost after them\n");
	samples_unmap(&s);
	close(fd);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(6);
	check_full();
	check_paused();
	check_overwritten(false);
	check_overwritten(true);
	check_lost_format();
	ksft_finished();
}
