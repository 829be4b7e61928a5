// SPDX-License-Identifier: GPL-2.0-only
/*
 * cost - measures the cost of a piece of work, and prints one line of JSON on stdout.
 *
 *   cost LABELS run COMMAND [ARGUMENT]...	a command, from fork to wait
 *   cost LABELS cpu N		N turns of ten instructions
 *   cost LABELS syscalls N	N times getppid(2)
 *   cost LABELS sleeps N	N times nanosleep(2) for 200 us
 *   cost LABELS cpuids N	N times CPUID, which exits from a guest with its own CPU
 *   cost LABELS opens N COMMAND...	the command, while N events are open
 *
 * LABELS are members of a JSON object.  "per" is N, or 1 for a command.  The
 * command's stdout goes to stderr.
 */
#include <cpuid.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "account.h"
#include "perf.h"

static int status;

static void run(char **command)
{
	pid_t pid = fork();

	if (!pid) {
		dup2(2, 1);
		execvp(command[0], command);
		perror(command[0]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid) {
		perror("cost: fork or wait");
		exit(1);
	}
	status = WIFEXITED(status) ? WEXITSTATUS(status) :
				     128 + WTERMSIG(status);
}

static void cpu(long n)
{
	asm volatile("1: add $1, %%eax; lea 1(%%rax), %%rdx; xor %%edx, %%ecx;"
		     "imul %%eax, %%ecx; mov %%rdx, %%rsi; shl $1, %%rsi;"
		     "not %%ecx; test %%ecx, %%ecx; dec %0; jnz 1b"
		     : "+r" (n) : : "rax", "rcx", "rdx", "rsi", "cc");
}

static void syscalls(long n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void sleeps(long n)
{
	const struct timespec t = { .tv_nsec = 200000 };

	while (n--)
		nanosleep(&t, NULL);
}

static void cpuids(long n)
{
	unsigned int a, b, c, d;

	while (n--)
		__cpuid(0x80000000, a, b, c, d);
}

/* Opens events of this process.  The process sleeps while the command runs. */
static void open_events(long n)
{
	struct rlimit limit = { n + 64, n + 64 };

	if (setrlimit(RLIMIT_NOFILE, &limit)) {
		perror("cost: setrlimit");
		exit(1);
	}
	while (n--) {
		struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
					PERF_COUNT_HW_INSTRUCTIONS, "uk");

		if (perf_open_self(&attr, -1) < 0) {
			perror("cost: perf_event_open");
			exit(1);
		}
	}
}

static const struct work {
	const char *name;
	void (*work)(long n);
} works[] = {
	{ "cpu", cpu }, { "syscalls", syscalls }, { "sleeps", sleeps },
	{ "cpuids", cpuids },
};

static int usage(void)
{
	fputs("usage: cost LABELS run COMMAND... | opens N COMMAND... | cpu N | syscalls N | sleeps N | cpuids N\n",
	      stderr);
	return 2;
}

int main(int argc, char *argv[])
{
	static struct X86PMUAccount before, after;
	const struct work *work = NULL;
	long n = 1;

	if (argc < 4)
		return usage();
	for (size_t i = 0; i < sizeof(works) / sizeof(works[0]); i++)
		if (!strcmp(argv[2], works[i].name))
			work = &works[i];
	if (strcmp(argv[2], "run"))
		n = strtol(argv[3], NULL, 0);
	if (n <= 0)
		return usage();
	if (!strcmp(argv[2], "opens")) {
		if (argc < 5)
			return usage();
		open_events(n);
		account_read(&before);
		run(argv + 4);
	} else if (!strcmp(argv[2], "run")) {
		account_read(&before);
		run(argv + 3);
	} else if (work) {
		account_read(&before);
		work->work(n);
	} else {
		return usage();
	}
	account_read(&after);
	printf("{%s,\"per\":%ld", argv[1], work ? n : 1);
	account_print(stdout, &before, &after);
	puts("}");
	return status;
}
