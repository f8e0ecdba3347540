/* SPDX-License-Identifier: MIT */
/* What /proc says of a process. */
#include "bench/look.h"

#include "model/text.h"
#include "sys/call.h"

uint64_t look_now_us(void)
{
	struct __kernel_timespec t = { 0 };

	(void)sys_clock_gettime(1 /* CLOCK_MONOTONIC */, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static unsigned look_append(char *to, unsigned at, const char *text)
{
	while (*text != '\0')
		to[at++] = *text++;
	to[at] = '\0';
	return at;
}

static const char *path_of(char *path, int pid, const char *file)
{
	struct digits d;
	unsigned at = look_append(path, 0, "/proc/");

	at = look_append(path, at, text_number(&d, pid));
	at = look_append(path, at, "/");
	(void)look_append(path, at, file);
	return path;
}

static int open_of(int pid, const char *file)
{
	char path[64];

	return sys_openat(AT_FDCWD, path_of(path, pid, file), O_RDONLY, 0);
}

bool look_program(int pid, char *to, unsigned room)
{
	char path[64];
	long got = sys_readlinkat(AT_FDCWD, path_of(path, pid, "exe"), to,
	                          room - 1);

	to[got > 0 ? got : 0] = '\0';
	return got > 0;
}

bool look_file(int pid, const char *file, char *to, unsigned room)
{
	int fd = open_of(pid, file);
	long got;

	if (fd < 0)
		return false;
	got = sys_read(fd, to, room - 1);
	(void)sys_close(fd);
	to[got > 0 ? got : 0] = '\0';
	return got > 0;
}

static uint64_t look_number(const char *text)
{
	uint64_t value = 0;

	while (*text == ' ')
		text++;
	while (*text >= '0' && *text <= '9')
		value = value * 10 + (uint64_t)(*text++ - '0');
	return value;
}

uint64_t look_field(const char *text, const char *word)
{
	for (; *text != '\0'; text++)
		if (text_starts(text, word))
			return look_number(text + text_length(word));
	return 0;
}

bool look_begin(struct look_all *all)
{
	all->at = all->got = 0;
	all->fd = sys_openat(AT_FDCWD, "/proc", O_RDONLY | O_DIRECTORY, 0);
	return all->fd >= 0;
}

/* struct linux_dirent64: length at 16, name at 19 (getdents64(2)). */
int look_next(struct look_all *all)
{
	for (;;) {
		const char *entry = all->bytes + all->at;
		uint16_t length;

		if (all->at >= all->got) {
			all->at = 0;
			all->got = sys_getdents64(all->fd, all->bytes,
			                          sizeof(all->bytes));
			if (all->got <= 0) {
				(void)sys_close(all->fd);
				return 0;
			}
			entry = all->bytes;
		}
		__builtin_memcpy(&length, entry + 16, sizeof(length));
		all->at += length;
		if (entry[19] >= '1' && entry[19] <= '9')
			return (int)look_number(entry + 19);
	}
}

bool look_children(struct look_children *all, int pid)
{
	struct digits d;
	char file[64];
	unsigned at = look_append(file, 0, "task/");

	at = look_append(file, at, text_number(&d, pid));
	(void)look_append(file, at, "/children");
	all->at = all->got = 0;
	all->number = 0;
	all->fd = open_of(pid, file);
	return all->fd >= 0;
}

/* A number may go on in the next piece. */
int look_child(struct look_children *all)
{
	for (;;) {
		char c;
		int pid = all->number;

		if (all->at >= all->got) {
			all->at = 0;
			all->got = sys_read(all->fd, all->bytes,
			                    sizeof(all->bytes));
			if (all->got <= 0) {
				(void)sys_close(all->fd);
				return 0;
			}
		}
		c = all->bytes[all->at++];
		if (c >= '0' && c <= '9') {
			all->number = pid * 10 + (c - '0');
			continue;
		}
		all->number = 0;
		if (pid != 0)
			return pid;
	}
}

void look_say(struct look_line *line, const char *word, uint64_t value)
{
	struct digits d;

	if (line->length + text_length(word) + sizeof(d) + 3 >
	    sizeof(line->text))
		return;
	line->length = look_append(line->text, line->length, word);
	line->length = look_append(line->text, line->length, "=");
	line->length = look_append(line->text, line->length,
	                           text_number(&d, (int64_t)value));
	line->length = look_append(line->text, line->length, " ");
}

void look_write(struct look_line *line, int fd)
{
	if (line->length > 0)
		line->text[line->length - 1] = '\n';
	(void)sys_write(fd, line->text, line->length);
	line->length = 0;
}
