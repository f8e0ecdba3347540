/* SPDX-License-Identifier: MIT */
/* A file that replaces another as a whole: PATH.part is written, synced to disk
 * and renamed (rename(2)). After a power failure either the old or the new file
 * is there. */
#include "config/call/file.h"

#include "model/text.h"
#include "sys/call.h"
#include "sys/memory.h"

#define SUFFIX ".part"

static void part_remove(const struct call_part *part)
{
	(void)sys_unlinkat(AT_FDCWD, part->name, 0); /* if it is there */
}

/* Sets the names for replacing path, and removes a file that an earlier process
 * left under the name of the part. No other user can make one there, unless the
 * folder is theirs; against that there is O_EXCL. 0, or -errno. */
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
	part_remove(part);
	return 0;
}

/* The same, and opens the part for writing. A descriptor, or -errno. */
int call_part_open(struct call_part *part, const char *path)
{
	int error = call_part_begin(part, path);

	if (error < 0)
		return error;
	return call_open(part->name, O_WRONLY | O_CREAT | O_EXCL, 0600);
}

/* Renames the part to its path; removes it where that fails. 0, or -errno. */
int call_part_rename(struct call_part *part)
{
	int error = sys_renameat(AT_FDCWD, part->name, AT_FDCWD, part->path);

	if (error < 0)
		part_remove(part);
	return error;
}

/* Ends what call_part_open() has begun, and closes fd. error: what writing
 * gave. With 0 or more the part gets this mode, is synced and renamed; else it
 * is removed. 0, or the first -errno. */
int call_part_end(struct call_part *part, int fd, unsigned mode, int error)
{
	if (error >= 0)
		error = sys_fchmod(fd, mode);
	if (error >= 0)
		error = sys_fsync(fd);
	error = call_close(fd, error);
	if (error >= 0)
		return call_part_rename(part);
	part_remove(part);
	return error;
}
