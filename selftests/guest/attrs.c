// SPDX-License-Identifier: GPL-2.0-only
/*
 * attrs - perf_event_open(2) gives the right answer for each attribute.
 *
 * A table has variations of one event, "instructions:u" of this thread.  Each row
 * names the error that perf_event_open(2) must return.  If it must succeed, the event
 * has to count a loop of known length exactly (or count 0, if the attributes ask for
 * nothing).  The table holds the answers of the stock driver on the bare rig.  If our
 * driver answers differently, the row says how and why.  So one program judges both.
 *
 * How it could fail: a driver accepts a request that it cannot serve, and counts
 * something else; a driver refuses attributes that perf always sends (exclude_guest,
 * for example); an error makes perf print a sentence about something else; an
 * attribute changes a count that it must not change.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define TURNS	1000UL
#define EXPECT	((int64_t)(LOOP_INSNS(TURNS) + BETWEEN_INSNS))
#define MAX_GROUP	16

/* The count that the loop must have.  The length of kernel code is not known exactly. */
enum count { EXACT, NOTHING, SOME, MORE, ANY };

struct row {
	const char *what;
	struct perf_event_attr attr;
	int err;		/* 0, or the errno of perf_event_open(2) */
	unsigned int opens_on;	/* the one family where open succeeds in spite of @err */
	enum count count;
	const char *why;	/* why our driver's answer differs: our_err */
	int our_err;
};

/* The event of a row; the fields of the row follow. */
#define UNSIZED	.type = PERF_TYPE_HARDWARE, \
		.config = PERF_COUNT_HW_INSTRUCTIONS, .exclude_kernel = 1
#define INSNS	UNSIZED, .size = sizeof(struct perf_event_attr)
#define RAW	.type = PERF_TYPE_RAW, \
		.size = sizeof(struct perf_event_attr), .exclude_kernel = 1
#define CACHE(id, op, result) \
		.type = PERF_TYPE_HW_CACHE, \
		.size = sizeof(struct perf_event_attr), .exclude_kernel = 1, \
		.config = (id) | (op) << 8 | (result) << 16
#define SAMPLES	INSNS, .sample_period = 10007
#define GENERIC(event) \
		.type = PERF_TYPE_HARDWARE, .config = (event), \
		.size = sizeof(struct perf_event_attr), .exclude_kernel = 1
#define MODES(...) \
		.type = PERF_TYPE_HARDWARE, \
		.config = PERF_COUNT_HW_INSTRUCTIONS, \
		.size = sizeof(struct perf_event_attr), __VA_ARGS__

static const char too_strict[] =
	"a bit that no event of this CPU has is refused: what would be counted without it is not what was asked for";
static const char two_counters[] =
	"the event takes two counters, the second one with an event of its own, Merge; ours pairs none, and one alone counts too little";

static const struct row rows[] = {
	/* --- modes ----------------------------------------------------------- */
	{ "user", { INSNS } },
	{ "kernel", { MODES(.exclude_user = 1) }, .count = SOME },
	{ "user and kernel", { MODES(.exclude_hv = 1) }, .count = MORE },
	{ "neither", { INSNS, .exclude_user = 1 }, .count = NOTHING },
	/* A guest's events never count the hypervisor. */
	{ "exclude_hv", { INSNS, .exclude_hv = 1 } },
	{ "hypervisor only", { INSNS, .exclude_user = 1, .exclude_hv = 0 },
	  .count = NOTHING },
	/* The idle task never executes user code. */
	{ "exclude_idle", { INSNS, .exclude_idle = 1 } },
	{ "exclude_idle, kernel", { MODES(.exclude_user = 1, .exclude_idle = 1) },
	  .count = SOME },
	{ "exclude_guest", { INSNS, .exclude_guest = 1 } },
	/* exclude_host counts only the guest's own guests, and there are none. */
	{ "exclude_host", { INSNS, .exclude_host = 1 }, .count = NOTHING },
	{ "exclude_host and exclude_guest",
	  { INSNS, .exclude_host = 1, .exclude_guest = 1 }, .count = NOTHING },
	{ "exclude_callchain_user and _kernel",
	  { SAMPLES, .sample_type = PERF_SAMPLE_CALLCHAIN,
	    .exclude_callchain_user = 1, .exclude_callchain_kernel = 1 } },

	/* --- scheduling and life --------------------------------------------- */
	{ "disabled", { INSNS, .disabled = 1 }, .count = NOTHING },
	{ "pinned", { INSNS, .pinned = 1 } },
	{ "exclusive", { INSNS, .exclusive = 1 } },
	{ "pinned and exclusive", { INSNS, .pinned = 1, .exclusive = 1 } },
	{ "inherit", { INSNS, .inherit = 1 } },
	{ "inherit and inherit_stat",
	  { INSNS, .inherit = 1, .inherit_stat = 1 } },
	{ "inherit_stat alone", { INSNS, .inherit_stat = 1 } },
	{ "inherit and inherit_thread",
	  { INSNS, .inherit = 1, .inherit_thread = 1 } },
	{ "inherit_thread alone", { INSNS, .inherit_thread = 1 }, EINVAL },
	{ "enable_on_exec", { INSNS, .disabled = 1, .enable_on_exec = 1 },
	  .count = NOTHING },
	{ "remove_on_exec", { INSNS, .remove_on_exec = 1 } },
	{ "remove_on_exec and enable_on_exec",
	  { INSNS, .remove_on_exec = 1, .enable_on_exec = 1 }, EINVAL },
	{ "sigtrap alone", { INSNS, .sigtrap = 1 }, EINVAL },
	{ "sigtrap and remove_on_exec, counting",
	  { INSNS, .sigtrap = 1, .remove_on_exec = 1 } },
	{ "inherit and a group's reading",
	  { INSNS, .inherit = 1, .read_format = PERF_FORMAT_GROUP } },

	/* --- side records ---------------------------------------------------- */
	{ "comm, task, mmap, mmap2, mmap_data, comm_exec",
	  { INSNS, .comm = 1, .task = 1, .mmap = 1, .mmap2 = 1, .mmap_data = 1,
	    .comm_exec = 1 } },
	{ "context_switch", { INSNS, .context_switch = 1 } },
	{ "namespaces, cgroup", { INSNS, .namespaces = 1, .cgroup = 1 } },
	{ "ksymbol, bpf_event", { INSNS, .ksymbol = 1, .bpf_event = 1 } },
	{ "build_id", { INSNS, .mmap2 = 1, .build_id = 1 } },
	{ "sample_id_all", { INSNS, .sample_id_all = 1 } },
	{ "write_backward", { SAMPLES, .write_backward = 1 } },
	{ "watermark", { SAMPLES, .watermark = 1, .wakeup_watermark = 4096 } },
	{ "aux_output", { INSNS, .aux_output = 1 }, EOPNOTSUPP },
	/* the highest bit, because newer kernels use lower ones */
	{ "reserved bits", { INSNS, .__reserved_1 = 1 << 25 }, EINVAL },

	/* --- sampling -------------------------------------------------------- */
	{ "a period", { SAMPLES } },
	{ "the largest period", { INSNS, .sample_period = INT64_MAX } },
	{ "a period that is too long", { INSNS, .sample_period = 1ULL << 63 },
	  EINVAL },
	{ "a frequency", { INSNS, .freq = 1, .sample_freq = 1000 } },
	{ "a frequency above the limit",
	  { INSNS, .freq = 1, .sample_freq = 1ULL << 40 }, EINVAL },
	{ "precise_ip 1", { SAMPLES, .precise_ip = 1 }, EOPNOTSUPP },
	{ "precise_ip 2", { SAMPLES, .precise_ip = 2 }, EOPNOTSUPP },
	{ "precise_ip 3", { SAMPLES, .precise_ip = 3 }, EOPNOTSUPP },
	{ "branch stack", { SAMPLES, .sample_type = PERF_SAMPLE_BRANCH_STACK,
	    .branch_sample_type = PERF_SAMPLE_BRANCH_ANY }, EOPNOTSUPP },
	{ "branch stack without a branch type",
	  { SAMPLES, .sample_type = PERF_SAMPLE_BRANCH_STACK }, EINVAL },
	{ "sample_type IP, TID, TIME, ID, STREAM_ID, CPU, PERIOD, IDENTIFIER",
	  { SAMPLES, .sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID |
	    PERF_SAMPLE_TIME | PERF_SAMPLE_ID | PERF_SAMPLE_STREAM_ID |
	    PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_IDENTIFIER } },
	{ "sample_type READ", { SAMPLES, .sample_type = PERF_SAMPLE_READ } },
	{ "sample_type READ and inherit",
	  { SAMPLES, .sample_type = PERF_SAMPLE_READ, .inherit = 1 }, EINVAL },
	{ "sample_type READ and TID, and inherit",
	  { SAMPLES, .sample_type = PERF_SAMPLE_READ | PERF_SAMPLE_TID,
	    .inherit = 1 } },
	{ "sample_type CALLCHAIN",
	  { SAMPLES, .sample_type = PERF_SAMPLE_CALLCHAIN } },
	{ "sample_max_stack beyond the limit",
	  { SAMPLES, .sample_type = PERF_SAMPLE_CALLCHAIN,
	    .sample_max_stack = 65535 }, EOVERFLOW },
	{ "sample_type ADDR, WEIGHT, DATA_SRC, TRANSACTION, PHYS_ADDR",
	  { SAMPLES, .sample_type = PERF_SAMPLE_ADDR | PERF_SAMPLE_WEIGHT |
	    PERF_SAMPLE_DATA_SRC | PERF_SAMPLE_TRANSACTION |
	    PERF_SAMPLE_PHYS_ADDR } },
	{ "sample_type CGROUP, DATA_PAGE_SIZE, CODE_PAGE_SIZE, WEIGHT_STRUCT",
	  { SAMPLES, .sample_type = PERF_SAMPLE_CGROUP |
	    PERF_SAMPLE_DATA_PAGE_SIZE | PERF_SAMPLE_CODE_PAGE_SIZE |
	    PERF_SAMPLE_WEIGHT_STRUCT } },
	{ "sample_type WEIGHT and WEIGHT_STRUCT",
	  { SAMPLES, .sample_type = PERF_SAMPLE_WEIGHT |
	    PERF_SAMPLE_WEIGHT_STRUCT }, EINVAL },
	{ "sample_type RAW", { SAMPLES, .sample_type = PERF_SAMPLE_RAW } },
	{ "sample_type of the future", { SAMPLES, .sample_type = 1ULL << 40 },
	  EINVAL },
	{ "sample_type REGS_USER",
	  { SAMPLES, .sample_type = PERF_SAMPLE_REGS_USER,
	    .sample_regs_user = 0x1ff } },
	{ "sample_type REGS_USER, none",
	  { SAMPLES, .sample_type = PERF_SAMPLE_REGS_USER }, EINVAL },
	/* DS, ES, FS, GS: perf_regs.c refuses them in 64-bit mode. */
	{ "sample_type REGS_USER, segments",
	  { SAMPLES, .sample_type = PERF_SAMPLE_REGS_USER,
	    .sample_regs_user = 0xf000 }, EINVAL },
	{ "sample_type REGS_USER, XMM",
	  { SAMPLES, .sample_type = PERF_SAMPLE_REGS_USER,
	    .sample_regs_user = 3ULL << 32 }, EINVAL },
	{ "sample_type REGS_INTR",
	  { SAMPLES, .sample_type = PERF_SAMPLE_REGS_INTR,
	    .sample_regs_intr = 0x1ff } },
	{ "sample_type REGS_INTR, XMM",
	  { SAMPLES, .sample_type = PERF_SAMPLE_REGS_INTR,
	    .sample_regs_intr = 3ULL << 32 }, EINVAL },
	{ "sample_type STACK_USER",
	  { SAMPLES, .sample_type = PERF_SAMPLE_STACK_USER,
	    .sample_stack_user = 4096 } },
	{ "sample_type STACK_USER, not whole words",
	  { SAMPLES, .sample_type = PERF_SAMPLE_STACK_USER,
	    .sample_stack_user = 4095 }, EINVAL },
	{ "sample_type AUX", { SAMPLES, .sample_type = PERF_SAMPLE_AUX,
	    .aux_sample_size = 4096 }, EINVAL },
	{ "clockid MONOTONIC", { SAMPLES, .use_clockid = 1,
	    .clockid = CLOCK_MONOTONIC } },
	{ "clockid MONOTONIC_RAW", { SAMPLES, .use_clockid = 1,
	    .clockid = CLOCK_MONOTONIC_RAW } },
	/* perf refuses this clock for a PMU whose interrupt is an NMI. */
	{ "clockid REALTIME", { SAMPLES, .use_clockid = 1,
	    .clockid = CLOCK_REALTIME }, EINVAL },
	{ "an unknown clockid", { SAMPLES, .use_clockid = 1, .clockid = 99 },
	  EINVAL },

	/* --- reading --------------------------------------------------------- */
	{ "all of read_format", { INSNS, .read_format =
	    PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING |
	    PERF_FORMAT_ID | PERF_FORMAT_LOST } },
	{ "read_format of the future", { INSNS, .read_format = 1 << 5 },
	  EINVAL },

	/* --- size ------------------------------------------------------------ */
	{ "size of the first version", { UNSIZED, .size = 64 } },
	{ "size 0", { UNSIZED, .size = 0 } },
	{ "size too small", { UNSIZED, .size = 48 }, E2BIG },
	{ "size of the future", { UNSIZED, .size = 8192 }, E2BIG },

	/* --- generic events -------------------------------------------------- */
	{ "cycles", { GENERIC(PERF_COUNT_HW_CPU_CYCLES) } },
	{ "branches", { GENERIC(PERF_COUNT_HW_BRANCH_INSTRUCTIONS) }, .count = SOME },
	{ "bus-cycles", { GENERIC(PERF_COUNT_HW_BUS_CYCLES) }, ENOENT },
	{ "ref-cycles", { GENERIC(PERF_COUNT_HW_REF_CPU_CYCLES) }, ENOENT,
	  .opens_on = 0x19, .count = ANY },
	{ "stalled-cycles-backend", { GENERIC(PERF_COUNT_HW_STALLED_CYCLES_BACKEND) }, ENOENT,
	  .opens_on = 0x10, .count = ANY },
	{ "a generic event of the future", { GENERIC(PERF_COUNT_HW_MAX) }, EINVAL },
	{ "L1-dcache-loads", { CACHE(PERF_COUNT_HW_CACHE_L1D,
	    PERF_COUNT_HW_CACHE_OP_READ, PERF_COUNT_HW_CACHE_RESULT_ACCESS) },
	  .count = ANY },
	{ "branch-loads", { CACHE(PERF_COUNT_HW_CACHE_BPU,
	    PERF_COUNT_HW_CACHE_OP_READ, PERF_COUNT_HW_CACHE_RESULT_ACCESS) },
	  .count = SOME },
	{ "L1-icache-stores", { CACHE(PERF_COUNT_HW_CACHE_L1I,
	    PERF_COUNT_HW_CACHE_OP_WRITE, PERF_COUNT_HW_CACHE_RESULT_ACCESS) },
	  EINVAL },
	{ "LLC-loads", { CACHE(PERF_COUNT_HW_CACHE_LL,
	    PERF_COUNT_HW_CACHE_OP_READ, PERF_COUNT_HW_CACHE_RESULT_ACCESS) },
	  ENOENT, .opens_on = 0x10,
	  .count = ANY },
	{ "a cache of the future", { CACHE(PERF_COUNT_HW_CACHE_MAX,
	    PERF_COUNT_HW_CACHE_OP_READ, PERF_COUNT_HW_CACHE_RESULT_ACCESS) },
	  EINVAL },
	{ "a type of the future", {
	    .size = sizeof(struct perf_event_attr), .type = 9999 }, ENOENT },

	/* --- raw events ------------------------------------------------------ */
	{ "raw c0", { RAW, .config = 0xc0 } },
	/* USR, INT and EN belong to the driver; old scripts put them into the code */
	{ "raw 5300c0", { RAW, .config = 0x5300c0 } },
	{ "raw, cmask 1: cycles with an instruction",
	  { RAW, .config = 0x10000c0 } },
	{ "raw, a bit beyond the event",
	  { RAW, .config = 0xc0 | 1ULL << 62 }, .why = too_strict,
	  .our_err = EINVAL },
	/* The driver drops the host only and guest only bits of every raw code. */
	{ "raw, the host only bit", { RAW, .config = 0xc0 | 1ULL << 41 } },
	{ "raw, the guest only bit", { RAW, .config = 0xc0 | 1ULL << 40 } },
	{ "raw, host only and guest only bits",
	  { RAW, .config = 0xc0 | 3ULL << 40 } },
	{ "raw, host only bit, and no host",
	  { RAW, .config = 0xc0 | 1ULL << 41, .exclude_host = 1 },
	  .count = NOTHING },
	{ "raw, retired SSE and AVX operations",
	  { RAW, .config = 0xff03 }, .opens_on = 0x10, .count = ANY,
	  .why = two_counters, .our_err = ENOENT },
	{ "raw, Merge", { RAW, .config = 0xf000000ffULL }, .count = ANY,
	  .why = two_counters, .our_err = ENOENT },
	{ "raw, pin control", { RAW, .config = 0x800c0 }, .why = too_strict,
	  .our_err = EINVAL },
	{ "raw, config1", { RAW, .config = 0xc0, .config1 = 1 },
	  .why = too_strict, .our_err = EINVAL },
	{ "raw, config2", { RAW, .config = 0xc0, .config2 = 1 },
	  .why = too_strict, .our_err = EINVAL },
};

static bool count_good(enum count kind, int64_t n)
{
	switch (kind) {
	case EXACT:
		return n == EXPECT;
	case NOTHING:
		return !n;
	case SOME:
		return n > 0;
	case MORE:
		return n > EXPECT;
	default:
		return n >= 0;
	}
}

/* The first value that a read gives.  In a group it follows the number of members. */
static int64_t count(int fd, const struct perf_event_attr *attr)
{
	uint64_t a[8], b[8];
	size_t size = 8 * (1 + __builtin_popcountll(attr->read_format));
	int at = !!(attr->read_format & PERF_FORMAT_GROUP);

	if (work_between_reads(fd, a, b, size, work_loop, TURNS))
		return -1;
	return b[at] - a[at];
}

static void check_row(const struct row *row)
{
	bool ours = driver_is_ours() && row->why;
	bool opens = row->opens_on == cpu_family();
	int native = opens ? 0 : row->err;
	int expected = ours && !opens ? row->our_err : native;
	struct perf_event_attr attr = row->attr;
	int64_t n = 0;
	int fd, err;

	fd = perf_open_self(&attr, -1);
	err = fd < 0 ? errno : 0;
	if (!err)
		n = count(fd, &attr);
	if (ours)
		ksft_print_msg("%s: %s, on native: %s: %s\n", row->what,
			       err ? strerror(err) : "opens",
			       native ? strerror(native) : "opens",
			       row->why);
	if (err != expected)
		ksft_print_msg("%s: expected %s, got %s\n", row->what,
			       expected ? strerror(expected) : "an event",
			       err ? strerror(err) : "an event");
	else if (!err && !count_good(row->count, n))
		ksft_print_msg("%s: counted %lld, of %lld\n", row->what,
			       (long long)n, (long long)EXPECT);
	ksft_test_result(err == expected &&
			 (err || count_good(row->count, n)),
			 "%s\n", row->what);
	if (fd >= 0)
		close(fd);
}

/* --- task and CPU of an event, and groups ------------------------------------ */

static const struct target {
	const char *what;
	pid_t pid;
	int cpu, group;
	unsigned long flags;
	int err;
} targets[] = {
	{ "this thread, on any CPU", 0, -1, -1, 0, 0 },
	{ "this thread, on CPU 0", 0, 0, -1, 0, 0 },
	{ "CPU 0", -1, 0, -1, 0, 0 },
	{ "no task and no CPU", -1, -1, -1, 0, EINVAL },
	{ "a CPU that cannot exist", 0, 1 << 20, -1, 0, EINVAL },
	{ "a thread that cannot exist", 1 << 30, -1, -1, 0, ESRCH },
	{ "a group that is not an event", 0, -1, 0, 0, EBADF },
	{ "a flag of the future", 0, -1, -1, 1 << 10, EINVAL },
	{ "a cgroup on any CPU", 0, -1, -1, PERF_FLAG_PID_CGROUP, EINVAL },
	{ "a cgroup that is not a directory", 0, 0, -1, PERF_FLAG_PID_CGROUP,
	  EBADF },
};

static void check_target(const struct target *t)
{
	struct perf_event_attr attr = { INSNS };
	int fd = syscall(__NR_perf_event_open, &attr, t->pid, t->cpu, t->group,
			 t->flags);
	int err = fd < 0 ? errno : 0;

	if (err != t->err)
		ksft_print_msg("%s: expected %s, got %s\n", t->what,
			       strerror(t->err), strerror(err));
	ksft_test_result(err == t->err, "target: %s\n", t->what);
	if (fd >= 0)
		close(fd);
}

/* The attributes of a group's member: its letter is explained at groups[]. */
static struct perf_event_attr member(char kind)
{
	struct perf_event_attr attr = { INSNS };

	if (kind == 's') {
		attr.type = PERF_TYPE_SOFTWARE;
		attr.config = PERF_COUNT_SW_TASK_CLOCK;
		attr.exclude_kernel = 0;
	}
	attr.pinned = kind == 'p';
	attr.exclusive = kind == 'x';
	attr.sample_period = kind == 'f' ? 10007 : 0;
	return attr;
}

/*
 * Each letter is an event: h hardware, s software, p pinned, x exclusive, f sampled.
 * H stands for as many h as there are counters, S for as many pairs hs.  All events
 * but the last one must open.  The hardware events must count exactly, all at once.
 */
static const struct group {
	const char *members;
	int err;		/* of the last event */
} groups[] = {
	{ "hh", 0 },
	{ "H", 0 },
	{ "Hh", EINVAL },
	{ "sh", 0 },
	{ "sH", 0 },
	{ "sHh", EINVAL },
	{ "hs", 0 },
	{ "hssssssss", 0 },
	{ "S", 0 },
	{ "Sh", EINVAL },
	{ "ph", 0 },
	{ "hp", EINVAL },
	{ "xh", 0 },
	{ "hx", EINVAL },
	{ "hf", 0 },
	{ "fh", 0 },
};

/* Families below 15h have four legacy counters (APM volume 2, 13.2.1). */
static void expand(const char *members, char *out)
{
	int counters = cpu_family() < 0x15 ? 4 : 6;

	for (; *members; members++) {
		if (*members != 'H' && *members != 'S') {
			*out++ = *members;
			continue;
		}
		for (int i = 0; i < counters; i++) {
			*out++ = 'h';
			if (*members == 'S')
				*out++ = 's';
		}
	}
	*out = 0;
}

static void check_group(const struct group *g)
{
	int fds[MAX_GROUP], n, opened = 0, err = 0;
	char members[MAX_GROUP + 1];
	bool good;

	expand(g->members, members);
	n = strlen(members);

	for (int i = 0; i < n; i++) {
		struct perf_event_attr attr = member(members[i]);

		fds[i] = perf_open_self(&attr, i ? fds[0] : -1);
		if (fds[i] < 0) {
			err = errno;
			break;
		}
		opened++;
	}
	good = err == g->err && opened == n - !!err;
	for (int i = 0; good && !err && i < n; i++) {
		struct perf_event_attr attr = member(members[i]);

		if (attr.type == PERF_TYPE_HARDWARE)
			good = count(fds[i], &attr) == EXPECT;
	}
	if (!good)
		ksft_print_msg("%s: opened %d, then %s\n", g->members, opened,
			       strerror(err));
	ksft_test_result(good, "group: %s\n", g->members);
	while (opened--)
		close(fds[opened]);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(ARRAY_SIZE(rows) + ARRAY_SIZE(targets) +
		      ARRAY_SIZE(groups));
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(targets); i++)
		check_target(&targets[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(groups); i++)
		check_group(&groups[i]);
	ksft_finished();
}
