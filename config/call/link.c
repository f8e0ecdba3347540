/* SPDX-License-Identifier: MIT */
/* Symbolic links. */
#include "config/call/file.h"

#include "model/text.h"
#include "sys/call.h"
#include "sys/memory.h"

/* Whether the link there says this; -EEXIST: it is no link. */
static int says(const char *path, const char *target)
{
	char said[PATH_MAX];
	long length = sys_readlinkat(AT_FDCWD, path, said, sizeof(said));

	if (length < 0)
		return length == -EINVAL ? -EEXIST : (int)length;
	return (size_t)length == text_length(target) &&
	       memcmp(said, target, (size_t)length) == 0;
}

static int link_replace(const char *target, const char *path)
{
	struct call_part part;
	int error = call_part_begin(&part, path);

	if (error == 0)
		error = sys_symlinkat(target, AT_FDCWD, part.name);
	return error < 0 ? error : call_part_rename(&part);
}

int call_symlink(const char *target, const char *path)
{
	int error = sys_symlinkat(target, AT_FDCWD, path);
	int same;

	if (error != -EEXIST)
		return error;
	same = says(path, target);
	if (same != 0)
		return same < 0 ? same : 0;
	return link_replace(target, path);
}
