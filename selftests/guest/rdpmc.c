// SPDX-License-Identifier: GPL-2.0-only
/*
 * rdpmc - a thread reads its own counter without the kernel and without Xen.
 *
 * perf_event_open(2) documents how a program reads a counter with the help of
 * the user page, which mmap(2) of an event provides: lock, index, offset,
 * pmc_width, cap_user_rdpmc.  The test does this in assembly (self.S).  So it
 * knows every instruction between two RDPMC instructions, including those of
 * passes that the protocol repeats.
 *
 *  - The difference of two reads is exact: around nothing, around loops and
 *    around system calls.  500 reads in a row each cost the same number of
 *    instructions, and the source gives that number.
 *  - The difference is also exact in two processes that compete for one CPU,
 *    which lose the CPU in the middle of the protocol as well, and in a thread
 *    that goes from CPU to CPU by sched_setaffinity(2).
 *  - The difference is also exact for an event that samples (its counter is
 *    below zero), even if the event is mapped while it samples, by its own
 *    thread or by another.
 *  - A disabled event has index 0, and its offset is its count.  Enabled again,
 *    the event goes on from that count.
 *  - With more events than counters, the page and read(2) agree.
 *  - A second event that writes its records to the same buffer does not change
 *    the page.  (Natively it does: each event that stops or starts writes its
 *    values into the page of the buffer that it uses.)
 *  - A read enters neither the kernel nor Xen.  On the rig time is counted in
 *    instructions, and 1000 reads take no longer than a loop of as many
 *    instructions.  On a real processor RDPMC takes some tens of cycles, so the
 *    test allows the time of 100 instructions for each read.  An exit to Xen
 *    takes over 1000.
 *
 * rdpmc_modes tests who may read counters this way.
 *
 * How it could fail: the page has the offset of one counter and the index of
 * another; the index stays when the event has lost its counter; a wrong width
 * makes a count negative; Xen loads a counter between two passes, and the lock
 * does not change.
 *
 * If the kernel says cap_user_rdpmc = 0, the whole test is skipped.  A program
 * then has to use read(2), and that is correct.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "perf.h"
#include "self.h"
#include "tasks.h"
#include "work.h"

#define PAGE		4096UL
#define ROW		500
#define COMPETING_RUNS	20
#define COMPETING_TURNS	500000UL
#define COMPETING_READS	2000000
#define SAMPLE_PERIOD	2003
#define MAPPED_LATE	50
#define LATE_PERIOD	3000000		/* some milliseconds */
#define NR_EVENTS	12
#define SHARED_INSNS	100000000UL
#define PERCENT		2

struct event {
	int fd;
	struct perf_event_mmap_page *page;
};

static struct event open_attr(struct perf_event_attr attr)
{
	struct event e;

	e.fd = perf_open_self(&attr, -1);
	e.page = e.fd < 0 ? MAP_FAILED :
		 mmap(NULL, PAGE, PROT_READ, MAP_SHARED, e.fd, 0);
	if (e.page == MAP_FAILED)
		ksft_exit_fail_perror("perf_event_open or mmap");
	return e;
}

static struct event open_event(uint64_t config, bool disabled)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW, config, "u");

	attr.disabled = disabled;
	return open_attr(attr);
}

static void close_event(struct event *e)
{
	munmap(e->page, PAGE);
	close(e->fd);
}

static int64_t value_of(int fd)
{
	struct perf_value v;

	return read(fd, &v, sizeof(v)) == sizeof(v) ? (int64_t)v.value : -1;
}

struct tally {
	int wrong;
	int64_t again;		/* passes repeated because the page changed */
	int64_t worst;
};

/* Measures one piece of known length; an error is counted minus expected. */
static void measure(struct event *e, void (*piece)(uint64_t), uint64_t arg,
		    int64_t insns, struct tally *t)
{
	struct self a, b;
	int64_t error;

	self_between(e->page, &a, &b, piece, arg);
	error = b.count - a.count - insns - SELF_BETWEEN(b.passes - 1);
	t->again += b.passes - 1;
	if (!error && a.index && b.index)
		return;
	if (!t->wrong++ || llabs(error) > llabs(t->worst))
		t->worst = error;
}

static void report(const char *what, const struct tally *t)
{
	if (t->wrong)
		ksft_print_msg("%s: %d wrong, the worst by %lld\n", what,
			       t->wrong, (long long)t->worst);
	ksft_test_result(!t->wrong, "exact: %s\n", what);
}

static void check_alone(void)
{
	struct event e = open_event(ZEN_INSTRUCTIONS, false);
	struct tally empty = { 0 }, loops = { 0 }, calls = { 0 };

	for (int i = 0; i < ROW; i++)
		measure(&e, self_nothing, 0, SELF_NOTHING_INSNS, &empty);
	for (uint64_t n = 1; n < 200000; n *= 3)
		measure(&e, work_loop, n, LOOP_INSNS(n), &loops);
	for (uint64_t n = 1; n < 2000; n *= 3)
		measure(&e, work_syscalls, n, SYSCALLS_INSNS(n), &calls);
	ksft_print_msg("from one read to the next: %d instructions; pmc_width %d\n",
		       SELF_NOTHING_INSNS + SELF_BETWEEN(0), e.page->pmc_width);
	report("reads in a row, each of the same number of instructions",
	       &empty);
	report("loops", &loops);
	report("system calls", &calls);
	close_event(&e);
}

/* The competitor's exit status. */
#define STATUS_WRONG	1
#define STATUS_AGAIN	2

/*
 * Both processes run this; the child returns its verdict as exit status.  A pass
 * is repeated only if the process loses the CPU in the middle of the pass, so
 * each process reads on until that happens.  The first process that sees a
 * repeated pass ends.  The other one is then alone and may never see one, so
 * the test asks for a repeated pass in one of the two.
 */
static long compete(struct tally *t)
{
	struct event e = open_event(ZEN_INSTRUCTIONS, false);
	struct rusage usage;

	for (int i = 0; i < COMPETING_RUNS; i++)
		measure(&e, work_loop, COMPETING_TURNS,
			LOOP_INSNS(COMPETING_TURNS), t);
	for (int i = 0; i < COMPETING_READS && !t->again; i++)
		measure(&e, self_nothing, 0, SELF_NOTHING_INSNS, t);
	close_event(&e);
	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_nivcsw;
}

static void check_competing(void)
{
	struct tally t = { 0 };
	cpu_set_t before;
	long preempted;
	int status = -1;
	bool again;
	pid_t pid;

	sched_getaffinity(0, sizeof(before), &before);
	pin_here();
	fflush(stdout);
	pid = fork();
	if (!pid) {
		compete(&t);
		_exit((t.wrong ? STATUS_WRONG : 0) |
		      (t.again ? STATUS_AGAIN : 0));
	}
	preempted = compete(&t);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		ksft_exit_fail_perror("fork or waitpid");
	sched_setaffinity(0, sizeof(before), &before);
	again = t.again || (WIFEXITED(status) &&
			    WEXITSTATUS(status) & STATUS_AGAIN);
	ksft_print_msg("two compete: preempted %ld times, %lld passes again\n",
		       preempted, (long long)t.again);
	report("one of two that compete for a CPU", &t);
	ksft_test_result(WIFEXITED(status) &&
			 !(WEXITSTATUS(status) & STATUS_WRONG),
			 "exact: the other of the two\n");
	ksft_test_result(preempted > 0 && again,
			 "the two processes did compete, and passes were repeated\n");
}

static void check_migrating(void)
{
	struct event e = open_event(ZEN_INSTRUCTIONS, false);
	struct tally t = { 0 };
	uint64_t masks[64];
	struct hops h = { .masks = masks, .nr = 64, .turns = 10000 };
	cpu_set_t before;
	int cpus[64], nr = 0;

	sched_getaffinity(0, sizeof(before), &before);
	for (int cpu = 0; cpu < 64; cpu++)
		if (CPU_ISSET(cpu, &before))
			cpus[nr++] = cpu;
	for (int i = 0; i < 64; i++)
		masks[i] = 1ULL << cpus[i % nr];
	for (int i = 0; i < 5; i++)
		measure(&e, tasks_hop, (uintptr_t)&h,
			HOP_INSNS(h.nr, h.turns), &t);
	sched_setaffinity(0, sizeof(before), &before);
	ksft_print_msg("%d CPUs\n", nr);
	report("going from CPU to CPU", &t);
	close_event(&e);
}

/* Each overflow starts a new period, and the counter is below zero: the page must follow. */
static void check_sampling(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
						ZEN_INSTRUCTIONS, "u");
	struct tally t = { 0 };
	struct event e;

	attr.sample_period = SAMPLE_PERIOD;
	e = open_attr(attr);
	for (int i = 0; i < ROW; i++)
		measure(&e, self_nothing, 0, SELF_NOTHING_INSNS, &t);
	for (uint64_t n = 1; n < 200000; n *= 3)
		measure(&e, work_loop, n, LOOP_INSNS(n), &t);
	report("an event with a sampling period", &t);
	close_event(&e);
}

/*
 * A thread with an event that samples.  When the event has sampled for some periods,
 * the thread itself or another thread maps the event.
 */
struct sampler {
	struct perf_event_mmap_page *_Atomic page;
	_Atomic int fd;
	struct self by_page;
	int64_t by_read;
	bool itself;
};

static struct perf_event_mmap_page *map_page(int fd)
{
	void *page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		ksft_exit_fail_perror("mmap");
	return page;
}

static void *sample_until_mapped(void *arg)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
						ZEN_INSTRUCTIONS, "u");
	struct sampler *s = arg;

	attr.sample_period = LATE_PERIOD;
	s->fd = perf_open_self(&attr, -1);
	if (s->itself) {
		work_loop(2 * LATE_PERIOD);
		s->page = map_page(s->fd);
	}
	while (!s->page)
		work_loop(10);
	self_read(s->page, &s->by_page);
	s->by_read = value_of(s->fd);

	return NULL;
}

/*
 * The driver fills the page in when it is mapped, and next when the event stops or
 * samples.  Most threads read the page before that.  The process has mapped another
 * event earlier, so that the driver updates the pages of this process at once.
 */
static void check_mapped_late(bool itself)
{
	struct event first = open_event(ZEN_INSTRUCTIONS, false);
	int wrong = 0, with = 0;

	for (int i = 0; i < MAPPED_LATE; i++) {
		struct sampler s = { .itself = itself, .fd = -1 };
		pthread_t thread;

		if (pthread_create(&thread, NULL, sample_until_mapped, &s))
			ksft_exit_fail_msg("pthread_create failed\n");
		if (!itself) {
			while (s.fd < 0)
				usleep(100);
			usleep(20000);
			s.page = map_page(s.fd);
		}
		pthread_join(thread, NULL);
		with += s.by_page.index > 0;
		wrong += s.by_read < s.by_page.count ||
			 s.by_read - s.by_page.count >= LATE_PERIOD / 1000;
		munmap(s.page, PAGE);
		close(s.fd);
	}
	ksft_print_msg("%d of %d had a counter, %d wrong\n", with, MAPPED_LATE, wrong);
	ksft_test_result(with == MAPPED_LATE && !wrong,
			 "an event that samples is mapped by %s thread\n",
			 itself ? "its own" : "another");
	close_event(&first);
}

static void check_stopped(void)
{
	struct event e = open_event(ZEN_INSTRUCTIONS, true);
	struct self s[4];
	struct tally t = { 0 };
	int64_t v[4];

	self_read(e.page, &s[0]);
	v[0] = value_of(e.fd);
	ioctl(e.fd, PERF_EVENT_IOC_ENABLE, 0);
	measure(&e, work_loop, 1000, LOOP_INSNS(1000), &t);
	ioctl(e.fd, PERF_EVENT_IOC_DISABLE, 0);
	self_read(e.page, &s[1]);
	v[1] = value_of(e.fd);
	work_loop(100000);
	self_read(e.page, &s[2]);
	v[2] = value_of(e.fd);
	ioctl(e.fd, PERF_EVENT_IOC_ENABLE, 0);
	measure(&e, work_loop, 1000, LOOP_INSNS(1000), &t);
	ioctl(e.fd, PERF_EVENT_IOC_DISABLE, 0);
	self_read(e.page, &s[3]);
	v[3] = value_of(e.fd);
	for (int i = 0; i < 4; i++)
		ksft_print_msg("disabled: index %llu, offset %lld, read(2) %lld\n",
			       (unsigned long long)s[i].index,
			       (long long)s[i].count, (long long)v[i]);
	ksft_test_result(!s[0].index && !s[1].index && !s[2].index &&
			 !s[3].index, "a disabled event has no index\n");
	ksft_test_result(!v[0] && v[1] > LOOP_INSNS(1000) && v[2] == v[1] &&
			 v[3] - v[2] == v[1] && s[0].count == v[0] &&
			 s[1].count == v[1] && s[2].count == v[2] &&
			 s[3].count == v[3],
			 "a disabled event's offset is its count\n");
	report("after enabling and enabling again", &t);
	close_event(&e);
}

static void check_redirected(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW, ZEN_BRANCHES, "u");
	struct event e = open_event(ZEN_INSTRUCTIONS, false);
	struct tally t = { 0 };
	int other;

	attr.disabled = 1;
	other = perf_open_self(&attr, -1);
	if (other < 0 || ioctl(other, PERF_EVENT_IOC_SET_OUTPUT, e.fd))
		ksft_exit_fail_perror("perf_event_open or SET_OUTPUT");
	for (int i = 0; i < ROW; i++) {
		ioctl(other, PERF_EVENT_IOC_ENABLE, 0);
		measure(&e, work_loop, 100, LOOP_INSNS(100), &t);
		ioctl(other, PERF_EVENT_IOC_DISABLE, 0);
		measure(&e, work_loop, 100, LOOP_INSNS(100), &t);
	}
	close(other);
	close_event(&e);
	if (driver_is_ours())
		report("while another event with the same buffer comes and goes", &t);
	else
		ksft_test_result_skip("the stock driver lets an event write another event's page (%d of %d reads)\n",
				      t.wrong, 2 * ROW);
}

/*
 * Each read by the page lies between two read(2)s.  If the event has no
 * counter, all three values are equal.
 */
static void check_shared(void)
{
	static const uint64_t configs[] = {
		ZEN_INSTRUCTIONS, ZEN_BRANCHES, ZEN_TAKEN, ZEN_CONDITIONAL,
	};
	struct event e[NR_EVENTS];
	int with = 0, without = 0, wrong = 0;
	struct perf_value v;
	double error;

	for (int i = 0; i < NR_EVENTS; i++)
		e[i] = open_event(configs[i % ARRAY_SIZE(configs)], false);
	for (int i = 0; i < 100; i++) {
		int64_t before, after;
		struct self s;

		work_loop(SHARED_INSNS / LOOP_BODY / 100);
		before = value_of(e[0].fd);
		self_read(e[0].page, &s);
		after = value_of(e[0].fd);
		with += s.index > 0;
		without += !s.index;
		wrong += s.count < before || s.count > after;
	}
	if (read(e[0].fd, &v, sizeof(v)) != sizeof(v) || !v.running)
		ksft_exit_fail_msg("read failed\n");
	error = 100 * ((double)v.value * v.enabled / v.running /
		       SHARED_INSNS - 1);
	ksft_print_msg("more events than counters: read %d times with a counter, %d times without, estimate off by %+.3f %%\n",
		       with, without, error);
	ksft_test_result(with && without && !wrong,
			 "more events than counters: the page and read(2) agree\n");
	ksft_test_result(error >= -PERCENT && error <= PERCENT,
			 "more events than counters: the estimate is within %d %%\n",
			 PERCENT);
	for (int i = 0; i < NR_EVENTS; i++)
		close_event(&e[i]);
}

static uint64_t tsc(void)
{
	uint32_t low, high;

	asm volatile("lfence; rdtsc; lfence" : "=a" (low), "=d" (high));
	return (uint64_t)high << 32 | low;
}

/* The shortest time of ten, because interrupts lengthen some of them. */
static uint64_t shortest(struct event *e, uint64_t reads, uint64_t turns)
{
	uint64_t best = UINT64_MAX;
	struct self s;

	for (int i = 0; i < 10; i++) {
		uint64_t start = tsc();

		for (uint64_t n = 0; n < reads; n++)
			self_read(e->page, &s);
		if (turns)
			work_loop(turns);
		start = tsc() - start;
		if (start < best)
			best = start;
	}
	return best;
}

static void check_time(void)
{
	struct event e = open_event(ZEN_INSTRUCTIONS, false);
	const int reads = 1000, turns = 10000;
	double insn = shortest(&e, 0, turns) / (double)LOOP_INSNS(turns);
	double read = shortest(&e, reads, 0) / insn / reads;

	ksft_print_msg("a read takes the time of %.1f instructions; it has %d, and some in the caller\n",
		       read, SELF_READ(0));
	ksft_test_result(read < SELF_READ(0) + 100,
			 "a read enters neither the kernel nor Xen\n");
	close_event(&e);
}

int main(void)
{
	struct event e;

	ksft_print_header();
	e = open_event(ZEN_INSTRUCTIONS, false);
	if (!e.page->cap_user_rdpmc)
		ksft_exit_skip("cap_user_rdpmc is 0: this kernel offers read(2) only\n");
	close_event(&e);
	ksft_set_plan(17);
	check_alone();
	check_competing();
	check_migrating();
	check_sampling();
	check_mapped_late(true);
	check_mapped_late(false);
	check_stopped();
	check_redirected();
	check_shared();
	check_time();
	ksft_finished();
}
