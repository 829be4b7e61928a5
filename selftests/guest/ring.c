// SPDX-License-Identifier: GPL-2.0-only
/*
 * ring - what is in a ring buffer that is full, paused or overwritten.
 *
 * "instructions:u" is sampled, and each sample has the event's own count in it
 * (PERF_SAMPLE_READ), which is a multiple of the period plus the skid.  So
 * every record is known: which it is, and that none is missing or twice.
 *
 *  - Full: a buffer of one page that is emptied now and then.  What it had no
 *    room for is told by PERF_RECORD_LOST in the place where it is missing:
 *    the record after it is the one that is due.  The sum of all that were
 *    seen and lost is floor(count / period), and PERF_FORMAT_LOST agrees.
 *  - Paused (PERF_EVENT_IOC_PAUSE_OUTPUT): what came meanwhile is lost in the
 *    same way, the first record after it says how many.
 *  - Overwritten, forwards (a mapping that cannot be written): the newest
 *    samples are there, and nothing is said to be lost.
 *  - Overwritten, backwards (write_backward): from data_head on, the newest
 *    first, each one period before the other.
 *
 * How it could fail: a record that is made twice or after a later one, when
 * overflows are taken from Xen's ring to perf's; a sample whose count has gone
 * on since its overflow.
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

/* Of a sample, of a record about lost ones, with room for all of them. */
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

/* Which sample it is, from 1 on; 0: none that could be. */
static uint64_t number(const union record *r)
{
	if (r->header.type != PERF_RECORD_SAMPLE ||
	    r->header.size < sizeof(r->sample) ||
	    r->sample.value % PERIOD > MAX_SKID)
		return 0;
	return r->sample.value / PERIOD;
}

/* A reader that keeps up, or does not. */
struct reader {
	struct perf_event_mmap_page *page;
	uint64_t next;		/* number of the sample that is due */
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

/* Records may go over the end: they are copied out first. */
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

/* So many more samples, and what a buffer of one page has no room for. */
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

/* The event is off meanwhile, or there would be more samples. */
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
			 "full: each record is the one that is due\n");
	ksft_test_result(losses == 3 && r.losses == losses && r.lost == lost,
			 "full: what is lost is said where it is missing\n");
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
	before = r.next - 1 - before;	/* none of the paused are here */
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

/* A buffer that the kernel overwrites: it cannot be written from here. */
static struct perf_event_mmap_page *map_overwritten(int fd)
{
	void *page = mmap(NULL, 2 * SAMPLES_PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		ksft_exit_fail_perror("mmap of a ring buffer, read-only");
	return page;
}

/*
 * Of the sample that is at @at of the data, which is @back samples before the
 * newest.
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

/* LOST of the read format, of an event like the others. */
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
	/* The last ones were lost with no record after them. */
	ksft_test_result(r.losses == 1 && v.lost > r.lost &&
			 r.next - 1 + v.lost - r.lost == v.value / PERIOD,
			 "PERF_FORMAT_LOST: those told of and those after\n");
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
