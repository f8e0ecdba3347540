/* SPDX-License-Identifier: MIT */
/* Folders. */
#include "config/call/file.h"

#include "model/text.h"
#include "sys/call.h"
#include "sys/memory.h"

enum { MODE_MAX = 01777, ON_THE_WAY = 0755 };

static bool path_is_folder(const char *path)
{
	struct stat status;

	return sys_fstatat(AT_FDCWD, path, &status, 0) == 0 &&
	       (status.st_mode & S_IFMT) == S_IFDIR;
}

/* The umask and not a later chmod: the owner of the folder above could put
 * something else there in between. mkdir(2) takes no other bits. */
int call_mkdir(const char *path, unsigned mode)
{
	int umask, error;

	if (mode > MODE_MAX)
		return -EINVAL;
	umask = sys_umask(0);
	error = sys_mkdirat(AT_FDCWD, path, mode);
	(void)sys_umask((uint32_t)umask); /* it cannot fail */
	return error == -EEXIST && path_is_folder(path) ? 0 : error;
}

int call_mkdirs(const char *path, unsigned mode)
{
	char way[PATH_MAX];
	size_t length = text_length(path);
	int error = 0;

	if (length >= sizeof(way))
		return -ENAMETOOLONG;
	memcpy(way, path, length + 1);
	while (length > 1 && way[length - 1] == '/')
		way[--length] = '\0';
	for (size_t i = 1; i < length && error == 0; i++) {
		if (way[i] != '/')
			continue;
		way[i] = '\0';
		error = call_mkdir(way, ON_THE_WAY);
		way[i] = '/';
	}
	return error < 0 ? error : call_mkdir(way, mode);
}
