// SPDX-License-Identifier: GPL-2.0-only
/*
 * scope - each event counts the right tasks, and the right events have the counters.
 *
 *  - pinned: as many pinned events as counters run all the time.  One more is in
 *    error, and read(2) of that event returns end of file.  When another event is
 *    closed and this one is enabled again, it runs.
 *  - exclusive: an exclusive event never runs at the same time as another event.
 *    Both run for a part of the time, and the parts add up to at most the whole.
 *  - enable_on_exec: the program spin has a known number of instructions, from its
 *    first one to its exit.  An event that the exec enables counts exactly these.
 *  - remove_on_exec: a program with two events executes spin.  The event that the
 *    exec removes has exactly spin's instructions less than the other event.
 *  - inherit, inherit_stat, and a group that is inherited: the sum of a family is
 *    exact, also for each member of the group.
 *  - Without inherit a child adds nothing to the parent's events.
 *  - -G: an event of a cgroup on a CPU counts only the tasks in the cgroup.  The
 *    counts of two runs differ by exactly the difference of their lengths, while a
 *    task outside of the cgroup runs on the same CPU.  (Skipped if no cgroup file
 *    system can be mounted.)
 *  - An event of a CPU counts all user-mode code that runs there.
 *
 * How it could fail: the driver forgets that an event does not fit, and lets it run
 * with a count of 0; the driver starts to count at the beginning of the exec system
 * call, in the old program.
 */
#include <fcntl.h>
#include <libgen.h>
#include <linux/limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest.h"
#include "perf.h"
#include "spin.h"
#include "tasks.h"
#include "work.h"

#define TURNS		1000UL
#define EXPECT		((int64_t)(LOOP_INSNS(TURNS) + BETWEEN_INSNS))
#define SPIN_INSNS	(1 + LOOP_BODY * SPIN_TURNS + 3)
#define MAX_COUNTERS	64

static struct perf_event_attr insns(void)
{
	return perf_attr(PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS, "u");
}

static int open_self(struct perf_event_attr *attr)
{
	int fd = perf_open_self(attr, -1);

	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open");
	return fd;
}

static int64_t counts(int fd)
{
	struct perf_value a, b;

	if (work_between_reads(fd, &a, &b, sizeof(a), work_loop, TURNS))
		return -1;
	return b.value - a.value;
}

static bool runs(int fd)
{
	struct perf_value v;

	return read(fd, &v, sizeof(v)) == sizeof(v) && v.enabled == v.running;
}

static bool at_end(int fd)
{
	struct perf_value v;

	return !read(fd, &v, sizeof(v));
}

static void check_pinned(void)
{
	struct perf_event_attr attr = insns();
	int fds[MAX_COUNTERS], n = 0;
	bool fit, again;

	attr.pinned = 1;
	do {
		fds[n] = open_self(&attr);
	} while (runs(fds[n]) && ++n < MAX_COUNTERS - 1);
	fit = n > 0 && at_end(fds[n]);
	for (int i = 0; i < n; i++)
		fit &= counts(fds[i]) == EXPECT && runs(fds[i]);
	ksft_print_msg("%d pinned events run\n", n);
	ksft_test_result(fit, "pinned: those that fit run, the next is in error\n");
	close(fds[0]);
	again = !ioctl(fds[n], PERF_EVENT_IOC_ENABLE, 0) &&
		counts(fds[n]) == EXPECT;
	ksft_test_result(again, "pinned: enabled again, it has the free counter\n");
	for (int i = 1; i <= n; i++)
		close(fds[i]);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ULL + t.tv_nsec;
}

/* The whole time begins before the first open and ends after the last read. */
static void check_exclusive(void)
{
	struct perf_event_attr attr = insns();
	struct perf_value v[2];
	uint64_t whole = now();
	int fds[2];

	attr.exclusive = 1;
	fds[0] = open_self(&attr);
	attr.exclusive = 0;
	fds[1] = open_self(&attr);
	work_loop(5000000);
	for (int i = 0; i < 2; i++)
		if (read(fds[i], &v[i], sizeof(v[i])) != sizeof(v[i]))
			ksft_exit_fail_perror("read");
	whole = now() - whole;
	close(fds[0]);
	close(fds[1]);
	ksft_print_msg("exclusive ran %llu us, the other %llu us of %llu us\n",
		       (unsigned long long)v[0].running / 1000,
		       (unsigned long long)v[1].running / 1000,
		       (unsigned long long)whole / 1000);
	ksft_test_result(v[0].running && v[1].running &&
			 v[0].running + v[1].running <= whole,
			 "exclusive: the event never runs at once with another event\n");
}

/* The path of spin, which lies in the directory of this program. */
static const char *spin_path(void)
{
	static char path[PATH_MAX + 8];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (n < 0)
		ksft_exit_fail_perror("/proc/self/exe");
	path[n] = '\0';
	dirname(path);
	strcat(path, "/spin");
	return path;
}

/*
 * Forks a child that works, waits until the writing end of the pipe is closed, works
 * again, and executes spin.
 */
static pid_t start_child(const char *path, const int *gate)
{
	pid_t pid;
	char c;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		close(gate[1]);
		work_loop(TURNS);
		if (read(gate[0], &c, 1))
			_exit(1);
		work_loop(TURNS);
		execl(path, path, NULL);
		_exit(127);
	}
	return pid;
}

static void check_enable_on_exec(void)
{
	const char *path = spin_path();
	struct perf_event_attr attr = insns();
	struct perf_value before, after;
	int gate[2], fd, status;
	pid_t pid;

	if (pipe(gate))
		ksft_exit_fail_perror("pipe");
	pid = start_child(path, gate);
	attr.disabled = 1;
	attr.enable_on_exec = 1;
	fd = perf_open(&attr, pid, -1, -1);
	if (fd < 0 || read(fd, &before, sizeof(before)) != sizeof(before))
		ksft_exit_fail_perror("perf_event_open or read");
	close(gate[0]);
	close(gate[1]);
	waitpid(pid, &status, 0);
	if (read(fd, &after, sizeof(after)) != sizeof(after))
		ksft_exit_fail_perror("read");
	ksft_print_msg("%s: expected %d, counted %llu\n", path, SPIN_INSNS,
		       (unsigned long long)after.value);
	ksft_test_result(!status && !before.value && after.value == SPIN_INSNS,
			 "enable_on_exec: exactly the new program is counted\n");
	close(fd);
}

/*
 * The test opens both events while the child waits in the kernel, so that both count
 * the same part of the old program.
 */
static void check_remove_on_exec(void)
{
	struct perf_event_attr attr = insns();
	struct timespec ms = { .tv_nsec = 100000000 };
	struct perf_value removed, other;
	const char *path = spin_path();
	int gate[2], fds[2], status;
	pid_t pid;

	if (pipe(gate))
		ksft_exit_fail_perror("pipe");
	pid = start_child(path, gate);
	nanosleep(&ms, NULL);
	fds[0] = perf_open(&attr, pid, -1, -1);
	attr.remove_on_exec = 1;
	fds[1] = perf_open(&attr, pid, -1, -1);
	if (fds[0] < 0 || fds[1] < 0)
		ksft_exit_fail_perror("perf_event_open");
	close(gate[0]);
	close(gate[1]);
	waitpid(pid, &status, 0);
	if (read(fds[0], &other, sizeof(other)) != sizeof(other) ||
	    read(fds[1], &removed, sizeof(removed)) != sizeof(removed))
		ksft_exit_fail_perror("read");
	ksft_print_msg("removed at the exec %llu, the other %llu, the difference should be %d\n",
		       (unsigned long long)removed.value,
		       (unsigned long long)other.value, SPIN_INSNS);
	ksft_test_result(!status && removed.value >= LOOP_INSNS(TURNS) &&
			 other.value - removed.value == SPIN_INSNS,
			 "remove_on_exec: only the old program is counted\n");
	close(fds[0]);
	close(fds[1]);
}

static void check_not_inherited(void)
{
	uint64_t turns[4] = { 1000, 2000, 3000, 4000 };
	struct family f = { .turns = turns, .nr = ARRAY_SIZE(turns) };
	struct perf_event_attr attr = insns();
	int fd = open_self(&attr);
	struct perf_value a, b;

	if (work_between_reads(fd, &a, &b, sizeof(a), tasks_fork,
			       (uintptr_t)&f))
		ksft_exit_fail_perror("read");
	ksft_print_msg("a parent of four: expected %d, counted %llu\n",
		       (int)(FORK_INSNS(f.nr) + BETWEEN_INSNS),
		       (unsigned long long)(b.value - a.value));
	ksft_test_result(f.failed >= 0 && b.value - a.value ==
			 FORK_INSNS(f.nr) + BETWEEN_INSNS,
			 "without inherit, children are not counted\n");
	close(fd);
}

/* Counts a family of four with @nr inherited events. */
static void check_inherited(const char *name, bool stat, int nr)
{
	uint64_t turns[4] = { 300000, 200000, 400000, 100000 };
	struct family f = { .turns = turns, .nr = ARRAY_SIZE(turns) };
	struct perf_event_attr attr = insns();
	uint64_t a[3], b[3], expect = FORK_INSNS(f.nr) + BETWEEN_INSNS;
	int fds[2] = { -1, -1 };
	bool good = true;

	for (unsigned int i = 0; i < f.nr; i++)
		expect += CHILD_INSNS(turns[i]);
	attr.inherit = 1;
	attr.inherit_stat = stat;
	attr.read_format = PERF_FORMAT_GROUP;
	for (int i = 0; i < nr; i++) {
		fds[i] = perf_open_self(&attr, i ? fds[0] : -1);
		if (fds[i] < 0)
			ksft_exit_fail_perror("perf_event_open");
	}
	if (work_between_reads(fds[0], a, b, (1 + nr) * sizeof(a[0]),
			       tasks_fork, (uintptr_t)&f))
		ksft_exit_fail_perror("read");
	for (int i = 1; i <= nr; i++) {
		ksft_print_msg("%s: expected %llu, counted %llu\n", name,
			       (unsigned long long)expect,
			       (unsigned long long)(b[i] - a[i]));
		good &= b[i] - a[i] == expect;
	}
	ksft_test_result(good && f.failed >= 0, "%s: the count is the sum of the family\n", name);
	for (int i = 0; i < nr; i++)
		close(fds[i]);
}

/* --- cgroups ----------------------------------------------------------------- */

static char cgroup[32];
static char group_dir[PATH_MAX], procs_file[PATH_MAX];

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	ssize_t len = strlen(text);
	bool done = fd >= 0 && write(fd, text, len) == len;

	close(fd);
	return done;
}

/*
 * perf_event is an implicit controller.  New cgroups get it only after some other
 * controller has been switched on in the root; any controller will do.
 */
static bool make_cgroup(void)
{
	char control[PATH_MAX];

	snprintf(cgroup, sizeof(cgroup), "/tmp/cgroup.XXXXXX");
	if (!mkdtemp(cgroup) || mount("none", cgroup, "cgroup2", 0, NULL))
		return false;
	snprintf(control, sizeof(control), "%s/cgroup.subtree_control", cgroup);
	if (!write_file(control, "+pids"))
		return false;
	snprintf(group_dir, sizeof(group_dir), "%s/counted", cgroup);
	snprintf(procs_file, sizeof(procs_file), "%s/counted/cgroup.procs",
		 cgroup);
	return !mkdir(group_dir, 0755);
}

static void remove_cgroup(void)
{
	rmdir(group_dir);
	umount(cgroup);
	rmdir(cgroup);
}

/* Runs a child that joins the cgroup and works; returns -1 if it failed. */
static int run_inside(uint64_t turns)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (!write_file(procs_file, "0"))
			_exit(1);
		work_loop(turns);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return status;
}

static pid_t start_outsider(void)
{
	pid_t pid = fork();

	while (!pid)
		work_loop(1000);
	return pid;
}

static int64_t count_inside(int fd, uint64_t turns)
{
	struct perf_value a, b;

	if (read(fd, &a, sizeof(a)) != sizeof(a) || run_inside(turns) ||
	    read(fd, &b, sizeof(b)) != sizeof(b))
		return -1;
	return b.value - a.value;
}

static void check_cgroup(int cpu)
{
	const uint64_t few = 1000000, more = 2000000;
	struct perf_event_attr attr = insns();
	int64_t one, other;
	pid_t outsider;
	int dir, fd;

	if (!make_cgroup()) {
		ksft_test_result_skip("cgroup: it cannot be mounted: %s\n",
				      strerror(errno));
		return;
	}
	dir = open(group_dir, O_RDONLY | O_DIRECTORY);
	fd = syscall(__NR_perf_event_open, &attr, dir, cpu, -1,
		     PERF_FLAG_PID_CGROUP);
	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open of a cgroup");
	fflush(stdout);
	outsider = start_outsider();
	count_inside(fd, 1);
	one = count_inside(fd, few);
	other = count_inside(fd, more);
	kill(outsider, SIGKILL);
	waitpid(outsider, NULL, 0);
	ksft_print_msg("cgroup: %lld and %lld, the difference should be %llu\n",
		       (long long)one, (long long)other,
		       (unsigned long long)((more - few) * LOOP_BODY));
	ksft_test_result(one > 0 && other - one ==
			 (int64_t)((more - few) * LOOP_BODY),
			 "cgroup: only the tasks in the cgroup are counted, exactly\n");
	close(fd);
	close(dir);
	remove_cgroup();
}

/* Other tasks may run on the CPU too, so the count is at least the loop. */
static void check_cpu(int cpu)
{
	struct perf_event_attr attr = insns();
	int fd = perf_open(&attr, -1, cpu, -1);
	int64_t most = 0, least = INT64_MAX;

	if (fd < 0)
		ksft_exit_fail_perror("perf_event_open of a CPU");
	for (int i = 0; i < 20; i++) {
		int64_t n = counts(fd);

		most = n > most ? n : most;
		least = n < least ? n : least;
	}
	ksft_print_msg("a CPU: from %lld to %lld, expected %lld or more\n",
		       (long long)least, (long long)most, (long long)EXPECT);
	ksft_test_result(least == EXPECT,
			 "a CPU's event counts all tasks that run there\n");
	close(fd);
}

int main(void)
{
	int cpu;

	ksft_print_header();
	ksft_set_plan(11);
	check_pinned();
	check_exclusive();
	check_enable_on_exec();
	check_remove_on_exec();
	check_not_inherited();
	check_inherited("inherit", false, 1);
	check_inherited("inherit and inherit_stat", true, 1);
	check_inherited("inherit, a group", true, 2);
	cpu = pin_here();
	check_cgroup(cpu);
	check_cpu(cpu);
	ksft_finished();
}
