/* SPDX-License-Identifier: MIT */
/* Paths that are no programs: absolute, and, where the build machine is
 * asked, there. */
#include <string.h>

#include "config/check/check.h"

static bool path_is_folder_here(const char *path)
{
	struct host_path p = host_path_open(NULL, path);
	bool folder = p.kind == HOST_PATH_FOUND && S_ISDIR(p.status.st_mode);

	host_path_close(&p);
	return folder;
}

/* Returns whether it is worth looking for. */
static bool path_check_form(const struct config *c, uint32_t i,
                            const char *field, const char *path)
{
	if (path == NULL || *path == '\0')
		report_error(c, i, ": %s: the path is empty", field);
	else if (*path != '/')
		report_error(c, i, ": %s: '%s' is not an absolute path", field,
		             path);
	else
		return true;
	return false;
}

static void check_folder(const struct config *c, uint32_t i, const char *field,
                         const char *root, const char *path, bool look)
{
	const char *why;

	if (!path_check_form(c, i, field, path) || !look)
		return;
	why = host_path_folder(root, path);
	if (why != NULL)
		report_error(c, i, ": %s: %s %s%s%s", field, path, why,
		             root != NULL ? " inside of .chroot " : "",
		             root != NULL ? root : "");
}

/* The file of a log: absolute, not a folder, in a folder that is there. It is
 * opened outside of .chroot. */
static void check_log(const struct config *c, uint32_t i, const char *path,
                      bool look)
{
	const char *folder, *why;

	if (!path_check_form(c, i, ".log", path))
		return;
	if (path[strlen(path) - 1] == '/') {
		report_error(c, i, ": .log: %s names a folder, not a file",
		             path);
		return;
	}
	if (!look)
		return;
	folder = host_path_parent(path);
	why = host_path_folder(NULL, folder);
	if (why != NULL)
		report_error(c, i, ": .log: the folder %s %s", folder, why);
	else if (path_is_folder_here(path))
		report_error(c, i, ": .log: %s is a folder", path);
}

/* Looking inside of a .chroot that is not there would say it again. */
static bool root_there(const char *root)
{
	return root == NULL ||
	       (*root == '/' && host_path_folder(NULL, root) == NULL);
}

void paths_check(const struct config *c, uint32_t i, const struct host *h)
{
	const struct config_service *s = service_of(c, i);

	if (s->chroot != NULL)
		check_folder(c, i, ".chroot", NULL, s->chroot, h->look);
	if (s->chdir != NULL)
		check_folder(c, i, ".chdir", s->chroot, s->chdir,
		             h->look && root_there(s->chroot));
	if (s->log.log == CONFIG_LOG_FILE)
		check_log(c, i, s->log.path, h->look);
}
