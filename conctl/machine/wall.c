/* SPDX-License-Identifier: MIT */
/* A line on every terminal at which a person may sit, as wall(1) writes it.
 * supervisord itself writes on the console. Knows no service. */
#include "conctl/machine/wall.h"

#include <stddef.h>
#include <stdint.h>

#include "conctl/base/out.h"
#include "sys/call.h"
#include "sys/memory.h"

enum { WALL_BYTES = 512, ENTRY_BYTES = 1024 };

static char line[WALL_BYTES];
static size_t used;

/* Adds text of any origin, safe for a terminal. */
static void wall_put(const char *text)
{
	size_t from = used;

	for (; *text != '\0' && used < sizeof(line) - 2; text++)
		line[used++] = *text;
	used = from + out_clean(line + from, (uint32_t)(used - from));
}

/* Begins the line with these two texts; one line at a time. */
void wall_begin(const char *what, const char *more)
{
	static const char begin[] = "\r\n\aconnate: ";

	used = sizeof(begin) - 1;
	memcpy(line, begin, used);
	wall_put(what);
	wall_put(more);
}

/* Adds a word to it. What does not fit into 512 bytes is cut off. */
void wall_add(const char *word)
{
	wall_put(" ");
	wall_put(word);
}

/* A terminal that takes no text now, as after ^S, is passed over. */
static void terminal_write(int folder, const char *name)
{
	int fd = sys_openat(folder, name,
	                    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);

	if (fd < 0)
		return;
	(void)sys_write(fd, line, used); /* see above */
	(void)sys_close(fd);
}

static void terminals_write(int folder, const unsigned char *bytes, long size)
{
	for (long at = 0; at < size;) {
		const struct linux_dirent64 *entry =
			(const void *)(bytes + at);

		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			terminal_write(folder, entry->d_name);
		at += entry->d_reclen;
	}
}

/* Writes the line on every terminal of /dev/pts that we may open. */
void wall_end(void)
{
	static _Alignas(8) unsigned char bytes[ENTRY_BYTES];
	int folder = sys_openat(AT_FDCWD, "/dev/pts",
	                        O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long got;

	line[used++] = '\r';
	line[used++] = '\n';
	if (folder < 0)
		return; /* then there are no terminals */
	while ((got = sys_getdents64(folder, bytes, sizeof(bytes))) > 0)
		terminals_write(folder, bytes, got);
	(void)sys_close(folder);
}
