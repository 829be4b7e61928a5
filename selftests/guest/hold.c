// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold - keeps events open while a command runs.  A helper of reload.sh.
 *
 * The events are one of this thread that counts, one of this thread that samples into
 * a ring buffer, and one of the whole CPU.  The first one must be exact before and
 * after the command.
 *
 * usage: hold [COMMAND [ARGUMENT...]]
 * exit status: 0, 1 when the command failed, 3 when a count is wrong or an
 * event cannot be opened
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "perf.h"
#include "work.h"

#define TURNS		100000
#define PERIOD		20011
#define EXIT_COUNT	3

static int open_one(uint64_t config, const char *modes, uint64_t period,
		    pid_t pid, int cpu)
{
	struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE, config,
						modes);
	int fd;

	attr.sample_period = period;
	attr.sample_type = PERF_SAMPLE_IP;
	fd = perf_open(&attr, pid, cpu, -1);
	if (fd < 0) {
		perror("hold: perf_event_open");
		exit(EXIT_COUNT);
	}
	return fd;
}

static void check_count(int fd)
{
	struct perf_value a, b;
	int64_t error;

	if (work_between_reads(fd, &a, &b, sizeof(a), work_loop, TURNS)) {
		fprintf(stderr, "hold: a read failed\n");
		exit(EXIT_COUNT);
	}
	error = b.value - a.value - LOOP_INSNS(TURNS) - BETWEEN_INSNS;
	if (error) {
		fprintf(stderr, "hold: a count is wrong by %lld\n",
			(long long)error);
		exit(EXIT_COUNT);
	}
}

static bool command(char **argv)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(argv[0], argv);
		perror(argv[0]);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

int main(int argc, char **argv)
{
	int cpu = pin_here();
	int counted = open_one(PERF_COUNT_HW_INSTRUCTIONS, "u", 0, 0, -1);
	int sampled = open_one(PERF_COUNT_HW_INSTRUCTIONS, "u", PERIOD, 0, -1);
	void *ring = mmap(NULL, 9 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED,
			  sampled, 0);
	bool done = true;

	open_one(PERF_COUNT_HW_CPU_CYCLES, "uk", 0, -1, cpu);
	if (ring == MAP_FAILED) {
		perror("hold: mmap");
		return EXIT_COUNT;
	}
	check_count(counted);
	if (argc > 1)
		done = command(argv + 1);
	check_count(counted);
	return done ? 0 : 1;
}
