// SPDX-License-Identifier: GPL-2.0-only
/*
 * rdpmc_modes - who may read counters by RDPMC, and who may not.
 *
 * /sys/bus/event_source/devices/cpu/rdpmc says: 0 nobody, 1 a process that has
 * an event mapped, 2 everybody.  For each of these a new process executes
 * RDPMC for six counters: before it has an event, while it has one mapped,
 * and after it has unmapped it.
 *
 * A process that may not read counters gets a SIGSEGV natively.  In a PV guest
 * it may read zeros instead (R9), but never a count.  A process that may read
 * counters must see the count of the event that it has mapped, and no count of
 * another process, neither in other counters nor in its own counter.
 * cap_user_rdpmc of an event that is open meanwhile must say the same.
 *
 * A process that may read counters executes another program.  That program must
 * not be able to read them, although it continues on the same CPU: after
 * vfork(2) there is not even a context switch between the two.
 *
 * How it could fail: CR4.PCE stays set for the next process on the CPU, or a
 * count stays in a counter.  Another process counts on the same CPU all the
 * time, so that there are counts to be seen.
 *
 * The first check leaves the mode as it is, which is 1 unless somebody has
 * changed it.  If the file does not exist, this is the only check.  A driver
 * without RDPMC (cap_user_rdpmc = 0) then only has to hide counts from
 * processes that have mapped no event.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "perf.h"
#include "work.h"

#define PAGE		4096UL
#define NR_COUNTERS	6	/* at least; a processor may have more */
#define FAULTED		(-1)
#define TURNS		20
/*
 * An event that does not sample starts its counter at -MAX_COUNT, or at 1.  So the low
 * 47 bits of the counter are its count plus 1.
 */
#define MAX_COUNT	((1LL << 47) - 1)
#define RDPMC_FILE	"/sys/bus/event_source/devices/cpu/rdpmc"

static sigjmp_buf escape;

static void caught(int sig)
{
	siglongjmp(escape, 1);
}

/* Executes RDPMC for one counter; returns its value, or FAULTED. */
static int64_t one_count(uint32_t counter)
{
	uint32_t low, high;

	if (sigsetjmp(escape, 1))
		return FAULTED;
	asm volatile("rdpmc" : "=a" (low), "=d" (high) : "c" (counter));
	return (int64_t)high << 32 | low;
}

/* FAULTED if every counter faults, else the OR of the counters that can be read. */
static int64_t any_count(void)
{
	int64_t all = FAULTED;

	for (uint32_t i = 0; i < NR_COUNTERS; i++) {
		int64_t n = one_count(i);

		if (n != FAULTED)
			all = all == FAULTED ? n : all | n;
	}
	return all;
}

struct verdict {
	int64_t before, mapped, others, executed, after;
	int cap;
};

/*
 * Looks for counts of others, while another process that counts gets the CPU now and
 * then.  Returns the OR of all counters that this event does not use, and of the
 * excess of its own counter over its count.
 */
static int64_t others_count(const struct perf_event_mmap_page *page, int fd)
{
	int64_t all = 0;

	for (int turn = 0; turn < TURNS; turn++) {
		for (uint32_t i = 0; i < NR_COUNTERS; i++) {
			int64_t n = one_count(i);
			struct perf_value v;

			if (n == FAULTED)
				continue;
			if (page->index == i + 1) {
				if (read(fd, &v, sizeof(v)) != sizeof(v))
					_exit(1);
				n = (n & MAX_COUNT) - 1;
				n = n > (int64_t)v.value ? n - v.value : 0;
			}
			all |= n;
		}
		sched_yield();
	}
	return all;
}

/* Executes this program again; returns what the new program can read (see main()). */
static int64_t executed_count(void)
{
	static char *const argv[] = { "rdpmc_modes", "count", NULL };
	int64_t count = 0;
	pid_t pid;
	int p[2];

	if (pipe(p))
		_exit(1);
	pid = vfork();
	if (!pid) {
		dup2(p[1], STDOUT_FILENO);
		execv("/proc/self/exe", argv);
		_exit(1);
	}
	close(p[1]);
	if (read(p[0], &count, sizeof(count)) != sizeof(count))
		_exit(1);
	close(p[0]);
	waitpid(pid, NULL, 0);
	return count;
}

/* Runs in a child process, which has no event mapped at first. */
static void try_here(struct verdict *v)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
						ZEN_INSTRUCTIONS, "u");
	struct perf_event_mmap_page *page;
	int fd;

	signal(SIGSEGV, caught);
	signal(SIGILL, caught);
	v->before = any_count();
	fd = perf_open_self(&attr, -1);
	page = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (fd < 0 || page == MAP_FAILED)
		_exit(1);
	work_loop(1000);
	v->cap = page->cap_user_rdpmc;
	v->mapped = any_count();
	v->others = others_count(page, fd);
	v->executed = executed_count();
	munmap(page, PAGE);
	close(fd);
	v->after = any_count();
}

static struct verdict try_all(void)
{
	struct verdict v = { -2, -2, -2, -2, -2, -1 };
	pid_t pid;
	int p[2];

	if (pipe(p))
		ksft_exit_fail_perror("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		try_here(&v);
		_exit(write(p[1], &v, sizeof(v)) != sizeof(v));
	}
	close(p[1]);
	if (read(p[0], &v, sizeof(v)) != sizeof(v))
		ksft_print_msg("the child died\n");
	close(p[0]);
	waitpid(pid, NULL, 0);
	return v;
}

/* Starts a process with six events, so that every counter holds a count. */
static pid_t start_counting(void)
{
	sigset_t usr1;
	pid_t pid;
	int sig;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	fflush(stdout);
	pid = fork();
	if (pid) {
		sigwait(&usr1, &sig);
		return pid;
	}
	for (int i = 0; i < NR_COUNTERS; i++) {
		struct perf_event_attr attr = perf_attr(PERF_TYPE_RAW,
						ZEN_INSTRUCTIONS, "u");

		perf_open_self(&attr, -1);
	}
	kill(getppid(), SIGUSR1);
	for (;;)
		work_loop(100000);
}

static bool set_mode(int mode)
{
	FILE *f = fopen(RDPMC_FILE, "w");

	if (!f)
		return false;
	fprintf(f, "%d\n", mode);
	return !fclose(f);
}

/* Without the right to read, PV may show zeros; other machines fault. */
static bool nothing_seen(int64_t count)
{
	return count == FAULTED || (!count && guest_is("PV"));
}

static bool mode_good(int mode, const struct verdict *v)
{
	switch (mode) {
	case 0:
		return nothing_seen(v->before) && nothing_seen(v->mapped) &&
		       nothing_seen(v->executed) && nothing_seen(v->after) &&
		       !v->cap;
	case 1:
		return nothing_seen(v->before) && v->mapped > 0 &&
		       !v->others && nothing_seen(v->executed) &&
		       nothing_seen(v->after) && v->cap == 1;
	default:
		return !v->before && v->mapped > 0 && !v->others &&
		       v->executed >= 0 && v->after >= 0 && v->cap == 1;
	}
}

static void print(const char *name, const struct verdict *v)
{
	ksft_print_msg("%s: cap_user_rdpmc %d; read before an event is mapped %#llx, while %#llx, of others then %#llx, by a program executed then %#llx, after %#llx (all ones: a fault)\n",
		       name, v->cap, (unsigned long long)v->before,
		       (unsigned long long)v->mapped,
		       (unsigned long long)v->others,
		       (unsigned long long)v->executed,
		       (unsigned long long)v->after);
}

static int get_mode(void)
{
	FILE *f = fopen(RDPMC_FILE, "r");
	int mode = 1;

	if (!f || fscanf(f, "%d", &mode) != 1)
		mode = 1;
	if (f)
		fclose(f);
	return mode;
}

static void check_found(void)
{
	struct verdict v = try_all();

	print("as found", &v);
	ksft_test_result(get_mode() == 2 ||
			 (nothing_seen(v.before) && nothing_seen(v.executed) &&
			  nothing_seen(v.after)),
			 "as found: without a mapped event there is no count\n");
}

static void check_mode(int mode)
{
	struct verdict v;
	char name[16];

	if (!set_mode(mode)) {
		ksft_test_result_skip("rdpmc = %d: %s cannot be written\n",
				      mode, RDPMC_FILE);
		return;
	}
	v = try_all();
	snprintf(name, sizeof(name), "rdpmc = %d", mode);
	print(name, &v);
	ksft_test_result(mode_good(mode, &v),
			 "rdpmc = %d: only a process that may read counters can\n",
			 mode);
}

int main(int argc, char **argv)
{
	int found = get_mode();
	pid_t counting;

	if (argc > 1) {			/* for executed_count() */
		int64_t count;

		signal(SIGSEGV, caught);
		count = any_count();
		return write(STDOUT_FILENO, &count, sizeof(count)) !=
		       sizeof(count);
	}
	ksft_print_header();
	pin_here();
	ksft_set_plan(4);
	counting = start_counting();
	check_found();
	for (int mode = 0; mode <= 2; mode++)
		check_mode(mode);
	set_mode(found);
	kill(counting, SIGKILL);
	waitpid(counting, NULL, 0);
	ksft_finished();
}
