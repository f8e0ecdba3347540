/* SPDX-License-Identifier: MIT */
/* .env_file: its files, read at each start, by the rights that the process has
 * before it becomes that of its user; outside of .chroot and .namespaces. */
#include <linux/stat.h>

#include "model/text.h"
#include "prepare/prepare.h"
#include "sys/message.h"

enum { FILE_MAX = 1 << 20, ROOM = 2 << 20 };

static char bytes[FILE_MAX + 1];    /* of one file */
static char room[ROOM + 1];         /* for the entries of all */

/* Opens a file that can be read without waiting: no FIFO, no device. */
static int open_file(const char *path)
{
	int fd = sys_openat(AT_FDCWD, path,
	                    O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
	struct stat status;
	int error = fd < 0 ? fd : sys_fstat(fd, &status);

	if (error < 0)
		return error;
	if (S_ISDIR(status.st_mode))
		return -EISDIR;
	return S_ISREG(status.st_mode) ? fd : -EINVAL;
}

static long read_all(int fd)
{
	long size = 0, got;

	do {
		got = sys_read(fd, bytes + size, (size_t)(FILE_MAX + 1 - size));
		size += got > 0 ? got : 0;
	} while ((got > 0 && size <= FILE_MAX) || got == -EINTR);
	if (got < 0)
		return got;
	return size > FILE_MAX ? -EFBIG : size;
}

static bool has_nul(long size)
{
	for (long k = 0; k < size; k++)
		if (bytes[k] == '\0')
			return true;
	return false;
}

/* Without a file that may be missing: 0 bytes. */
static long read_file(const char *path, bool optional)
{
	int fd = open_file(path);
	long size;

	if (fd < 0)
		return optional && fd == -ENOENT ? 0 : fd;
	size = read_all(fd);
	(void)sys_close(fd); /* it was only read */
	return size > 0 && has_nul(size) ? -EBADMSG : size;
}

/* A line that is none does not count; the service starts. */
static void say_wrong(const struct prepared *p, const char *path, uint32_t line,
                      const char *wrong)
{
	struct digits d;

	message("prepare: ", table_name(p->table, p->task.service), ": ", path,
	        ":", text_number(&d, line), ": ", wrong, NULL);
}

static int take_entries(const struct prepared *p, const char *path,
                        struct env_text *t)
{
	uint32_t line = t->line;
	const char *entry;

	for (; (entry = env_text_next(t)) != NULL; line = t->line) {
		int error = 0;

		if (t->entry != entry)
			error = environment_set(entry);
		if (error == -E2BIG || t->entry == t->room_end)
			return -E2BIG;
		if (t->wrong != NULL)
			say_wrong(p, path, t->wrong_line, t->wrong);
		else if (error < 0)
			say_wrong(p, path, line, "it is set by connate");
	}
	return 0;
}

/* The files in their order: what stands later wins, and all of it over .env. A
 * file that cannot be read ends the start: -errno; -EINVAL: it is no file,
 * -EFBIG: it has more than FILE_MAX bytes, -EBADMSG: it has a NUL, -E2BIG: all
 * together have too many entries. */
int env_file_take(struct prepared *p)
{
	struct env_text t = { .entry = room, .room_end = room + ROOM };
	struct table_list rest = p->s->words;
	const char *path;
	int error = 0;

	p->item = 0;
	while (error >= 0 &&
	       (path = word_next(p->table, &rest, WORD_ENV_FILE)) != NULL) {
		bool optional = path[0] == '-';
		long size = read_file(path + optional, optional);

		t.at = bytes;
		t.end = bytes + size;
		t.line = 1;
		error = size < 0 ? (int)size
		                 : take_entries(p, path + optional, &t);
		p->item += error >= 0;
	}
	return error;
}
