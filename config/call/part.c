/* SPDX-License-Identifier: MIT */
/* A file that replaces another as a whole: PATH.part is written, goes to disk,
 * and is renamed (rename(2)). After a power failure one of both is there. */
#include "config/call/file.h"

#include "model/text.h"
#include "sys/call.h"
#include "sys/memory.h"

#define SUFFIX ".part"

static void forget(const struct call_part *part)
{
	(void)sys_unlinkat(AT_FDCWD, part->name, 0); /* if it is there */
}

/* One that an earlier process left goes; nobody else may make that name,
 * unless the folder is theirs, and then O_EXCL sees to it. */
int call_part_begin(struct call_part *part, const char *path)
{
	size_t length = text_length(path);

	if (length == 0)
		return -ENOENT;
	if (length + sizeof(SUFFIX) > sizeof(part->name))
		return -ENAMETOOLONG;
	part->path = path;
	memcpy(part->name, path, length);
	memcpy(part->name + length, SUFFIX, sizeof(SUFFIX));
	forget(part);
	return 0;
}

int call_part_open(struct call_part *part, const char *path)
{
	int error = call_part_begin(part, path);

	if (error < 0)
		return error;
	return call_open(part->name, O_WRONLY | O_CREAT | O_EXCL, 0600);
}

int call_part_rename(struct call_part *part)
{
	int error = sys_renameat(AT_FDCWD, part->name, AT_FDCWD, part->path);

	if (error < 0)
		forget(part);
	return error;
}

int call_part_end(struct call_part *part, int fd, unsigned mode, int error)
{
	if (error >= 0)
		error = sys_fchmod(fd, mode);
	if (error >= 0)
		error = sys_fsync(fd);
	error = call_close(fd, error);
	if (error >= 0)
		return call_part_rename(part);
	forget(part);
	return error;
}
