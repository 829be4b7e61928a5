// SPDX-License-Identifier: GPL-2.0-only
/* Programs that the agent starts: their output, their input, their status. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

/* The status as a shell reports it: the exit status, or 128 + the signal. */
static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("xenvm-agent: waitpid: %s", strerror(errno));
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) :
				     WEXITSTATUS(status);
}

static void make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC))
		die("xenvm-agent: pipe: %s", strerror(errno));
}

/* Runs in the child: sets the standard files, then executes the program. */
__attribute__((noreturn))
static void child_exec(char *const argv[], int in, int out, int err)
{
	int error;

	setsid();
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0 ||
	    chdir("/root"))
		die("xenvm-agent: %s", strerror(errno));
	execvp(argv[0], argv);
	error = errno;
	fprintf(stderr, "xenvm: %s: %s\n", argv[0], strerror(error));
	_exit(error == ENOENT ? 127 : 126);
}

/* Passes on the current contents of a pipe. Returns false at its end. */
static bool relay(struct sink *sink, int fd, enum stream stream)
{
	static char buf[65536];
	ssize_t len;

	while ((len = read(fd, buf, sizeof(buf))) > 0)
		sink->write(sink, stream, buf, len);
	return len < 0 && (errno == EAGAIN || errno == EINTR);
}

/*
 * Runs a program without input, and passes its output to two streams. Returns the
 * program's status when the program ends, even if processes that it has left in the
 * background hold the pipes open.
 */
int child_run(struct sink *sink, char *const argv[], enum stream out,
	      enum stream err)
{
	int outs[2], errs[2];
	struct pollfd fds[3];
	pid_t pid;

	make_pipe(outs);
	make_pipe(errs);
	pid = fork();
	if (pid < 0)
		die("xenvm-agent: fork: %s", strerror(errno));
	if (!pid)
		child_exec(argv, open("/dev/null", O_RDONLY), outs[1], errs[1]);
	close(outs[1]);
	close(errs[1]);
	fcntl(outs[0], F_SETFL, O_NONBLOCK);
	fcntl(errs[0], F_SETFL, O_NONBLOCK);

	fds[0] = (struct pollfd){ .fd = outs[0], .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = errs[0], .events = POLLIN };
	fds[2] = (struct pollfd){ .fd = syscall(SYS_pidfd_open, pid, 0),
				  .events = POLLIN };
	if (fds[2].fd < 0)
		die("xenvm-agent: pidfd_open: %s", strerror(errno));
	do {
		poll(fds, 3, -1);
		if (!relay(sink, outs[0], out))
			fds[0].fd = -1;
		if (!relay(sink, errs[0], err))
			fds[1].fd = -1;
	} while (!fds[2].revents);
	/* The program may have written between the reads and its end. */
	relay(sink, outs[0], out);
	relay(sink, errs[0], err);

	close(outs[0]);
	close(errs[0]);
	close(fds[2].fd);
	return wait_status(pid);
}

/* Runs a program with data as its input, output to the console. */
int child_feed(char *const argv[], const void *data, size_t len)
{
	const char *at = data;
	ssize_t done = 0;
	int fds[2];
	pid_t pid;

	make_pipe(fds);
	pid = fork();
	if (pid < 0)
		die("xenvm-agent: fork: %s", strerror(errno));
	if (!pid)
		child_exec(argv, fds[0], 1, 2);
	close(fds[0]);
	signal(SIGPIPE, SIG_IGN);
	while (len && (done = write(fds[1], at, len)) > 0) {
		at += done;
		len -= done;
	}
	signal(SIGPIPE, SIG_DFL);
	close(fds[1]);
	return wait_status(pid);
}
