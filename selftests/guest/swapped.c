// SPDX-License-Identifier: GPL-2.0-only
/*
 * swapped - a sample belongs to the task that caused it, even if perf swaps contexts.
 *
 * A process with an inherited event forks, and parent and child take turns over two
 * pipes.  Both have the same events.  In that case perf does not stop the events at a
 * context switch: it swaps the contexts, so that the parent's running events become the
 * child's and the other way round.  The test samples kernel code, most of which runs with
 * interrupts off on the way into and out of that switch.  Each sample has the stack
 * pointer at the overflow.
 *
 * Each task has its own kernel stack of STACK bytes, aligned to STACK.  The stack with
 * most of a task's samples is taken for the stack of that task.
 *
 *  - No sample of one task comes from the stack of the other.
 *  - No sample is missing: the periods of all samples add up to the count, except for the
 *    unfinished period that each of the two tasks has when it ends.
 *
 * A native machine, and a guest with NMIs, take samples inside of __switch_to(), too.
 * There the stack is the next task's already, and the current task is still the old one:
 * in a PV guest for some 700 instructions, a tenth of a switch.  A call chain does not
 * tell, because the kernel unwinds only the current task's stack.  So in these machines
 * the first point is checked for samples of code that never runs in between: the
 * scheduler's and the driver's.
 *
 * How it could fail: an overflow comes while interrupts are off.  A guest without NMIs is
 * told when interrupts are on again.  By then the other task is current, and gets the
 * sample.
 */
#include <asm/perf_regs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "decode.h"
#include "kernwork.h"
#include "perf.h"
#include "samples.h"

#define STACK		16384UL		/* THREAD_SIZE of a kernel without KASAN */
#define PERIOD		6007UL		/* longer than the handler of an overflow */
#define TURNS		3000
#define STACKS		64

/* Samples of a task on one stack. */
struct sampled {
	uint64_t base;
	unsigned int all;
	unsigned int outside;	/* those of code for which outside_switch() is true */
};

struct task {
	uint32_t tid;
	struct sampled stack[STACKS];
	unsigned int nr;
};

static void turns(int from, int to, bool first)
{
	char c = 0;
	int i;

	for (i = 0; i < TURNS; i++) {
		if (first && write(to, &c, 1) != 1)
			_exit(1);
		if (read(from, &c, 1) != 1)
			_exit(1);
		if (!first && write(to, &c, 1) != 1)
			_exit(1);
	}
}

/*
 * The scheduler's own function and the driver's module.  Neither runs between the change of
 * the stack and the change of the current task.
 */
static struct kernel_range outside[2];

static void find_outside(void)
{
	FILE *f = fopen("/proc/modules", "r");
	unsigned long size, start;
	char line[512];

	outside[0] = kernel_function("__schedule");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "xen_pmu %lu %*s %*s %*s %lx", &size, &start) == 2)
			outside[1] = (struct kernel_range){ start, start + size };
	if (f)
		fclose(f);
}

static bool outside_switch(uint64_t ip)
{
	return in_function(&outside[0], ip) || in_function(&outside[1], ip);
}

static void note(struct task *t, uint64_t sp, uint64_t ip)
{
	uint64_t base = sp & ~(STACK - 1);
	unsigned int i;

	for (i = 0; i < t->nr && t->stack[i].base != base; i++)
		;
	if (i == STACKS)
		return;
	t->stack[i].base = base;
	t->stack[i].all++;
	t->stack[i].outside += outside_switch(ip);
	if (i == t->nr)
		t->nr++;
}

/* What was sampled of a task on the stack at @base. */
static struct sampled sampled_on(const struct task *t, uint64_t base)
{
	unsigned int i;

	for (i = 0; i < t->nr; i++)
		if (t->stack[i].base == base)
			return t->stack[i];
	return (struct sampled){ base, 0, 0 };
}

/* A task's own stack is the one with most of its samples. */
static struct sampled own_stack(const struct task *t)
{
	unsigned int i, best = 0;

	for (i = 1; i < t->nr; i++)
		if (t->stack[i].all > t->stack[best].all)
			best = i;
	return t->stack[best];
}

/* Does Xen tell this guest about overflows by a VIRQ? */
static bool told_by_virq(void)
{
	FILE *f = fopen("/sys/kernel/debug/xen_pmu/info", "r");
	char line[256];
	bool virq = false;

	while (f && fgets(line, sizeof(line), f))
		virq |= !strcmp(line, "overflows_by: virq\n");
	if (f)
		fclose(f);
	return virq;
}

static unsigned int read_samples(struct samples *s,
				 const struct perf_event_attr *attr,
				 struct task *parent, struct task *child,
				 uint64_t *periods)
{
	struct perf_event_header *h;
	unsigned int nr = 0;

	while ((h = samples_next(s))) {
		struct sample one;

		if (h->type != PERF_RECORD_SAMPLE)
			continue;
		if (!decode_sample(h, attr, &one))
			ksft_exit_fail_msg("a sample cannot be decoded\n");
		*periods += one.period;
		if (!one.intr.abi || (int64_t)one.intr.reg[0] >= 0)
			continue;
		nr++;
		if (one.tid == parent->tid)
			note(parent, one.intr.reg[0], one.ip);
		else if (one.tid == child->tid)
			note(child, one.intr.reg[0], one.ip);
	}
	return nr;
}

int main(void)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "k");
	struct task parent = { 0 }, child = { 0 };
	int there[2], back[2], fd, status;
	uint64_t periods = 0, count;
	struct sampled own[2], other[2];
	unsigned int nr, i;
	struct samples s;

	ksft_print_header();
	ksft_set_plan(3);
	find_outside();
	pin_here();
	attr.sample_period = PERIOD;
	attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
			   PERF_SAMPLE_PERIOD | PERF_SAMPLE_REGS_INTR;
	attr.sample_regs_intr = 1ULL << PERF_REG_X86_SP;
	attr.inherit = 1;
	attr.disabled = 1;
	attr.read_format = 0;
	/* An inherited event can be mapped on one CPU only. */
	fd = perf_open(&attr, 0, sched_getcpu(), -1);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	s = samples_map(fd, 8192);
	if (pipe(there) || pipe(back))
		ksft_exit_fail_perror("pipe");
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);	/* only now: mmap() executes much */
	parent.tid = getpid();
	child.tid = fork();
	if (!child.tid) {
		turns(there[0], back[1], false);
		_exit(0);
	}
	turns(back[0], there[1], true);
	waitpid(child.tid, &status, 0);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		ksft_exit_fail_perror("read");
	nr = read_samples(&s, &attr, &parent, &child, &periods);
	own[0] = own_stack(&parent);
	own[1] = own_stack(&child);
	other[0] = sampled_on(&parent, own[1].base);
	other[1] = sampled_on(&child, own[0].base);
	ksft_print_msg("%u samples in the kernel\n", nr);
	for (i = 0; i < 2; i++)
		ksft_print_msg("%s: %u on its own stack %#llx, %u on the other's; outside of the switch %u and %u\n",
			       i ? "child" : "parent", own[i].all,
			       (unsigned long long)own[i].base, other[i].all,
			       own[i].outside, other[i].outside);
	ksft_test_result(!status && own[0].base && own[1].base &&
			 own[0].base != own[1].base,
			 "each task has a stack of its own\n");
	ksft_test_result(!(told_by_virq() ? other[0].all + other[1].all :
					    other[0].outside + other[1].outside),
			 "no sample of one task is from the other's stack\n");
	ksft_print_msg("periods %llu, count %llu\n",
		       (unsigned long long)periods, (unsigned long long)count);
	if (driver_is_ours())
		ksft_test_result(periods <= count &&
				 count - periods < 4 * PERIOD,
				 "the periods add up to the count\n");
	else
		ksft_test_result_skip("the stock driver's periods do not add up\n");
	close(fd);
	ksft_finished();
}
