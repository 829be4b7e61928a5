// SPDX-License-Identifier: GPL-2.0-only
/*
 * fields - every field of every sample is right.
 *
 * A group of two counts a loop: "instructions:u", which samples every 100003
 * instructions, and "branches:u".  In the loop every general register holds a constant
 * of its own, and the stack holds a pattern (known.S).  The event asks for all sample
 * types that exist for it.  The loop has ten instructions, of which the last is a
 * branch.  So the place of a sample tells what the group has counted.
 *
 *  - ip lies in the loop, three instructions after the previous one;
 *  - pid, tid, cpu, id, stream_id and period are known.  Each time is later than
 *    the previous one by at least a period (one instruction takes 1 ns on the
 *    rig), and by less than a period and the cost of an overflow;
 *  - read: the leader's value is a multiple of the period, to the instruction;
 *    the sibling's value grows by the number of branches between two samples;
 *  - regs_user and regs_intr: every register holds its constant, IP is that of
 *    the sample, SP is the known one, CS and SS are native user segments, and
 *    FLAGS are as the last instruction that sets them leaves them;
 *  - stack_user is the pattern;
 *  - callchain is PERF_CONTEXT_USER and the IP (RBP points to no frame);
 *  - fields that a core PMU of this CPU cannot know (address, weight, data source,
 *    transaction, raw data, physical address) have native perf's value for "not
 *    known", and the page size of the code is 4096.
 *
 * The second part asks for sample types that this PMU cannot give, and expects the
 * errors of the stock driver.
 *
 * How it could fail: a sample has registers of the handler or of the kernel's entry
 * instead of the interrupted ones; segment selectors are those of Xen or of PV; the
 * group is read when the virtual interrupt comes instead of at the overflow; a sample
 * type makes the record longer or shorter than its header says.
 */
#include <asm/perf_regs.h>
#include <stdlib.h>

#include "decode.h"
#include "kselftest.h"
#include "known.h"
#include "perf.h"
#include "samples.h"

#define PERIOD		100003UL
#define SAMPLES		50
#define TURNS		((SAMPLES * PERIOD + PERIOD / 2) / KNOWN_BODY)
#define STACK_BYTES	(8 * KNOWN_WORDS)
/* A limit: an overflow costs less than this, and a tick is longer. */
#define COST_NS		1000000UL

/* All general registers, IP, FLAGS, CS, SS; x86-64 has no others. */
#define REGS		(0xffffffULL & ~((1ULL << PERF_REG_X86_DS) | \
			 (1ULL << PERF_REG_X86_ES) | (1ULL << PERF_REG_X86_FS) | \
			 (1ULL << PERF_REG_X86_GS)))

/* asm/segment.h of the kernel: __USER_CS, __USER_DS. */
#define USER_CS		0x33
#define USER_SS		0x2b

#define FLAGS_FIXED	0x202	/* bit 1 is always set; IF */
#define FLAG_PF		0x04
#define FLAG_ZF		0x40
#define FLAG_RF		0x10000	/* the CPU may set RF in the saved flags */
#define FLAG_STATUS	0x8d5	/* OF SF ZF AF PF CF */

static const uint64_t all_types =
	PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR |
	PERF_SAMPLE_READ | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_ID |
	PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_STREAM_ID |
	PERF_SAMPLE_RAW | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER |
	PERF_SAMPLE_WEIGHT | PERF_SAMPLE_DATA_SRC | PERF_SAMPLE_IDENTIFIER |
	PERF_SAMPLE_TRANSACTION | PERF_SAMPLE_REGS_INTR |
	PERF_SAMPLE_PHYS_ADDR | PERF_SAMPLE_CGROUP |
	PERF_SAMPLE_DATA_PAGE_SIZE | PERF_SAMPLE_CODE_PAGE_SIZE;

/* What is judged, in the order of the results. */
enum aspect {
	LAYOUT, IP, TASK, TIME, IDS, WEIGHT, READ_LEADER, READ_SIBLING,
	REGS_USER, REGS_INTR, STACK, CHAIN, NOT_KNOWN, PAGES, NR_ASPECTS
};

static const char * const aspect_name[NR_ASPECTS] = {
	[LAYOUT]	= "a sample is as long as what was asked for",
	[IP]		= "ip: three instructions after the last",
	[TASK]		= "pid, tid, cpu",
	[TIME]		= "time: a period and no more than the cost of a sample",
	[IDS]		= "identifier, id, stream_id",
	[WEIGHT]	= "period",
	[READ_LEADER]	= "read: the leader has counted whole periods",
	[READ_SIBLING]	= "read: the sibling has the branches in between",
	[REGS_USER]	= "regs_user: every register",
	[REGS_INTR]	= "regs_intr: every register",
	[STACK]		= "stack_user: every byte",
	[CHAIN]		= "callchain: the IP alone",
	[NOT_KNOWN]	= "addr, raw, weight, data_src, transaction, phys_addr",
	[PAGES]		= "cgroup, data_page_size, code_page_size",
};

struct group {
	int fd[2];
	uint64_t id[2];
	struct perf_event_attr attr;
	struct samples ring;
};

static int cpu;
static unsigned int wrong[NR_ASPECTS];

static bool bad(enum aspect a, unsigned int nr, uint64_t is, uint64_t should)
{
	if (!wrong[a]++)
		ksft_print_msg("sample %u, %s: %#llx, should be %#llx\n", nr,
			       aspect_name[a], (unsigned long long)is,
			       (unsigned long long)should);
	return false;
}

static bool same(enum aspect a, unsigned int nr, uint64_t is, uint64_t should)
{
	return is == should || bad(a, nr, is, should);
}

/* The index of the loop's instruction at this address; -1: there is none. */
static int place(uint64_t ip)
{
	for (int i = 0; i < KNOWN_BODY; i++)
		if (known_insn[i] == ip)
			return i;
	return -1;
}

/* FLAGS before instruction @i of the loop: see known.S. */
static uint64_t flags_at(int i)
{
	/* constants: bit 63 is clear; parity is the low byte's */
	uint64_t rax = __builtin_parity(KNOWN_REG(0) & 0xff) ? 0 : FLAG_PF;
	uint64_t rbx = __builtin_parity(KNOWN_REG(1) & 0xff) ? 0 : FLAG_PF;

	if (i >= 2 && i <= 3)
		return FLAGS_FIXED | rax;
	if (i >= 4 && i <= 5)
		return FLAGS_FIXED | FLAG_ZF | FLAG_PF;
	if (i >= 6 && i <= 8)
		return FLAGS_FIXED | rbx;
	return 0;		/* they depend on the turns left: not known */
}

static void judge_regs(enum aspect a, unsigned int nr,
		       const struct sample_regs *r, uint64_t ip)
{
	const uint64_t *reg = r->reg;

	if (!same(a, nr, r->abi, PERF_SAMPLE_REGS_ABI_64))
		return;
	for (unsigned int i = 0; i < 24; i++) {
		uint64_t should = KNOWN_REG(i), is;

		if (!(REGS & (1ULL << i)))
			continue;
		is = *reg++;
		switch (i) {
		case PERF_REG_X86_SP:
			should = known_rsp;
			break;
		case PERF_REG_X86_IP:
			should = ip;
			break;
		case PERF_REG_X86_CS:
			should = USER_CS;
			break;
		case PERF_REG_X86_SS:
			should = USER_SS;
			break;
		case PERF_REG_X86_FLAGS:
			should = flags_at(place(ip));
			is &= ~(uint64_t)FLAG_RF;
			if (!should) {
				should = FLAGS_FIXED;
				is &= ~(uint64_t)FLAG_STATUS;
			}
			break;
		}
		same(a, nr, is, should);
	}
}

static void judge_stack(unsigned int nr, const struct sample *s)
{
	if (!same(STACK, nr, s->stack_size, STACK_BYTES) ||
	    !same(STACK, nr, s->stack_filled, STACK_BYTES))
		return;
	for (unsigned int i = 0; i < KNOWN_WORDS; i++)
		same(STACK, nr, s->stack[i], KNOWN_WORD(i));
}

/* The group's values at the sample: nr is 0 for the first one. */
static void judge_read(unsigned int nr, const struct group *g,
		       const struct sample *s, const struct sample *last)
{
	int there = place(s->ip), then = place(last->ip);

	if (!same(READ_LEADER, nr, s->read.nr, 2))
		return;
	same(READ_LEADER, nr, s->read.member[0].id, g->id[0]);
	same(READ_LEADER, nr, s->read.member[0].value, (nr + 1) * PERIOD);
	same(READ_SIBLING, nr, s->read.member[1].id, g->id[1]);
	if (nr && there >= 0 && then >= 0)
		same(READ_SIBLING, nr, s->read.member[1].value,
		     last->read.member[1].value +
		     (PERIOD + then - there) / KNOWN_BODY);
}

static void judge_unknown(unsigned int nr, const struct sample *s)
{
	same(NOT_KNOWN, nr, s->addr, 0);
	same(NOT_KNOWN, nr, s->raw_size, 4);	/* no data; only the size field */
	same(NOT_KNOWN, nr, s->weight, 0);
	same(NOT_KNOWN, nr, s->data_src,
	     PERF_MEM_S(OP, NA) | PERF_MEM_S(LVL, NA) | PERF_MEM_S(SNOOP, NA) |
	     PERF_MEM_S(LOCK, NA) | PERF_MEM_S(TLB, NA) |
	     PERF_MEM_S(LVLNUM, NA));
	same(NOT_KNOWN, nr, s->transaction, 0);
	same(NOT_KNOWN, nr, s->phys_addr, 0);
}

static void judge(unsigned int nr, const struct group *g,
		  const struct sample *s, const struct sample *last)
{
	int there = place(s->ip), then = place(last->ip);

	if (there < 0)
		bad(IP, nr, s->ip, known_insn[0]);
	else if (nr && then >= 0)
		same(IP, nr, there, (then + PERIOD) % KNOWN_BODY);
	same(TASK, nr, s->pid, getpid());
	same(TASK, nr, s->tid, getpid());
	same(TASK, nr, s->cpu, cpu);
	if (nr && (s->time < last->time + PERIOD ||
		   s->time > last->time + PERIOD + COST_NS))
		bad(TIME, nr, s->time - last->time, PERIOD);
	same(IDS, nr, s->identifier, g->id[0]);
	same(IDS, nr, s->id, g->id[0]);
	same(IDS, nr, s->stream_id, g->id[0]);
	same(WEIGHT, nr, s->period, PERIOD);
	judge_read(nr, g, s, last);
	judge_regs(REGS_USER, nr, &s->user, s->ip);
	judge_regs(REGS_INTR, nr, &s->intr, s->ip);
	judge_stack(nr, s);
	if (same(CHAIN, nr, s->nr_chain, 2)) {
		same(CHAIN, nr, s->chain[0], PERF_CONTEXT_USER);
		same(CHAIN, nr, s->chain[1], s->ip);
	}
	judge_unknown(nr, s);
	same(PAGES, nr, s->cgroup, 1);	/* the root cgroup: there is no other */
	same(PAGES, nr, s->data_page_size, 0);
	same(PAGES, nr, s->code_page_size, 4096);
}

static struct group open_group(void)
{
	struct group g = { .attr = perf_attr(PERF_TYPE_HARDWARE,
				PERF_COUNT_HW_INSTRUCTIONS, "u") };
	struct perf_event_attr sibling = perf_attr(PERF_TYPE_HARDWARE,
				PERF_COUNT_HW_BRANCH_INSTRUCTIONS, "u");

	g.attr.disabled = 1;
	g.attr.sample_period = PERIOD;
	g.attr.sample_type = all_types;
	g.attr.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_ID;
	g.attr.sample_regs_user = REGS;
	g.attr.sample_regs_intr = REGS;
	g.attr.sample_stack_user = STACK_BYTES;
	sibling.read_format = g.attr.read_format;
	g.fd[0] = perf_open_self(&g.attr, -1);
	if (g.fd[0] < 0)
		ksft_exit_fail_perror("the leader");
	g.fd[1] = perf_open_self(&sibling, g.fd[0]);
	if (g.fd[1] < 0)
		ksft_exit_fail_perror("the sibling");
	for (int i = 0; i < 2; i++)
		if (ioctl(g.fd[i], PERF_EVENT_IOC_ID, &g.id[i]))
			ksft_exit_fail_perror("PERF_EVENT_IOC_ID");
	g.ring = samples_map(g.fd[0], 64);
	return g;
}

static void test_samples(void)
{
	struct group g = open_group();
	struct perf_event_header *h;
	struct sample s, last = { 0 };
	unsigned int nr = 0, others = 0;

	ioctl(g.fd[0], PERF_EVENT_IOC_ENABLE, 0);
	known_loop(TURNS);
	ioctl(g.fd[0], PERF_EVENT_IOC_DISABLE, 0);
	while ((h = samples_next(&g.ring))) {
		if (h->type != PERF_RECORD_SAMPLE) {
			others++;
			continue;
		}
		if (!decode_sample(h, &g.attr, &s))
			bad(LAYOUT, nr, h->size, 0);
		else
			judge(nr, &g, &s, &last);
		last = s;
		nr++;
	}
	ksft_test_result(nr == SAMPLES && !others,
			 "%u samples of %u, %u other records\n", nr, SAMPLES,
			 others);
	for (int a = 0; a < NR_ASPECTS; a++)
		ksft_test_result(nr && !wrong[a], "%s\n", aspect_name[a]);
	samples_unmap(&g.ring);
	close(g.fd[1]);
	close(g.fd[0]);
}

/* Requests that a core PMU without extended registers and AUX area cannot serve. */
static const struct refusal {
	const char *what;
	uint64_t type;
	uint64_t regs_user, regs_intr;
	uint32_t stack;
	uint32_t aux_size;
	uint64_t branch;
	int error;
} refusal[] = {
	{ "branch stacks", PERF_SAMPLE_BRANCH_STACK,
	  .branch = PERF_SAMPLE_BRANCH_ANY, .error = EOPNOTSUPP },
	{ "XMM registers (user)", PERF_SAMPLE_REGS_USER,
	  .regs_user = 1ULL << PERF_REG_X86_XMM0, .error = EINVAL },
	{ "XMM registers (interrupted)", PERF_SAMPLE_REGS_INTR,
	  .regs_intr = 1ULL << PERF_REG_X86_XMM0, .error = EINVAL },
	{ "segment registers", PERF_SAMPLE_REGS_USER,
	  .regs_user = 1ULL << PERF_REG_X86_DS, .error = EINVAL },
	{ "no registers", PERF_SAMPLE_REGS_INTR, .error = EINVAL },
	{ "a stack of 12 bytes", PERF_SAMPLE_STACK_USER, .stack = 12,
	  .error = EINVAL },
	{ "two kinds of weight",
	  PERF_SAMPLE_WEIGHT | PERF_SAMPLE_WEIGHT_STRUCT, .error = EINVAL },
	{ "AUX data without an AUX event", PERF_SAMPLE_AUX, .aux_size = 4096,
	  .error = EINVAL },
	{ "an unknown sample type", 1ULL << 40, .error = EINVAL },
};

static void test_refusals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusal); i++) {
		const struct refusal *r = &refusal[i];
		struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
		int fd;

		attr.sample_period = PERIOD;
		attr.sample_type = PERF_SAMPLE_IP | r->type;
		attr.sample_regs_user = r->regs_user;
		attr.sample_regs_intr = r->regs_intr;
		attr.sample_stack_user = r->stack;
		attr.aux_sample_size = r->aux_size;
		attr.branch_sample_type = r->branch;
		errno = 0;
		fd = perf_open_self(&attr, -1);
		if (fd >= 0)
			close(fd);
		if (fd >= 0 || errno != r->error)
			ksft_print_msg("%s: %s\n", r->what, strerror(errno));
		ksft_test_result(fd < 0 && errno == r->error, "%s: %s\n",
				 r->what, strerror(r->error));
	}
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(1 + NR_ASPECTS + ARRAY_SIZE(refusal));
	cpu = pin_here();
	test_samples();
	test_refusals();
	ksft_finished();
}
