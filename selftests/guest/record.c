// SPDX-License-Identifier: GPL-2.0-only
/*
 * record - the number of samples and the place of each sample are right.
 *
 * The test samples "instructions:u" with a period of 100003 (a prime) over an
 * assembly loop, and reads the samples from the ring buffer (perf_event_open(2),
 * "MMAP layout").  The loop is exactly 100 periods and a half long, so that no
 * sample falls into the few instructions before and after it.
 *
 *  - The number of samples is floor(count / period), where count is the value
 *    from read(2) of the same event: an event that samples counts as exactly as
 *    any other.
 *  - Every sample's IP is inside the loop.
 *  - Nothing was lost or throttled.
 *  - The loop has ten instructions, and the period is 3 modulo 10.  So each
 *    sample is three instructions after the previous one.  A machine without
 *    skid, such as the rig, shows this for every sample, unless a period starts
 *    late by one or more instructions.
 *
 * How it could fail: a period that starts at the interrupt, instead of at the
 * overflow, loses the instructions in between; an IP that is taken when the
 * virtual interrupt arrives, instead of at the overflow, lies in the kernel or in
 * another task; a record that is dropped because the batch changes meanwhile is a
 * missing sample.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define PERIOD		100003UL
#define SAMPLES		100
#define TURNS		((SAMPLES * PERIOD + PERIOD / 2) / LOOP_BODY)
#define DATA_PAGES	64
#define PAGE		4096UL

struct seen {
	int samples, outside, lost, throttled, other;
	int skids;		/* samples that were not three instructions further on */
	int last;		/* index of the last sample's instruction */
};

static void *map_ring(int fd)
{
	void *p = mmap(NULL, (1 + DATA_PAGES) * PAGE, PROT_READ | PROT_WRITE,
		       MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		ksft_exit_fail_perror("mmap of the ring buffer");
	return p;
}

/* The index of the loop's instruction at this address; -1: there is none. */
static int insn_index(uint64_t ip)
{
	for (int i = 0; i < LOOP_BODY; i++)
		if (work_loop_insn[i] == ip)
			return i;
	return -1;
}

static void see_sample(uint64_t ip, struct seen *s)
{
	int i = insn_index(ip);

	if (i < 0) {
		if (!s->outside++)
			ksft_print_msg("a sample at %#llx\n",
				       (unsigned long long)ip);
	} else if (s->samples && s->last >= 0 &&
		   i != (int)((s->last + PERIOD) % LOOP_BODY)) {
		if (!s->skids++)
			ksft_print_msg("sample %d at instruction %d after %d\n",
				       s->samples, i, s->last);
	}
	s->last = i;
	s->samples++;
}

static void see(const struct perf_event_header *h, struct seen *s)
{
	switch (h->type) {
	case PERF_RECORD_SAMPLE:
		see_sample(*(const uint64_t *)(h + 1), s);
		break;
	case PERF_RECORD_LOST:
		s->lost++;
		break;
	case PERF_RECORD_THROTTLE:
		s->throttled++;
		break;
	default:
		s->other++;
	}
}

/* Reads all samples.  The ring is so large that it has not wrapped. */
static struct seen drain(void *base)
{
	struct perf_event_mmap_page *page = base;
	uint64_t head = __atomic_load_n(&page->data_head, __ATOMIC_ACQUIRE);
	struct seen s = { 0 };

	if (head > DATA_PAGES * PAGE)
		ksft_exit_fail_msg("the ring buffer has wrapped\n");
	for (uint64_t at = 0; at < head;) {
		struct perf_event_header *h = base + PAGE + at;

		see(h, &s);
		at += h->size;
	}
	return s;
}

static uint64_t sample(struct seen *s)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	struct perf_value value;
	void *base;
	int fd;

	attr.disabled = 1;
	attr.sample_period = PERIOD;
	attr.sample_type = PERF_SAMPLE_IP;
	fd = perf_open_self(&attr, -1);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	base = map_ring(fd);
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	work_loop(TURNS);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	if (read(fd, &value, sizeof(value)) != sizeof(value))
		ksft_exit_fail_perror("read");
	*s = drain(base);
	munmap(base, (1 + DATA_PAGES) * PAGE);
	close(fd);
	return value.value;
}

int main(void)
{
	struct seen s;
	uint64_t count;

	ksft_print_header();
	ksft_set_plan(5);

	count = sample(&s);
	ksft_print_msg("count %llu, %d samples, %d outside, %d lost, %d throttled, %d skids, %d others\n",
		       (unsigned long long)count, s.samples, s.outside, s.lost,
		       s.throttled, s.skids, s.other);
	ksft_test_result(count >= LOOP_INSNS(TURNS) &&
			 count < LOOP_INSNS(TURNS) + PERIOD / 2,
			 "the event counted the loop and little else\n");
	ksft_test_result(s.samples == (int)(count / PERIOD),
			 "samples are floor(count / period) = %d\n", SAMPLES);
	ksft_test_result(s.samples && !s.outside,
			 "every sample is inside the loop\n");
	ksft_test_result(!s.lost && !s.throttled,
			 "nothing was lost or throttled\n");
	ksft_test_result(s.samples && !s.skids && !s.outside,
			 "each sample is %lu instructions after the last\n",
			 PERIOD);
	ksft_finished();
}
