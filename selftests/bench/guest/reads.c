// SPDX-License-Identifier: GPL-2.0-only
/*
 * reads - measures the cost of reading a counter by read(2), and by RDPMC with perf's user
 * page; prints lines of JSON.
 *
 *   reads LABELS N
 *
 * There is a line for each way, with groups of 1 and of 4 events.  One read(2) returns the
 * whole group; RDPMC reads each event.  "per" is the number of reads.  If the kernel does
 * not allow the process to read counters, or if RDPMC faults although the page allows it,
 * the line says "available":false.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "account.h"
#include "perf.h"
#include "self.h"

#define MOST 4

static const uint64_t config[MOST] = {
	PERF_COUNT_HW_INSTRUCTIONS, PERF_COUNT_HW_CPU_CYCLES,
	PERF_COUNT_HW_BRANCH_INSTRUCTIONS, PERF_COUNT_HW_BRANCH_MISSES,
};

static const char *labels;
static long n;

static void line(const char *way, unsigned int events,
		 const struct X86PMUAccount *before,
		 const struct X86PMUAccount *after)
{
	printf("{%s,\"bench\":\"read\",\"way\":\"%s\",\"events\":%u,\"per\":%ld,\"available\":%s",
	       labels, way, events, n, before ? "true" : "false");
	if (before)
		account_print(stdout, before, after);
	puts("}");
}

static sigjmp_buf faulted;

static void on_fault(int sig)
{
	siglongjmp(faulted, sig);
}

/* May the process use RDPMC by the page, and does the instruction work? */
static bool can_read(const struct perf_event_mmap_page *page)
{
	struct self self;
	bool can = false;

	if (!page->cap_user_rdpmc)
		return false;
	signal(SIGSEGV, on_fault);
	if (!sigsetjmp(faulted, 1)) {
		self_read(page, &self);
		can = true;
	}
	signal(SIGSEGV, SIG_DFL);
	return can;
}

static void measure(unsigned int events)
{
	static struct X86PMUAccount before, after;
	struct perf_event_mmap_page *page[MOST];
	uint64_t values[3 + 2 * MOST];
	bool available = true;
	struct self self;
	int fd[MOST];

	for (unsigned int i = 0; i < events; i++) {
		struct perf_event_attr attr = perf_attr(PERF_TYPE_HARDWARE,
							config[i], "u");

		attr.read_format |= PERF_FORMAT_GROUP;
		fd[i] = perf_open_self(&attr, i ? fd[0] : -1);
		if (fd[i] < 0) {
			perror("reads: perf_event_open");
			exit(1);
		}
		page[i] = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd[i], 0);
		if (page[i] == MAP_FAILED) {
			perror("reads: mmap");
			exit(1);
		}
		available &= can_read(page[i]);
	}
	account_read(&before);
	for (long i = 0; i < n; i++)
		if (read(fd[0], values, sizeof(values)) < 0)
			exit(1);
	account_read(&after);
	line("read", events, &before, &after);
	if (!available) {
		line("rdpmc", events, NULL, NULL);
	} else {
		account_read(&before);
		for (long i = 0; i < n; i++)
			for (unsigned int k = 0; k < events; k++)
				self_read(page[k], &self);
		account_read(&after);
		line("rdpmc", events, &before, &after);
	}
	for (unsigned int i = 0; i < events; i++) {
		munmap(page[i], 4096);
		close(fd[i]);
	}
}

int main(int argc, char *argv[])
{
	n = argc == 3 ? strtol(argv[2], NULL, 0) : 0;
	if (n <= 0) {
		fputs("usage: reads LABELS N\n", stderr);
		return 2;
	}
	labels = argv[1];
	measure(1);
	measure(MOST);
	return 0;
}
