/* SPDX-License-Identifier: MIT */
/* A child with memory of its own: has it done exec? The kernel tells in the
 * process's flags (proc(5), /proc/<pid>/stat). Without a /proc it is believed.
 */
#include "supervisord/base/supervisor.h"

#include "model/text.h"

/* include/linux/sched.h: PF_EXITING, PF_FORKNOEXEC. */
enum { FLAG_EXITING = 0x4, FLAG_FORKED = 0x40 };

enum { STAT_BYTES = 256, SPACES_BEFORE_FLAGS = 7 };

/* The ninth field; the second, in parentheses, may hold anything. */
static uint32_t flags_in(const char *stat, long size)
{
	long name = size, at;
	uint32_t flags = 0;

	while (name > 0 && stat[name - 1] != ')')
		name--;
	at = name;
	for (int spaces = 0; at < size && spaces < SPACES_BEFORE_FLAGS; at++)
		spaces += stat[at] == ' ';
	for (; at < size && stat[at] >= '0' && stat[at] <= '9'; at++)
		flags = 10 * flags + (uint32_t)(stat[at] - '0');
	return flags;
}

static int stat_open(int32_t pid)
{
	struct digits d;
	const char *number = text_number(&d, pid);
	size_t length = text_length(number);
	char path[40] = "/proc/";

	__builtin_memcpy(path + 6, number, length);
	__builtin_memcpy(path + 6 + length, "/stat", 6);
	return sys_openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

bool forked_arrived(int32_t pid)
{
	char stat[STAT_BYTES];
	uint32_t flags;
	long got;
	int fd;

	privilege_raise();
	fd = stat_open(pid);
	privilege_lower();
	if (fd < 0)
		return true;
	got = sys_read(fd, stat, sizeof(stat));
	(void)sys_close(fd); /* it was only read */
	flags = flags_in(stat, got);
	return (flags & FLAG_FORKED) == 0 || (flags & FLAG_EXITING) != 0;
}
