/* SPDX-License-Identifier: MIT */
/* Writing memory->out to its file, so that each byte is there once, wherever a
 * kill comes. The file is opened for each batch by its path: whatever somebody
 * else has done to it or to its folder, the next lines are where the path
 * says. */
#include "log/file.h"

#include "log/memory.h"
#include "log/options.h"
#include "log/turn.h"
#include "model/text.h"
#include "sys/call.h"

/* Are there files? */
bool file_is_wanted(void)
{
	return options.file != NULL || options.each != NULL;
}

static const char *path_of(uint32_t writer)
{
	static char path[PATH_BYTES];
	const char *name = memory->writers[writer].name;
	size_t length;

	if (options.file != NULL)
		return options.file;
	length = text_length(options.each);
	__builtin_memcpy(path, options.each, length);
	path[length++] = '/';
	__builtin_memcpy(path + length, name, text_length(name));
	__builtin_memcpy(path + length + text_length(name), ".log", 5);
	return path;
}

/* Were the last lines of a file written in an earlier period of --max-age? */
bool file_is_old(const struct stat *status)
{
	struct __kernel_timespec now = { 0, 0 };
	uint64_t age = options.max_age;

	(void)sys_clock_gettime(CLOCK_REALTIME, &now); /* it cannot fail */
	return age != 0 &&
	       (uint64_t)status->st_mtime / age < (uint64_t)now.tv_sec / age;
}

/* Opens the file to append to, in *status as it is. */
static int open_it(const char *path, struct stat *status)
{
	int fd = sys_openat(AT_FDCWD, path,
	                    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	                            O_NOCTTY,
	                    0640);
	int error = fd < 0 ? fd : sys_fstat(fd, status);

	if (error >= 0 || fd < 0)
		return fd;
	(void)sys_close(fd);        /* nothing was written to it */
	return error;
}

/* The same, and turns it before if it is too large or too old. A file that
 * cannot be turned grows on. */
static int open_fresh(const char *path, struct stat *status)
{
	int fd = open_it(path, status);
	uint64_t size = fd < 0 ? 0 : (uint64_t)status->st_size;
	bool full = options.max_size != 0 &&
	            size + memory->length > options.max_size;

	if (size == 0 || (!full && !file_is_old(status)) || turn_file(path) < 0)
		return fd;
	(void)sys_close(fd);        /* all is written */
	fd = open_it(path, status);
	turn_tidy(path);
	return fd;
}

/* How many bytes of the batch are in the file. One that is not the file of the
 * batch, or that was cut, has none of those that are still to be written. */
static uint32_t find_written(const struct stat *status)
{
	uint64_t size = (uint64_t)status->st_size;
	uint64_t written = size - memory->before;

	if (memory->inode == status->st_ino && written <= memory->length)
		return (uint32_t)written;
	return memory->written;
}

static int write_all(int fd)
{
	while (memory->written < memory->length) {
		long done = sys_write(fd, memory->out + memory->written,
		                      memory->length - memory->written);

		if (done <= 0)
			return done < 0 ? (int)done : -ENOSPC;
		memory_store(&memory->written,
		             memory->written + (uint32_t)done);
	}
	return options.sync ? sys_fsync(fd) : 0;
}

/* Writes the batch, memory->out, as far as it is not written yet: after an
 * error or a kill the rest of it. The size of the file, compared with what it
 * was before, is how far a write has come that was killed. 0; or -errno, and
 * it is to be called again. */
int file_write(void)
{
	const char *path = path_of(memory->writer);
	bool is_new = memory->inode == 0 && memory->written == 0;
	struct stat status;
	int fd = is_new ? open_fresh(path, &status) : open_it(path, &status);
	int error;

	if (fd < 0)
		return fd;
	memory_store(&memory->written, find_written(&status));
	/* Killed between these two: nothing is written yet. */
	memory->inode = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memory->before = (uint64_t)status.st_size - memory->written;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	memory->inode = status.st_ino;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	error = write_all(fd);
	(void)sys_close(fd);        /* errors of a write were returned by it */
	return error;
}

/* How many bytes this writer's file takes until it is turned: the batch should
 * have no more, or the file becomes too large. */
uint64_t file_room(uint32_t writer)
{
	struct stat status;
	uint64_t size = 0;

	if (options.max_size == 0 || !file_is_wanted())
		return UINT64_MAX;
	if (sys_fstatat(AT_FDCWD, path_of(writer), &status, 0) == 0)
		size = (uint64_t)status.st_size;
	return size < options.max_size ? options.max_size - size
	                               : options.max_size;
}
