/* SPDX-License-Identifier: MIT */
/* Paths: absolute, and, where the build machine is asked, there. A path that
 * we have no right to look at is believed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/check/check.h"

/* Returns why there is nothing, or NULL; *found tells if there is. */
static const char *look(const char *path, struct stat *status, bool *found)
{
	*found = stat(path, status) == 0;
	if (*found)
		return NULL;
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return "does not exist";
	case ELOOP:
		return "is a loop of symbolic links";
	case ENAMETOOLONG:
		return "is too long for a path";
	}
	return NULL;
}

const char *path_program(const char *path)
{
	struct stat status;
	bool found;
	const char *why = look(path, &status, &found);

	if (!found)
		return why;
	if (S_ISDIR(status.st_mode))
		return "is a folder";
	if (!S_ISREG(status.st_mode))
		return "is not a file";
	if ((status.st_mode & 0111) == 0)
		return "is not executable";
	return NULL;
}

const char *path_folder(const char *path)
{
	struct stat status;
	bool found;
	const char *why = look(path, &status, &found);

	if (found && !S_ISDIR(status.st_mode))
		return "is not a folder";
	return why;
}

static bool is_folder(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

const char *path_parent(const char *path)
{
	char *folder = strdup(path);
	char *slash = folder != NULL ? strrchr(folder, '/') : NULL;

	if (slash == NULL)
		return "/";
	slash[slash == folder] = '\0';
	return folder;
}

static void check_chdir(const struct config *c, uint32_t i, const char *path,
                        bool host)
{
	const char *why = NULL;

	if (*path == '\0')
		report_error(c, i, ": .chdir is empty");
	else if (*path != '/')
		report_error(c, i, ": .chdir: '%s' is not an absolute path",
		             path);
	else if (host && (why = path_folder(path)) != NULL)
		report_error(c, i, ": .chdir: %s %s", path, why);
}

/* The file of a log: absolute, not a folder, in a folder that is there. */
static void check_log(const struct config *c, uint32_t i, const char *path,
                      bool host)
{
	const char *folder, *why;

	if (path == NULL || *path == '\0') {
		report_error(c, i, ": .log: the path is empty");
		return;
	}
	if (*path != '/') {
		report_error(c, i, ": .log: '%s' is not an absolute path",
		             path);
		return;
	}
	if (path[strlen(path) - 1] == '/') {
		report_error(c, i, ": .log: %s names a folder, not a file",
		             path);
		return;
	}
	if (!host)
		return;
	folder = path_parent(path);
	why = path_folder(folder);
	if (why != NULL)
		report_error(c, i, ": .log: the folder %s %s", folder, why);
	else if (is_folder(path))
		report_error(c, i, ": .log: %s is a folder", path);
}

void paths_check(const struct config *c, uint32_t i, bool host)
{
	const struct config_service *s = service_of(c, i);

	if (s->chdir != NULL)
		check_chdir(c, i, s->chdir, host);
	if (s->log.log == CONFIG_LOG_FILE)
		check_log(c, i, s->log.path, host);
}
