/* SPDX-License-Identifier: MIT */
/* Programs under measurement, and the marks of what they start. */
#define _GNU_SOURCE
#include "bench/bench.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_MS = 60000 };          /* nothing here takes so long */

_Noreturn void fail(const char *what)
{
	perror(what);
	exit(1);
}

struct child child_start(char *const *argv)
{
	int in[2], out[2];
	struct child c;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
		fail("pipe");
	c.pid = fork();
	if (c.pid < 0)
		fail("fork");
	if (c.pid == 0) {
		setsid();
		dup2(in[0], 0);
		dup2(out[1], 1);
		execv(argv[0], argv);
		fail(argv[0]);
	}
	close(in[0]);
	close(out[1]);
	c.in = in[1];
	c.out = out[0];
	return c;
}

void child_marks(const struct child *c, int count)
{
	char bytes[4096];
	struct pollfd fd = { .fd = c->out, .events = POLLIN };

	while (count > 0) {
		size_t most = (size_t)count < sizeof(bytes) ? (size_t)count
		                                            : sizeof(bytes);
		ssize_t got;

		if (poll(&fd, 1, LIMIT_MS) != 1)
			fail("a service did not start");
		got = read(c->out, bytes, most);
		if (got <= 0)
			fail("a program ended early");
		count -= (int)got;
	}
}

pid_t child_of(pid_t pid)
{
	char path[64];
	FILE *file;
	int child = 0;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%d", &child) != 1)
		child = 0;
	if (file != NULL)
		fclose(file);
	return child;
}

/* We are a subreaper: what it leaves behind in its group becomes our child. */
void child_end(struct child *c)
{
	kill(-c->pid, SIGKILL);
	while (waitpid(-c->pid, NULL, 0) > 0)
		;
	close(c->in);
	close(c->out);
}
