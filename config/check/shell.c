/* SPDX-License-Identifier: MIT */
/* Does the shell of the build machine take the commands of SHELL? It is asked
 * to read them and to do nothing: sh -n. */
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/check/check.h"

enum { COMPLAINT_MAX = 256, ANSWER_MS = 10000 };

extern char **environ;

/* The first line of what it says, at most size - 1 bytes. */
static void read_complaint(int from, char *text, size_t size)
{
	struct pollfd ready = { .fd = from, .events = POLLIN };
	size_t got = 0;
	ssize_t more = 1;

	while (got < size - 1 && more > 0 && poll(&ready, 1, ANSWER_MS) > 0) {
		more = read(from, text + got, size - 1 - got);
		got += more > 0 ? (size_t)more : 0;
	}
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static pid_t shell_begin(const struct config_list *words, int error)
{
	char *argv[] = { (char *)"sh", (char *)"-n", (char *)"-c",
		         (char *)words->item[SHELL_WORDS - 1], NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", 0, 0);
	posix_spawn_file_actions_adddup2(&actions, error, 1);
	posix_spawn_file_actions_adddup2(&actions, error, 2);
	if (posix_spawn(&pid, words->item[0], &actions, NULL, argv, environ) !=
	    0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

/* True if it refuses the command. A shell that cannot be started, or ends in
 * another way, says nothing of it. */
static bool refuses(const struct config_list *words, char *text, size_t size)
{
	int fds[2], status = 0;
	pid_t pid, ended;

	if (pipe(fds) != 0)
		return false;
	pid = shell_begin(words, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return false;
	}
	read_complaint(fds[0], text, size);
	close(fds[0]);
	do {
		ended = waitpid(pid, &status, 0);
	} while (ended < 0 && errno == EINTR);
	return ended == pid && WIFEXITED(status) && WEXITSTATUS(status) != 0;
}

/* What stands behind "sh: 1: " is the shell's complaint. */
static const char *reason(const char *text)
{
	const char *colon;

	while ((colon = strstr(text, ": ")) != NULL && colon[2] != '\0' &&
	       strcspn(text, " \"'") > (size_t)(colon - text))
		text = colon + 2;
	return text;
}

struct command {
	uint32_t service;
	const char *field;
	const struct config_list *words;
};

static int command_by_text(const void *a, const void *b)
{
	const struct command *x = a, *y = b;
	int order = strcmp(x->words->item[SHELL_WORDS - 1],
	                   y->words->item[SHELL_WORDS - 1]);

	if (order != 0)
		return order;
	return x->service < y->service ? -1 : x->service > y->service;
}

static size_t commands_gather(const struct config *c, struct command *all)
{
	size_t count = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		struct process list[PROCESSES];

		/* Inside of another root there may be another shell. */
		if (service_of(c, i)->chroot != NULL)
			continue;
		actions_list(service_of(c, i), list);
		for (int k = 0; k < PROCESSES; k++)
			if (list[k].action->action == CONFIG_ACTION_SHELL &&
			    action_vector_ok(list[k].action))
				all[count++] = (struct command){
					i, list[k].field, &list[k].action->words
				};
	}
	return count;
}

void shell_check(const struct config *c)
{
	struct command *all = memory_new(PROCESSES * c->count, sizeof(*all));
	size_t count = commands_gather(c, all), asked = 0;
	char text[COMPLAINT_MAX];

	qsort(all, count, sizeof(*all), command_by_text);
	for (size_t k = 0; k < count && asked < COMMANDS_MAX; k++) {
		const struct command *one = &all[k];

		if (k > 0 && strcmp(all[k - 1].words->item[SHELL_WORDS - 1],
		                    one->words->item[SHELL_WORDS - 1]) == 0)
			continue;
		asked++;
		if (refuses(one->words, text, sizeof(text)))
			report_error(c, one->service,
			             ": %s: %s does not take "
			             "the command: %s",
			             one->field, one->words->item[0],
			             reason(text));
	}
	free(all);
}
