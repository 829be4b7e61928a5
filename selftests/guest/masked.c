// SPDX-License-Identifier: GPL-2.0-only
/*
 * masked - samples of kernel code with interrupts off have the right place and weight.
 *
 * A module (kwork/) executes the same number of instructions in kwork_open(), with
 * interrupts on, and in kwork_masked(), with interrupts off, in turn and in one system
 * call.  The test samples "instructions:k".  Some of its masked sections are shorter
 * than the period, some about as long, and some much longer.
 *
 *  - The periods of the samples add up to the number of whole periods in the count
 *    from read(2).  So no section hides a period.
 *  - Each of the two functions has half of the weight of both, within 2 %.  The test
 *    takes the median over several lengths of the section.
 *  - Every sample in kwork_masked() says that interrupts were off (IF is clear in its
 *    interrupted flags); every sample in kwork_open() says that they were on.
 *  - The kernel call chain of each sample in kwork_open() is its IP, kwork_write() and
 *    always the same callers.  In kwork_masked() the chain is the same if an NMI takes
 *    the sample: natively, and with our driver in a PV guest.  With overflows by VIRQ a
 *    sample in kwork_masked() is late: Xen takes its registers, and the guest looks only
 *    when interrupts are on again.  The kernel part of a late sample is the IP alone.
 *    The user part of the chain is the same in both functions.
 *  - With VIRQs, the driver's count of late samples is the number of samples with IF
 *    clear.  With NMIs no sample in the work is late.  Elsewhere the late samples are
 *    not more than the samples with IF clear and without callers.  These are samples of
 *    the driver's own code, and of the first instructions of the kernel's entries, which
 *    have no caller.
 *  - A second function in the same masked section, kwork_behind(), has its share too.
 *    Known gap: with VIRQs this holds only for sections of at most 16 periods, since the
 *    ring has room for 16 records.  The last record then stands for all periods that end
 *    after it in the section.  The section as a whole has the right share; its parts have
 *    a wrong one.
 *
 * How it could fail: an IP that is taken when interrupts are on again lies behind the
 * section, and kwork_masked() has no samples.  A call chain that is taken then shows
 * later callees of kwork_write(), or garbage.  Periods that end in a section, or whose
 * record is lost because the ring is full, are missing in the sum.
 */
#include <asm/perf_regs.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "kernwork.h"
#include "kwork/kwork.h"
#include "perf.h"
#include "samples.h"
#include "stats.h"

/*
 * The handler of an overflow executes about 4,000 instructions in the guest's kernel.
 * They are counted where interrupts are on.  The period is long, so that they are few.
 */
#define PERIOD		100003UL
#define TOLERANCE	2	/* per cent of the share */
#define FLAG_IF		0x200
#define DEEPEST		40

enum where { OPEN, MASKED, BEHIND, WRITE, NR_WHERE };

static const char * const function_name[NR_WHERE] = {
	"kwork_open", "kwork_masked", "kwork_behind", "kwork_write",
};

static struct kernel_range function[NR_WHERE];

/* One half of a call chain, without its marker. */
struct half {
	unsigned int nr;
	uint64_t ip[DEEPEST];
};

struct chain {
	struct half kernel, user;
};

/*
 * The distance between two samples is the period without the handler of an overflow, and
 * each change of the driver changes this distance.  If a multiple of the distance is a
 * multiple of a section's length, the samples gather at a few places, and every share is
 * wrong.  Few lengths have this problem.  So each test runs with NR_LENGTHS lengths, from
 * 5 % less to 5 % more, and takes the median of the shares.  The handler does not always
 * execute the same number of instructions.  This random part changes a share by less than
 * 1 % with 20,000 samples.
 */
#define NR_LENGTHS	7
#define LENGTH(n, i)	((n) * (600 + 10 * (i) - 30) / 600)

struct seen {
	uint64_t samples[NR_WHERE + 1], weight[NR_WHERE + 1];	/* +1: elsewhere */
	double share[BEHIND + 1][NR_LENGTHS];	/* of the work's weight */
	uint64_t late;			/* samples with IF clear */
	uint64_t alone;			/* of the late ones: without kernel callers */
	uint64_t wrong_if, wrong_chain, wrong_user, others;
	uint64_t count, periods;	/* instructions; the same, in whole periods */
	struct chain reference;		/* the first one in kwork_open() */
	bool has_reference;
};

static const struct test {
	const char *what;
	uint64_t turns, times, behind;	/* times: of each length */
} test[] = {
	{ "a third of the period long", 3000, 4640, 0 },
	{ "of two parts, shorter than the period", 2250, 4000, 2250 },
	{ "about as long as the period", 7700, 1800, 0 },
	{ "of 25 periods", 250000, 5, 0 },
	{ "of two parts, of 25 periods", 250000, 4, 250000 },
};

#define NR_TESTS	(sizeof(test) / sizeof(test[0]))
#define RESULTS		7	/* of each test */

static bool ours, virq;

static enum where where(uint64_t ip)
{
	for (int i = 0; i < NR_WHERE; i++)
		if (in_function(&function[i], ip))
			return i;
	return NR_WHERE;
}

static struct chain split_chain(const struct sample *s)
{
	struct chain c = { 0 };
	struct half *half = NULL;

	for (uint64_t i = 0; i < s->nr_chain; i++) {
		if (s->chain[i] == (uint64_t)PERF_CONTEXT_KERNEL)
			half = &c.kernel;
		else if (s->chain[i] == (uint64_t)PERF_CONTEXT_USER)
			half = &c.user;
		else if (half && half->nr < DEEPEST)
			half->ip[half->nr++] = s->chain[i];
	}
	return c;
}

static bool same_half(const struct half *a, const struct half *b,
		      unsigned int from)
{
	if (a->nr != b->nr || a->nr < from)
		return false;
	return !memcmp(a->ip + from, b->ip + from,
		       (a->nr - from) * sizeof(a->ip[0]));
}

/* Compares the callers.  The chains of the two functions differ in the first caller only. */
static bool right_kernel_half(const struct seen *r, const struct half *k,
			      uint64_t ip, bool late)
{
	if (!k->nr || k->ip[0] != ip)
		return false;
	if (late && virq)
		return k->nr == 1;
	return k->nr > 4 && in_function(&function[WRITE], k->ip[1]) &&
	       same_half(k, &r->reference.kernel, 2);
}

static void print_chain(const struct chain *c)
{
	for (unsigned int i = 0; i < c->kernel.nr; i++)
		ksft_print_msg("  kernel %#llx\n",
			       (unsigned long long)c->kernel.ip[i]);
	for (unsigned int i = 0; i < c->user.nr; i++)
		ksft_print_msg("  user   %#llx\n",
			       (unsigned long long)c->user.ip[i]);
}

static void see(struct seen *r, const struct sample *s)
{
	bool late = s->intr.abi && !(s->intr.reg[0] & FLAG_IF);
	enum where w = where(s->ip);
	struct chain c = split_chain(s);

	r->samples[w]++;
	r->weight[w] += s->period;
	r->late += late;
	r->alone += late && c.kernel.nr == 1;
	if (w > BEHIND)
		return;
	r->wrong_if += late != (w != OPEN);
	if (!r->has_reference && w == OPEN) {
		r->reference = c;
		r->has_reference = true;
	}
	if (!r->has_reference)
		return;
	if (!right_kernel_half(r, &c.kernel, s->ip, late) && !r->wrong_chain++) {
		ksft_print_msg("a sample in %s has the chain\n",
			       function_name[w]);
		print_chain(&c);
		ksft_print_msg("the first one in kwork_open\n");
		print_chain(&r->reference);
	}
	if (!c.user.nr || !same_half(&c.user, &r->reference.user, 0))
		r->wrong_user++;
}

static int open_sampling(struct perf_event_attr *attr)
{
	int fd;

	*attr = perf_attr(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, "k");
	attr->disabled = 1;
	attr->sample_period = PERIOD;
	attr->sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_PERIOD |
			    PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_INTR;
	attr->sample_regs_intr = 1ULL << PERF_REG_X86_FLAGS;
	fd = perf_open_self(attr, -1);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	return fd;
}

static void execute(uint64_t turns, uint64_t times, uint64_t behind, int fd)
{
	int work = kernwork_open(), n;
	char line[80];

	n = snprintf(line, sizeof(line), "mix %llu %llu %llu",
		     (unsigned long long)turns, (unsigned long long)times,
		     (unsigned long long)behind);
	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	if (write(work, line, n) != n)
		ksft_exit_fail_perror(line);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	close(work);
}

/* Samples the work with length number @i of the section; adds the outcome to @r. */
static void record(const struct test *t, int i, struct seen *r)
{
	uint64_t before[BEHIND + 1], work = 0;
	struct perf_event_header *h;
	struct perf_event_attr attr;
	int fd = open_sampling(&attr);
	struct samples ring = samples_map(fd, 1024);
	struct perf_value value;
	struct sample s;

	memcpy(before, r->weight, sizeof(before));
	execute(LENGTH(t->turns, i), t->times, LENGTH(t->behind, i), fd);
	if (read(fd, &value, sizeof(value)) != sizeof(value))
		ksft_exit_fail_perror("read");
	r->count += value.value;
	r->periods += value.value / PERIOD * PERIOD;
	while ((h = samples_next(&ring))) {
		if (h->type == PERF_RECORD_SAMPLE && decode_sample(h, &attr, &s))
			see(r, &s);
		else
			r->others++;
	}
	samples_unmap(&ring);
	close(fd);
	for (int w = OPEN; w <= BEHIND; w++)
		work += r->weight[w] - before[w];
	for (int w = OPEN; w <= BEHIND; w++)
		r->share[w][i] = work ? (double)(r->weight[w] - before[w]) / work : 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Is the median share over all lengths within TOLERANCE of the right one? */
static bool share_is(const char *what, const double *of_lengths, double right)
{
	double share[NR_LENGTHS], is;

	memcpy(share, of_lengths, sizeof(share));
	qsort(share, NR_LENGTHS, sizeof(*share), compare);
	is = share[NR_LENGTHS / 2];
	ksft_print_msg("%s: %.3f %% of the work's samples (%.3f..%.3f), right is %.3f %%\n",
		       what, 100 * is, 100 * share[0],
		       100 * share[NR_LENGTHS - 1], 100 * right);
	return is >= right * (100 - TOLERANCE) / 100 &&
	       is <= right * (100 + TOLERANCE) / 100;
}

/*
 * All functions execute the same number of instructions.  In the case of the known gap, a
 * section of two functions still has two shares.
 */
static void check_shares(const struct test *t, const struct seen *r)
{
	double right = t->behind ? 1. / 3 : 1. / 2, section[NR_LENGTHS];
	bool good;

	good = share_is("open", r->share[OPEN], right);
	good &= share_is("masked", r->share[MASKED], right);
	if (t->behind)
		good &= share_is("behind", r->share[BEHIND], right);
	for (int i = 0; i < NR_LENGTHS; i++)
		section[i] = r->share[MASKED][i] + r->share[BEHIND][i];
	if (!good && virq && KWORK_INSNS(t->behind) > PERIOD &&
	    share_is("masked and behind", section, 2 * right))
		ksft_test_result_xfail("sections %s: shares are right\n",
				       t->what);
	else
		ksft_test_result(good, "sections %s: shares are right\n",
				 t->what);
}

static void run(const struct test *t)
{
	struct stats before, after;
	uint64_t sum = 0, work;
	struct seen r = { 0 };
	int64_t late;

	if (ours && !stats_read(&before))
		ksft_exit_fail_perror(STATS_FILE);
	for (int i = 0; i < NR_LENGTHS; i++)
		record(t, i, &r);
	if (ours && !stats_read(&after))
		ksft_exit_fail_perror(STATS_FILE);
	for (int i = 0; i <= NR_WHERE; i++)
		sum += r.weight[i];
	work = r.weight[OPEN] + r.weight[MASKED] + r.weight[BEHIND];
	ksft_print_msg("%llu instructions; samples: %llu open, %llu masked, %llu behind, %llu elsewhere, %llu with IF clear; weights: %llu, %llu, %llu, %llu\n",
		       (unsigned long long)r.count,
		       (unsigned long long)r.samples[OPEN],
		       (unsigned long long)r.samples[MASKED],
		       (unsigned long long)r.samples[BEHIND],
		       (unsigned long long)(r.samples[WRITE] + r.samples[NR_WHERE]),
		       (unsigned long long)r.late,
		       (unsigned long long)r.weight[OPEN],
		       (unsigned long long)r.weight[MASKED],
		       (unsigned long long)r.weight[BEHIND],
		       (unsigned long long)(r.weight[WRITE] + r.weight[NR_WHERE]));
	if (sum != r.periods)
		ksft_print_msg("the weights are %llu, should be %llu\n",
			       (unsigned long long)sum,
			       (unsigned long long)r.periods);
	ksft_test_result(sum == r.periods && !r.others,
			 "sections %s: each period has a sample\n", t->what);
	check_shares(t, &r);
	ksft_test_result(r.samples[MASKED] && !r.wrong_if,
			 "sections %s: IF says where interrupts are off\n",
			 t->what);
	ksft_test_result(r.has_reference && r.reference.kernel.nr > 4 &&
			 !r.wrong_chain, "sections %s: kernel call chains\n",
			 t->what);
	ksft_test_result(r.has_reference && !r.wrong_user,
			 "sections %s: user call chains\n", t->what);
	ksft_test_result(work > sum / 100 * 90,
			 "sections %s: the work has most samples\n", t->what);
	if (!ours) {
		ksft_test_result_skip("sections %s: the stock driver has no late samples\n",
				      t->what);
		return;
	}
	late = stats_delta(&before, &after, "late");
	ksft_print_msg("the driver says that %lld samples are late\n",
		       (long long)late);
	if (virq)
		ksft_test_result(late == (int64_t)r.late,
				 "sections %s: %llu samples are counted as late\n",
				 t->what, (unsigned long long)r.late);
	else
		ksft_test_result(late >= 0 && late <= (int64_t)r.alone,
				 "sections %s: at most the %llu samples without callers are late\n",
				 t->what, (unsigned long long)r.alone);
}

int main(int argc, char *argv[])
{
	ksft_print_header();
	ksft_set_plan(RESULTS * NR_TESTS);
	kernwork_load(argv[0]);
	ours = driver_is_ours();
	virq = ours && overflows_by_virq();
	for (int i = 0; i < NR_WHERE; i++)
		function[i] = kernel_function(function_name[i]);
	pin_here();
	for (size_t i = 0; i < NR_TESTS; i++)
		run(&test[i]);
	kernwork_unload();
	ksft_finished();
}
