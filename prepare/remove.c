/* SPDX-License-Identifier: MIT */
/* Removing a folder with all that is in it, by the rights of connate, although a
 * user may change it meanwhile: no symbolic link is followed, each folder is
 * entered by its name in the one before. Without recursion. */
#include <linux/stat.h>

#include "model/text.h"
#include "prepare/prepare.h"

enum { DEPTH_MAX = 64, ENTRIES_BYTES = 4096, PASSES_MAX = 1 << 20 };

static int open_inner(int folder, const char *name)
{
	return sys_openat(folder, name,
	                  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
}

/* 0: it is gone; -ENOTEMPTY: a folder that is to be emptied first. */
static int remove_name(int folder, const char *name)
{
	int error = sys_unlinkat(folder, name, 0);

	if (error == -EISDIR || error == -EPERM)
		error = sys_unlinkat(folder, name, AT_REMOVEDIR);
	return error == -ENOENT ? 0 : error;
}

static bool is_itself(const char *name)
{
	return text_equal(name, ".") || text_equal(name, "..");
}

/* One look at the first names in a folder, which removes what it can. How many it has
 * removed; or the descriptor of an inner folder that has to be emptied, in
 * *inner; or -errno. */
static int remove_some(int folder, int *inner)
{
	static _Alignas(8) char names[ENTRIES_BYTES];
	long size = sys_lseek(folder, 0);
	int error, removed = 0;

	if (size == 0)
		size = sys_getdents64(folder, names, sizeof(names));
	for (long at = 0; at < size;) {
		const struct linux_dirent64 *entry =
			(const void *)(names + at);

		at += entry->d_reclen;
		if (is_itself(entry->d_name))
			continue;
		error = remove_name(folder, entry->d_name);
		if (error == -ENOTEMPTY || error == -EEXIST)
			return *inner = open_inner(folder, entry->d_name);
		if (error < 0)
			return error;
		removed++;
	}
	return size < 0 ? (int)size : removed;
}

/* Empties the folder that is open as fds[0], and closes it. */
static int empty(int fds[DEPTH_MAX])
{
	int depth = 0, result = 0;

	for (int pass = 0; depth >= 0; pass++) {
		int inner = -1;

		result = remove_some(fds[depth], &inner);
		if (pass == PASSES_MAX || (inner >= 0 && depth == DEPTH_MAX - 1))
			result = -ELOOP;
		if (result < 0)
			break;
		if (inner >= 0)
			fds[++depth] = inner;
		else if (result == 0)
			(void)sys_close(fds[depth--]); /* it is empty */
	}
	while (depth >= 0)
		(void)sys_close(fds[depth--]); /* what is left is left */
	return result;
}

/* Removes what has that name in the folder `parent`, which is closed. 0, or
 * -errno of what could not be removed: -ENOENT if there is no such folder,
 * -ELOOP if it is too deep or is filled faster than it is emptied. */
int remove_tree(int parent, const char *name)
{
	int fds[DEPTH_MAX];
	int error = fds[0] = open_inner(parent, name);

	if (error >= 0)
		error = empty(fds);
	if (error >= 0)
		error = sys_unlinkat(parent, name, AT_REMOVEDIR);
	(void)sys_close(parent); /* it was only entered */
	return error;
}
