// SPDX-License-Identifier: GPL-2.0-only
/*
 * Free memory, made zero before the machine is saved.
 *
 * A saved machine is a file of all its memory, in which pages of zeros take no room. Most
 * of what is free when a guest has booted is not zero: it held the archive that the root was
 * unpacked from, or the domUs' kernels. A kernel does not clear what it frees, but it does
 * clear what a process gets. So a child takes nearly all that is free, and ends.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

#define STEP	(1UL << 20)	/* bytes taken at a time */
/* What stays free, so that the kernel need not look for more: its watermarks are below that. */
#define SPARE	(12UL << 20)

static bool plenty_is_free(void)
{
	struct sysinfo info;

	return !sysinfo(&info) && info.freeram * info.mem_unit > SPARE + STEP;
}

/* If there is less than it seemed, this process is the one to end. */
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
