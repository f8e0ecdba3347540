/* SPDX-License-Identifier: MIT */
/* The file of --history. A line is added by one write; what a kill or a full disk
 * has left of one is cut off before the next one, so each line is whole, and the
 * last one says what has been written. Turned by the rules of other files, by
 * rename(2). Knows no ledger. */
#include "log/past.h"

#include "log/file.h"
#include "log/options.h"
#include "log/turn.h"
#include "model/text.h"
#include "sys/call.h"

static int open_at(const char *path, int flags, struct stat *status)
{
	int fd = sys_openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
	int error = fd < 0 ? fd : sys_fstat(fd, status);

	if (error >= 0 || fd < 0)
		return fd;
	(void)sys_close(fd);        /* nothing was written to it */
	return error;
}

/* Reads the last whole line of an open file, without its newline. *end: where it
 * ends. Its length; 0: there is none. */
static uint32_t last_line(int fd, int64_t bytes, char line[PAST_LINE],
                          int64_t *end)
{
	static char tail[2 * PAST_LINE];
	int64_t from = bytes > (int64_t)sizeof(tail)
	                       ? bytes - (int64_t)sizeof(tail)
	                       : 0;
	long got = sys_pread(fd, tail, sizeof(tail), from), to, at;

	for (to = got; to > 0 && tail[to - 1] != '\n'; to--)
		;
	*end = to > 0 ? from + to : 0;
	for (at = to - 1; at > 0 && tail[at - 1] != '\n'; at--)
		;
	if (to <= 0 || to - 1 - at >= PAST_LINE)
		return 0;
	__builtin_memcpy(line, tail + at, (size_t)(to - 1 - at));
	return (uint32_t)(to - 1 - at);
}

static int read_last(const char *path, char line[PAST_LINE])
{
	struct stat status;
	int64_t end;
	int fd = open_at(path, O_RDWR, &status), length;

	if (fd < 0)
		return fd;
	length = (int)last_line(fd, status.st_size, line, &end);
	if (end < status.st_size)
		length = sys_ftruncate(fd, end) < 0 ? -EIO : length;
	(void)sys_close(fd);        /* it was only read */
	return length;
}

/* The last line that was written, without its newline; a piece of a line behind
 * it is cut off. Without a line in the file: that of the file that was turned
 * last, as a kill may come between turning and writing. Its length; 0: there is
 * none; -errno. */
int past_last(char line[PAST_LINE])
{
	char path[PATH_BYTES];
	int length = read_last(options.history, line);

	if ((length == 0 || length == -ENOENT) &&
	    turn_latest(options.history, path))
		length = read_last(path, line);
	return length == -ENOENT ? 0 : length;
}

static int turn_if_due(int fd, uint32_t length, struct stat *status)
{
	bool full = options.max_size != 0 &&
	            (uint64_t)status->st_size + length > options.max_size;

	if (status->st_size == 0 || (!full && !file_is_old(status)) ||
	    turn_file(options.history) < 0)
		return fd;          /* one that cannot be turned grows on */
	(void)sys_close(fd);        /* all is written */
	return open_at(options.history, O_WRONLY | O_APPEND | O_CREAT, status);
}

/* Adds a line, which ends with its newline; length: at most PAST_LINE. 0, or
 * -errno, and nothing of it is there. */
int past_add(const char *line, uint32_t length)
{
	struct stat status, before;
	int fd = open_at(options.history, O_WRONLY | O_APPEND | O_CREAT,
	                 &status);
	long done;

	if (fd < 0)
		return fd;
	before = status;
	fd = turn_if_due(fd, length, &status);
	if (fd < 0)
		return fd;
	done = sys_write(fd, line, length);
	if (done >= 0 && done < (long)length) {
		(void)sys_ftruncate(fd, status.st_size); /* else the next one
		                                            does: past_last() */
		done = -ENOSPC;
	}
	if (done >= 0 && options.sync)
		done = sys_fsync(fd);
	(void)sys_close(fd);        /* errors of a write were returned by it */
	/* Behind the first line, as a successor reads the turned file. */
	if (before.st_ino != status.st_ino)
		turn_tidy(options.history);
	return done < 0 ? (int)done : 0;
}
