// SPDX-License-Identifier: GPL-2.0-only
/*
 * cpus - the counts of the CPUs add up, while a task goes from CPU to CPU.
 *
 * A thread goes from CPU to CPU by sched_setaffinity(2) while it executes a known
 * number of instructions.  One event of the thread counts them on all CPUs: this
 * count is the whole.  The same system calls switch the following events on and
 * off:
 *
 *  - one event of the thread for each CPU (pid = its tid, cpu = N).  Each counts a
 *    part, and the parts add up to the whole exactly.
 *  - one event of each CPU for all tasks (perf's -a).  These count other tasks
 *    too, so the sum is never below the whole.  The guest is idle, so in the best
 *    of some rounds no other task runs, and the sum equals the whole.
 *  - one event of each CPU for the thread's cgroup (perf's -a -G).  The parts add
 *    up to the whole in every round, because the cgroup has no other task.
 *
 * threads.c tests that the whole is itself exact.  Here the whole only has to be
 * at least the length of the loop.
 *
 * How it could fail: an event keeps counting on the CPU that its task has left, or
 * starts late on the CPU that the task comes to; the driver misses a switch between
 * cgroups on one of the CPUs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "kselftest.h"
#include "perf.h"
#include "tasks.h"
#include "work.h"

#define HOPS		40
#define HOP_TURNS	20000UL
#define ROUNDS		10
#define MAX_CPUS	64

static int cpus[MAX_CPUS], nr_cpus;

/* The whole and the sum of the parts in one round. */
struct round {
	int64_t whole, sum;
	int parts;		/* CPUs that have counted something */
};

static void find_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		ksft_exit_fail_perror("sched_getaffinity");
	for (int cpu = 0; cpu < MAX_CPUS; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[nr_cpus++] = cpu;
}

static int open_event(pid_t pid, int cpu, unsigned long flags)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "u");
	int fd;

	attr.disabled = 1;
	attr.read_format = 0;
	fd = syscall(__NR_perf_event_open, &attr, pid, cpu, -1, flags);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	return fd;
}

static int64_t value(int fd)
{
	uint64_t v;

	if (read(fd, &v, sizeof(v)) != sizeof(v))
		ksft_exit_fail_perror("read");
	close(fd);
	return v;
}

static void hop(void)
{
	uint64_t masks[HOPS];
	struct hops h = { .masks = masks, .nr = HOPS, .turns = HOP_TURNS };

	for (int i = 0; i < HOPS; i++)
		masks[i] = 1ULL << cpus[i % nr_cpus];
	/* These calls switch all events of this thread on and off. */
	if (prctl(PR_TASK_PERF_EVENTS_ENABLE))
		ksft_exit_fail_perror("PR_TASK_PERF_EVENTS_ENABLE");
	tasks_hop((uintptr_t)&h);
	if (prctl(PR_TASK_PERF_EVENTS_DISABLE))
		ksft_exit_fail_perror("PR_TASK_PERF_EVENTS_DISABLE");
	if (h.failed)
		ksft_exit_fail_msg("sched_setaffinity failed\n");
}

static struct round count(pid_t pid, unsigned long flags)
{
	struct round r = { 0 };
	int fds[MAX_CPUS], whole;

	whole = open_event(0, -1, 0);
	for (int i = 0; i < nr_cpus; i++)
		fds[i] = open_event(pid, cpus[i], flags);
	hop();
	r.whole = value(whole);
	for (int i = 0; i < nr_cpus; i++) {
		int64_t n = value(fds[i]);

		r.sum += n;
		r.parts += n > 0;
	}
	return r;
}

static void check(const char *name, pid_t pid, unsigned long flags, bool alone)
{
	int64_t least = INT64_MAX, most = INT64_MIN;
	bool all = true, whole = true;

	for (int i = 0; i < ROUNDS; i++) {
		struct round r = count(pid, flags);
		int64_t more = r.sum - r.whole;

		least = more < least ? more : least;
		most = more > most ? more : most;
		all &= r.parts == nr_cpus;
		whole &= r.whole >= (int64_t)HOP_INSNS(HOPS, HOP_TURNS) &&
			 r.whole < (int64_t)HOP_INSNS(HOPS, HOP_TURNS) + 100;
	}
	ksft_print_msg("%s: on %d CPUs, the parts are from %lld to %lld more than the whole\n",
		       name, nr_cpus, (long long)least, (long long)most);
	ksft_test_result(whole && all && !least && (!alone || !most),
			 "%s: the parts add up to the whole\n", name);
}

/* --- cgroups ----------------------------------------------------------------- */

static char mounted[32];

static bool write_file(const char *dir, const char *file, const char *text)
{
	char path[128];
	ssize_t len = strlen(text);
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	fd = open(path, O_WRONLY);
	done = fd >= 0 && write(fd, text, len) == len;
	close(fd);
	return done;
}

/*
 * perf_event is an implicit controller.  New cgroups get it only after some other
 * controller has been switched on in the root; any controller will do.
 */
static bool make_cgroup(char *dir, size_t size)
{
	snprintf(mounted, sizeof(mounted), "/tmp/cpus.XXXXXX");
	if (!mkdtemp(mounted) || mount("none", mounted, "cgroup2", 0, NULL) ||
	    !write_file(mounted, "cgroup.subtree_control", "+pids"))
		return false;
	snprintf(dir, size, "%s/counted", mounted);
	return !mkdir(dir, 0755) && write_file(dir, "cgroup.procs", "0");
}

static void check_cgroup(void)
{
	static const char name[] = "a cgroup on each CPU (-a -G)";
	char dir[64];
	int fd;

	if (!make_cgroup(dir, sizeof(dir))) {
		ksft_test_result_skip("%s: cannot be made: %s\n", name,
				      strerror(errno));
		return;
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	check(name, fd, PERF_FLAG_PID_CGROUP, true);
	close(fd);
	write_file(mounted, "cgroup.procs", "0");
	rmdir(dir);
	umount(mounted);
	rmdir(mounted);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(3);
	find_cpus();
	check("a task on each CPU", 0, 0, true);
	check("each CPU (-a)", -1, 0, false);
	check_cgroup();
	ksft_finished();
}
