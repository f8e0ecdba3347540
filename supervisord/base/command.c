/* SPDX-License-Identifier: MIT */
/* The command on the command line of connate: each supervisord, and each
 * successor of one, is given the same words. */
#include "supervisord/base/command.h"

#include "model/text.h"
#include "supervisord/base/environment.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/supervisor.h"

enum { TO_EXECUTE = 1 }; /* X_OK of access(2) */

static const char usual_path[] = "/usr/local/sbin:/usr/local/bin:"
			    "/usr/sbin:/usr/bin:/sbin:/bin";

/* The first of the folders, and the name behind it, into `to`; *fits: there was
 * room. Returns where the next folder begins, or NULL. */
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

/* Not a folder, for which there is a permission to execute as well. */
static bool is_executable(const char *path)
{
	struct stat status;

	return sys_faccessat(AT_FDCWD, path, TO_EXECUTE) == 0 &&
	       sys_fstatat(AT_FDCWD, path, &status, 0) == 0 &&
	       (status.st_mode & S_IFMT) != S_IFDIR;
}

/* Into the folder where the command starts, until command_leave(): for an exec
 * of connate or supervisord, which inherit it, and to look for the command. */
void command_enter(void)
{
	if (supervisor.folder != NULL)
		(void)sys_chdir(supervisor.folder); /* removed: / will do */
}

/* Back to /, where supervisord is. */
void command_leave(void)
{
	if (supervisor.folder != NULL)
		(void)sys_chdir("/"); /* it is there */
}

static const char *find_in_path(const char *name)
{
	static char path[PATH_MAX];
	const char *folders = environment_entry("PATH");
	bool fits;

	folders = folders != NULL ? folders + sizeof("PATH=") - 1
	                           : usual_path;
	while (folders != NULL) {
		folders = join(path, folders, name, &fits);
		if (fits && is_executable(path))
			return path;
	}
	return name;
}

/* The path of the command, as execvp(3) looks for it; `name` itself if it is
 * not found, or has a slash: exec tells then. In static memory. A folder of
 * PATH may be a relative one, or another user's. */
const char *command_path(const char *name)
{
	for (const char *c = name; *c != '\0'; c++)
		if (*c == '/')
			return name;
	privilege_raise();
	command_enter();
	name = find_in_path(name);
	command_leave();
	privilege_lower();
	return name;
}

/* Does the program of this service stand for the command (ARGUMENTS())? */
bool command_runs(uint32_t service)
{
	const struct table *t = supervisor.world.table;
	const struct table_action *run = &configured(service)->run;

	return run->kind == ACTION_EXEC &&
	       text_equal(table_text(t, table_list(t, run->at)[0]),
	                  TABLE_COMMAND);
}

/* The target of a service that is new in a session. With a command, only the
 * service that runs it is up, and what follows from that; else as
 * configured. */
enum target command_target(uint32_t service)
{
	bool runs = command_runs(service), given = supervisor.command != NULL;

	if (runs && given)
		return TARGET_UP;
	if (runs || given)
		return TARGET_DOWN;
	return (enum target)configured(service)->target;
}
