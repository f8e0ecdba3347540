/* SPDX-License-Identifier: MIT */
/* All *.c below a folder, in order of their names; not what begins with a dot,
 * as editors and package managers keep such files beside others. */
#include "reader/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/check/check.h"

enum {
	FOLDERS_MAX = 16,      /* in each other */
	PATHS_MAX = 1 << 16,
};

static void add(struct paths *p, const char *path)
{
	if (p->count == p->room) {
		p->room = 2 * p->room + 64;
		p->path = memory_grow(p->path, p->room, sizeof(*p->path));
	}
	p->path[p->count++] = path;
}

static bool is_c(const char *name)
{
	size_t length = strlen(name);

	return length > 2 && strcmp(name + length - 2, ".c") == 0;
}

static const char *add_entry(struct paths *p, const char *path,
                             const char *name, int depth);

static const char *add_folder(struct paths *p, const char *path, int depth)
{
	DIR *folder = depth < FOLDERS_MAX ? opendir(path) : NULL;
	const struct dirent *entry;
	const char *wrong = NULL;

	if (depth == FOLDERS_MAX)
		return "folders are too deep in each other";
	if (folder == NULL)
		return strerror(errno);
	while (wrong == NULL && (entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			wrong = add_entry(p, path, entry->d_name, depth);
	(void)closedir(folder); /* it was only read */
	return wrong;
}

static const char *add_entry(struct paths *p, const char *path,
                             const char *name, int depth)
{
	struct stat status;
	const char *whole = memory_join(memory_join(path, "/"), name);

	if (p->count == PATHS_MAX)
		return "there are too many files";
	if (stat(whole, &status) < 0)
		return is_c(name) ? strerror(errno) : NULL;
	if (S_ISDIR(status.st_mode))
		return add_folder(p, whole, depth + 1);
	if (is_c(name))
		add(p, whole);
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds a file, or all of a folder; why not, or NULL. */
const char *paths_add(struct paths *p, const char *path)
{
	struct stat status;
	size_t before = p->count, length = strlen(path);
	char *folder;
	const char *wrong;

	if (stat(path, &status) < 0)
		return strerror(errno);
	if (!S_ISDIR(status.st_mode)) {
		add(p, path);
		return NULL;
	}
	while (length > 1 && path[length - 1] == '/')
		length--;
	folder = memory_new(length + 1, 1);
	memcpy(folder, path, length);
	wrong = add_folder(p, folder, 0);
	if (wrong == NULL && p->count == before)
		wrong = "there is no *.c in it";
	if (p->count > before)
		qsort(p->path + before, p->count - before, sizeof(*p->path),
		      by_text);
	return wrong;
}
