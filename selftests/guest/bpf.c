// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf - BPF programs on samples, and counters read from BPF programs.
 *
 * A BPF program is attached to "instructions:u", which samples every 100003
 * instructions of a known loop (known.S).  For each sample the program records the
 * IP and the period in its context, and its own event's value
 * (bpf_perf_prog_read_value).  It also records the value of the sibling
 * "branches:u", by both helpers that read a perf event array
 * (bpf_perf_event_read_value and bpf_perf_event_read).
 *
 *  - The program runs once for each period.  If it returns 1, perf gets the sample
 *    too; if it returns 0, perf does not.
 *  - Each IP is in the loop, three instructions after the previous one.  The
 *    event's own value is a multiple of the period, to the instruction.  The
 *    sibling's value grows by the number of branches between the two IPs.  Enabled
 *    and running times are equal, and grow by at least a period (one instruction
 *    takes 1 ns).
 *  - Reading an element of the array without an event returns -ENOENT.
 *
 * Then bpf(2) runs a program of another type before and after a piece of work, and
 * the program reads "instructions:u".  This is done for two pieces; the counts
 * differ by exactly the difference of their lengths.
 *
 * How it could fail: the helpers read the event from inside of an interrupt.  A
 * pmu->read() that uses a value which Xen has not loaded yet, or that adds
 * instructions which perf already has, gives another value than read(2) would.  If
 * the program gets the handler's registers, the IP is another one.
 */
#include <linux/bpf_perf_event.h>
#include <stddef.h>
#include <stdlib.h>

#include "bpf.h"
#include "known.h"
#include "perf.h"
#include "samples.h"
#include "work.h"

#define PERIOD		100003UL
#define SAMPLES		40
#define TURNS		((SAMPLES * PERIOD + PERIOD / 2) / KNOWN_BODY)
#define MOST		64	/* there is room for this number of samples */

/* What the program records about a sample.  The program's code uses the offsets. */
struct note {
	uint64_t ip, period;
	int64_t own_error;
	struct bpf_perf_event_value own;
	int64_t sibling_error;
	struct bpf_perf_event_value sibling;
	uint64_t sibling_plain;
	int64_t empty_error;
};

struct maps {
	int number;		/* number of notes made */
	int notes;
	int events;		/* a perf event array: 0 the sibling, 1 empty */
};

#define KEY	-4		/* on the program's stack */
#define VALUE	-32

/* The note is at r8. */
#define NOTE(field, reg) BPF_STORE(BPF_REG_8, offsetof(struct note, field), reg)

/* Copies a value from the program's stack to the note. */
static void copy_value(struct bpf_code *c, size_t to)
{
	for (int word = 0; word < 3; word++) {
		bpf_emit(c, BPF_LOAD(BPF_REG_1, BPF_REG_10, VALUE + 8 * word));
		bpf_emit(c, BPF_STORE(BPF_REG_8, to + 8 * word, BPF_REG_1));
	}
}

/* Looks up the key on the stack: r0 is the element.  Without one, the program ends. */
static void look_up(struct bpf_code *c, int map)
{
	bpf_emit_map(c, BPF_REG_1, map);
	bpf_emit_stack(c, BPF_REG_2, KEY);
	bpf_emit(c, BPF_CALLS(BPF_FUNC_map_lookup_elem));
	bpf_emit_give_up(c, BPF_REG_0);
}

/* Reads event number @place of the array to the stack; the error is in r0. */
static void read_value(struct bpf_code *c, int events, int place)
{
	bpf_emit_map(c, BPF_REG_1, events);
	bpf_emit(c, BPF_SET_TO(BPF_REG_2, place));
	bpf_emit_stack(c, BPF_REG_3, VALUE);
	bpf_emit(c, BPF_SET_TO(BPF_REG_4, sizeof(struct bpf_perf_event_value)));
	bpf_emit(c, BPF_CALLS(BPF_FUNC_perf_event_read_value));
}

static int load_sampler(const struct maps *m, int verdict)
{
	struct bpf_code c = { 0 };

	bpf_emit(&c, BPF_MOV_TO(BPF_REG_6, BPF_REG_1));
	bpf_emit(&c, BPF_SET_TO(BPF_REG_1, 0));
	bpf_emit(&c, BPF_STORE32(BPF_REG_10, KEY, BPF_REG_1));
	/* the number of notes is the key; it is incremented */
	look_up(&c, m->number);
	bpf_emit(&c, BPF_LOAD(BPF_REG_1, BPF_REG_0, 0));
	bpf_emit(&c, BPF_STORE32(BPF_REG_10, KEY, BPF_REG_1));
	bpf_emit(&c, BPF_ADD_TO(BPF_REG_1, 1));
	bpf_emit(&c, BPF_STORE(BPF_REG_0, 0, BPF_REG_1));
	look_up(&c, m->notes);
	bpf_emit(&c, BPF_MOV_TO(BPF_REG_8, BPF_REG_0));
	/* the context */
	bpf_emit(&c, BPF_LOAD(BPF_REG_1, BPF_REG_6,
			      offsetof(struct bpf_perf_event_data, regs.rip)));
	bpf_emit(&c, NOTE(ip, BPF_REG_1));
	bpf_emit(&c, BPF_LOAD(BPF_REG_1, BPF_REG_6,
			      offsetof(struct bpf_perf_event_data,
				       sample_period)));
	bpf_emit(&c, NOTE(period, BPF_REG_1));
	/* the event's own value */
	bpf_emit(&c, BPF_MOV_TO(BPF_REG_1, BPF_REG_6));
	bpf_emit_stack(&c, BPF_REG_2, VALUE);
	bpf_emit(&c, BPF_SET_TO(BPF_REG_3, sizeof(struct bpf_perf_event_value)));
	bpf_emit(&c, BPF_CALLS(BPF_FUNC_perf_prog_read_value));
	bpf_emit(&c, NOTE(own_error, BPF_REG_0));
	copy_value(&c, offsetof(struct note, own));
	/* the sibling's value by both helpers; then the element without an event */
	read_value(&c, m->events, 0);
	bpf_emit(&c, NOTE(sibling_error, BPF_REG_0));
	copy_value(&c, offsetof(struct note, sibling));
	bpf_emit_map(&c, BPF_REG_1, m->events);
	bpf_emit(&c, BPF_SET_TO(BPF_REG_2, 0));
	bpf_emit(&c, BPF_CALLS(BPF_FUNC_perf_event_read));
	bpf_emit(&c, NOTE(sibling_plain, BPF_REG_0));
	read_value(&c, m->events, 1);
	bpf_emit(&c, NOTE(empty_error, BPF_REG_0));
	return bpf_load(BPF_PROG_TYPE_PERF_EVENT, &c, verdict);
}

static int place(uint64_t ip)
{
	for (int i = 0; i < KNOWN_BODY; i++)
		if (known_insn[i] == ip)
			return i;
	return -1;
}

struct judgement {
	unsigned int ip, period, own, sibling, plain, times, empty;
};

static void complain(const char *what, unsigned int nr, uint64_t is,
		     uint64_t should)
{
	ksft_print_msg("sample %u, %s: %lld, should be %lld\n", nr, what,
		       (long long)is, (long long)should);
}

#define JUDGE(aspect, is, should)					\
	do {								\
		uint64_t _is = (is), _should = (should);		\
									\
		if (_is != _should && !j->aspect++)			\
			complain(#aspect, nr, _is, _should);		\
	} while (0)

static void judge(struct judgement *j, unsigned int nr, const struct note *n,
		  const struct note *last)
{
	int there = place(n->ip), then = place(last->ip);

	if (there < 0)
		JUDGE(ip, n->ip, known_insn[0]);
	else if (nr && then >= 0)
		JUDGE(ip, there, (then + PERIOD) % KNOWN_BODY);
	JUDGE(period, n->period, PERIOD);
	JUDGE(own, n->own_error, 0);
	JUDGE(own, n->own.counter, (nr + 1) * PERIOD);
	JUDGE(sibling, n->sibling_error, 0);
	if (nr)
		JUDGE(sibling, n->sibling.counter, last->sibling.counter +
		      (PERIOD + then - there) / KNOWN_BODY);
	else	/* the loop's instructions, and a few before it */
		JUDGE(sibling, n->sibling.counter / 20, PERIOD / KNOWN_BODY / 20);
	JUDGE(plain, n->sibling_plain, n->sibling.counter);
	JUDGE(times, n->own.enabled, n->own.running);
	JUDGE(times, n->sibling.enabled, n->sibling.running);
	JUDGE(times, n->own.enabled >= last->own.enabled + PERIOD, 1);
	JUDGE(empty, n->empty_error, (uint64_t)-ENOENT);
}

static void test_samples(int verdict)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	struct perf_event_attr branches = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_BRANCH_INSTRUCTIONS, "u");
	struct maps m = {
		.number = bpf_new_map(BPF_MAP_TYPE_ARRAY, 8, 1),
		.notes = bpf_new_map(BPF_MAP_TYPE_ARRAY, sizeof(struct note),
				     MOST),
		.events = bpf_new_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 2),
	};
	struct note note = { 0 }, last = { 0 };
	int program = load_sampler(&m, verdict);
	struct judgement j = { 0 };
	struct samples ring;
	struct counted got;
	uint64_t number;
	int fd, sibling;

	attr.disabled = 1;
	attr.sample_period = PERIOD;
	attr.sample_type = PERF_SAMPLE_IP;
	fd = perf_open_self(&attr, -1);
	sibling = perf_open_self(&branches, fd);
	if (fd < 0 || sibling < 0)
		ksft_exit_fail_perror("perf_event_open");
	bpf_set(m.events, 0, &sibling);
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, program))
		ksft_exit_fail_perror("PERF_EVENT_IOC_SET_BPF");
	ring = samples_map(fd, 8);

	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	known_loop(TURNS);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);

	bpf_get(m.number, 0, &number);
	ksft_test_result(number == SAMPLES, "returns %d: runs %llu times of %d\n",
			 verdict, (unsigned long long)number, SAMPLES);
	got = samples_count(&ring);
	ksft_test_result(got.samples == (verdict ? SAMPLES : 0) && !got.lost,
			 "returns %d: perf gets %llu samples\n", verdict,
			 (unsigned long long)got.samples);
	for (unsigned int nr = 0; nr < number && nr < MOST; nr++) {
		bpf_get(m.notes, nr, &note);
		judge(&j, nr, &note, &last);
		last = note;
	}
	ksft_test_result(number && !j.ip, "returns %d: ip\n", verdict);
	ksft_test_result(number && !j.period, "returns %d: period\n", verdict);
	ksft_test_result(number && !j.own, "returns %d: own value\n", verdict);
	ksft_test_result(number && !j.sibling, "returns %d: sibling's value\n",
			 verdict);
	ksft_test_result(number && !j.plain,
			 "returns %d: both helpers read the same\n", verdict);
	ksft_test_result(number && !j.times, "returns %d: times\n", verdict);
	ksft_test_result(number && !j.empty, "returns %d: no event\n", verdict);
	samples_unmap(&ring);
	close(sibling);
	close(fd);
	close(program);
	close(m.number);
	close(m.notes);
	close(m.events);
}

struct reading {
	struct bpf_perf_event_value value;
	uint64_t done;
};

/* Loads a program that reads event 0 of @events into key 0 of @values. */
static int load_reader(int events, int values)
{
	struct bpf_code c = { 0 };

	bpf_emit(&c, BPF_SET_TO(BPF_REG_1, 0));
	bpf_emit(&c, BPF_STORE32(BPF_REG_10, KEY, BPF_REG_1));
	look_up(&c, values);
	bpf_emit(&c, BPF_MOV_TO(BPF_REG_6, BPF_REG_0));
	read_value(&c, events, 0);
	bpf_emit_give_up_unless_zero(&c, BPF_REG_0);
	for (int word = 0; word < 3; word++) {
		bpf_emit(&c, BPF_LOAD(BPF_REG_1, BPF_REG_10, VALUE + 8 * word));
		bpf_emit(&c, BPF_STORE(BPF_REG_6, 8 * word, BPF_REG_1));
	}
	bpf_emit(&c, BPF_SET_TO(BPF_REG_1, 1));
	bpf_emit(&c, BPF_STORE(BPF_REG_6, sizeof(struct bpf_perf_event_value),
			       BPF_REG_1));
	return bpf_load(BPF_PROG_TYPE_RAW_TRACEPOINT, &c, 0);
}

/* Runs the program before and after the work; returns the growth of its count. */
static uint64_t measure(int program, int values, uint64_t turns)
{
	struct reading before = { 0 }, after = { 0 };
	union bpf_attr run[2];

	for (int i = 0; i < 2; i++) {
		memset(&run[i], 0, sizeof(run[i]));
		run[i].test.prog_fd = program;
	}
	bpf_set(values, 0, &before);
	if (bpf(BPF_PROG_TEST_RUN, &run[0]))
		ksft_exit_fail_perror("BPF_PROG_TEST_RUN");
	bpf_get(values, 0, &before);
	bpf_set(values, 0, &after);
	work_loop(turns);
	if (bpf(BPF_PROG_TEST_RUN, &run[1]))
		ksft_exit_fail_perror("BPF_PROG_TEST_RUN");
	bpf_get(values, 0, &after);
	if (!before.done || !after.done)
		ksft_exit_fail_msg("the program could not read the event\n");
	return after.value.counter - before.value.counter;
}

static void test_reads(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	int events = bpf_new_map(BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 1);
	int values = bpf_new_map(BPF_MAP_TYPE_ARRAY,
				 sizeof(struct reading), 1);
	int program = load_reader(events, values);
	int fd = perf_open_self(&attr, -1);
	uint64_t one, other;

	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	bpf_set(events, 0, &fd);
	one = measure(program, values, 1000);
	other = measure(program, values, 123456);
	ksft_print_msg("%llu and %llu instructions\n", (unsigned long long)one,
		       (unsigned long long)other);
	ksft_test_result(one > LOOP_INSNS(1000) &&
			 other - one == LOOP_INSNS(123456) - LOOP_INSNS(1000),
			 "values read by BPF differ by the work\n");
	close(fd);
	close(program);
	close(values);
	close(events);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(2 * 9 + 1);
	pin_here();
	test_samples(1);
	test_samples(0);
	test_reads();
	ksft_finished();
}
