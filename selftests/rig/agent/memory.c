// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills free memory with zeros before the machine is saved.
 *
 * A saved machine is a file of all its memory, in which pages of zeros take no room. Most
 * free memory is not zero after the boot of a guest: it held the archive of the root, or the
 * domUs' kernels. A kernel does not clear memory that it frees, but clears memory that a
 * process gets. So a child allocates nearly all free memory, and ends.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define STEP	(1UL << 20)	/* bytes taken at a time */
/* This much stays free.  The kernel's watermarks are lower, so it does not start to reclaim. */
#define SPARE	(12UL << 20)

static bool plenty_is_free(void)
{
	struct sysinfo info;

	return !sysinfo(&info) && info.freeram * info.mem_unit > SPARE + STEP;
}

/* If memory runs out, the kernel kills this process first. */
static void offer_to_end(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, "1000", 4) < 0)
		die("xenvm-agent: cannot take the free memory");
	close(fd);
}

void memory_zero_free(void)
{
	pid_t child = fork();

	if (!child) {
		offer_to_end();
		while (plenty_is_free() &&
		       mmap(NULL, STEP, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1,
			    0) != MAP_FAILED)
			;
		_exit(0);
	}
	if (child > 0)
		waitpid(child, NULL, 0);
}
