/* SPDX-License-Identifier: MIT */
/* conctl diff and conctl exec, each as a process of its own; exec goes back by
 * itself to the former image if the new one fails. */
#include "reader/apply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_DIFFERS = 1, EXIT_OTHER = 2, WORDS = 6 };

static _Noreturn void run(const struct apply *a, const char *verb,
                          const char *image)
{
	const char *word[WORDS] = { a->conctl };
	int count = 1;

	if (a->pid != NULL) {
		word[count++] = "-p";
		word[count++] = a->pid;
	}
	word[count++] = verb;
	word[count++] = image;
	(void)execv(a->conctl, (char *const *)word); /* it is said below */
	fprintf(stderr, "connate-build: error: %s: %s\n", a->conctl,
	        strerror(errno));
	_exit(EXIT_OTHER);
}

/* Its exit code. */
static int conctl(const struct apply *a, const char *verb, const char *image)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		run(a, verb, image);
	while (pid > 0 && waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			pid = -1;
	if (pid < 0) {
		fprintf(stderr, "connate-build: error: cannot start conctl: "
		                "%s\n",
		        strerror(errno));
		return EXIT_OTHER;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_OTHER;
}

/* What will change. 0, or the exit code of conctl if it cannot tell. */
int apply_show(const struct apply *a, const char *image)
{
	int code = conctl(a, "diff", image);

	return code == EXIT_DIFFERS ? 0 : code;
}

/* Changes it. */
int apply_exec(const struct apply *a, const char *image)
{
	return conctl(a, "exec", image);
}
