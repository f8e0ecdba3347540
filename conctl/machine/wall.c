/* SPDX-License-Identifier: MIT */
/* A line on every terminal that somebody may sit at, as wall(1) does. Those who
 * look at the console hear of it from supervisord. Knows no service. */
#include "conctl/conctl.h"
#include "sys/call.h"
#include "sys/memory.h"

enum { WALL_BYTES = 512, ENTRY_BYTES = 1024 };

static char line[WALL_BYTES];
static size_t used;

/* No terminal is to obey what somebody has typed. */
static void add(const char *text)
{
	size_t from = used;

	for (; *text != '\0' && used < sizeof(line) - 2; text++)
		line[used++] = *text;
	used = from + out_clean(line + from, (uint32_t)(used - from));
}

void wall_begin(const char *what, const char *more)
{
	static const char begin[] = "\r\n\aconnate: ";

	used = sizeof(begin) - 1;
	memcpy(line, begin, used);
	add(what);
	add(more);
}

void wall_add(const char *word)
{
	add(" ");
	add(word);
}

/* One that takes nothing now, as after ^S, is passed over. */
static void tell(int folder, const char *name)
{
	int fd = sys_openat(folder, name,
	                    O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);

	if (fd < 0)
		return;
	(void)sys_write(fd, line, used); /* nobody is to be waited for */
	(void)sys_close(fd);
}

static void tell_all(int folder, const unsigned char *bytes, long size)
{
	for (long at = 0; at < size;) {
		const struct linux_dirent64 *entry =
			(const void *)(bytes + at);

		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			tell(folder, entry->d_name);
		at += entry->d_reclen;
	}
}

void wall_end(void)
{
	static _Alignas(8) unsigned char bytes[ENTRY_BYTES];
	int folder = sys_openat(AT_FDCWD, "/dev/pts",
	                        O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	long got;

	line[used++] = '\r';
	line[used++] = '\n';
	if (folder < 0)
		return; /* then nobody sits anywhere */
	while ((got = sys_getdents64(folder, bytes, sizeof(bytes))) > 0)
		tell_all(folder, bytes, got);
	(void)sys_close(folder);
}
