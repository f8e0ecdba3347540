/* SPDX-License-Identifier: MIT */
/* The command on the command line of connate: each supervisord, and whatever
 * takes the place of one, is given the same words. */
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

enum { TO_EXECUTE = 1, EXIT_USAGE = 2 }; /* X_OK of access(2) */

static const char usual[] = "/usr/local/sbin:/usr/local/bin:"
			    "/usr/sbin:/usr/bin:/sbin:/bin";

/* One of the folders of a path, and the name, or NULL: too long. Returns where
 * the next folder begins. */
static const char *join(char *to, const char *folders, const char *name,
                        bool *fits)
{
	size_t length = text_length(name), at = 0;

	while (*folders != ':' && *folders != '\0') {
		if (at < PATH_MAX)
			to[at++] = *folders;
		folders++;
	}
	*fits = at > 0 && at + length + 2 <= PATH_MAX;
	if (*fits) {
		to[at++] = '/';
		__builtin_memcpy(to + at, name, length + 1);
	}
	return *folders == ':' ? folders + 1 : NULL;
}

/* A folder may be "executed", too. */
static bool is_program(const char *path)
{
	struct stat status;

	return sys_faccessat(AT_FDCWD, path, TO_EXECUTE) == 0 &&
	       sys_fstatat(AT_FDCWD, path, &status, 0) == 0 &&
	       (status.st_mode & S_IFMT) != S_IFDIR;
}

void command_enter(void)
{
	if (supervisor.folder != NULL)
		(void)sys_chdir(supervisor.folder); /* removed: / will do */
}

void command_leave(void)
{
	if (supervisor.folder != NULL)
		(void)sys_chdir("/"); /* it is there */
}

static const char *find(const char *name)
{
	static char path[PATH_MAX];
	const char *folders = spawn_inherited("PATH");
	bool fits;

	folders = folders != NULL ? folders + sizeof("PATH=") - 1 : usual;
	while (folders != NULL) {
		folders = join(path, folders, name, &fits);
		if (fits && is_program(path))
			return path;
	}
	return name;
}

/* As execvp(3) looks for it. Where it is not found, exec says so. A folder of
 * PATH may be a relative one, or another user's. */
const char *command_path(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (*c == '/')
			return name;
	privilege_raise();
	command_enter();
	name = find(name);
	command_leave();
	privilege_lower();
	return name;
}

bool command_runs(uint32_t service)
{
	const struct table *t = supervisor.world.table;
	const struct table_action *run = &table_service(t, service)->run;

	return run->kind == ACTION_EXEC &&
	       text_equal(table_text(t, table_list(t, run->at)[0]),
	                  TABLE_COMMAND);
}

/* It would be in vain that somebody waits. As a wrong command line ends. */
void command_refuse(void)
{
	message("supervisord: no ARGUMENTS() for the command", NULL);
	halt_begin(HALT_EXIT, EXIT_USAGE);
}

/* With a command, what runs it, and what that needs and wants, and no more. */
enum target command_target(uint32_t service)
{
	bool runs = command_runs(service), given = supervisor.command != NULL;

	if (runs && given)
		return TARGET_UP;
	if (runs || given)
		return TARGET_DOWN;
	return (enum target)table_service(supervisor.world.table, service)
	        ->target;
}
