/* SPDX-License-Identifier: MIT */
/* The files of a configuration: each is read once, whole, and has a bound. */
#include "reader/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "reader/built_in.h"
#include "reader/say.h"
#include "reader/store.h"

static struct source *all;
static uint32_t count, room;
static uint64_t bytes_read;

const struct source *source_of(struct place p)
{
	return &all[p.source];
}

/* A file of these bytes, with one more behind them, which is 0. */
uint32_t source_text(const char *path, const char *bytes, size_t size,
                     bool ours)
{
	if (count == COUNT_MAX)
		say_fail("there are more than %d files", COUNT_MAX);
	if (count == room) {
		room = 2 * room + 64;
		all = block_grow(all, room * sizeof(*all));
	}
	all[count] = (struct source){
		.path = text_keep(path, strlen(path)),
		.bytes = bytes,
		.size = (uint32_t)size,
		.ours = ours,
	};
	return count++;
}

static uint32_t source_known(const char *path)
{
	for (uint32_t k = count; k-- > 0;)
		if (strcmp(all[k].path, path) == 0)
			return k;
	return SOURCE_NONE;
}

/* Fills it; how many bytes there were, which is size + 1 if there are more, or
 * -1 with errno. */
static ssize_t fill(int fd, char *bytes, size_t size)
{
	size_t got = 0;

	while (got <= size) {
		ssize_t n = read(fd, bytes + got, size + 1 - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static uint32_t read_open(int fd, const char *path)
{
	struct stat status;
	char *bytes;
	ssize_t got;

	if (fstat(fd, &status) < 0)
		say_fail("%s: %s", path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		say_fail("%s: it is no file", path);
	if (status.st_size > SOURCE_MAX)
		say_fail("%s: it has more than %d MB", path, SOURCE_MAX >> 20);
	bytes_read += (uint64_t)status.st_size;
	if (bytes_read > SOURCES_MAX)
		say_fail("%s: all files have more than %d MB together", path,
		         SOURCES_MAX >> 20);
	bytes = block_new((size_t)status.st_size + 2);
	got = fill(fd, bytes, (size_t)status.st_size);
	if (got < 0)
		say_fail("%s: %s", path, strerror(errno));
	if (got > status.st_size)
		say_fail("%s: it grew while it was read; try again", path);
	bytes[got] = '\0';
	return source_text(path, bytes, (size_t)got, false);
}

/* The file of that path, or SOURCE_NONE with errno; each is read once. Does not
 * wait for the other end of a pipe. Does not return if it is no file, or one
 * that is too large. */
uint32_t source_read(const char *path)
{
	uint32_t known = source_known(path);
	int fd;

	if (known != SOURCE_NONE)
		return known;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return SOURCE_NONE;
	known = read_open(fd, path);
	(void)close(fd); /* it was only read */
	return known;
}

/* <connate/config.h> and the like, or SOURCE_NONE. */
uint32_t source_built_in(const char *name)
{
	for (size_t k = 0; built_in[k].name != NULL; k++) {
		uint32_t known;

		if (strcmp(built_in[k].name, name) != 0)
			continue;
		known = source_known(name);
		return known != SOURCE_NONE
		               ? known
		               : source_text(name, built_in[k].text,
		                             strlen(built_in[k].text), true);
	}
	return SOURCE_NONE;
}

static void find_lines(struct source *s)
{
	uint32_t n = 1;

	for (uint32_t k = 0; k < s->size; k++)
		n += s->bytes[k] == '\n';
	s->line = store_take(n * sizeof(*s->line));
	for (uint32_t k = 0; k < s->size; k++)
		if (s->bytes[k] == '\n')
			s->line[++s->lines] = k + 1;
	s->lines++;
}

/* The line of that place, from 1 on. */
uint32_t place_line(struct place p)
{
	struct source *s = &all[p.source];
	uint32_t low = 0, high;

	if (s->line == NULL)
		find_lines(s);
	for (high = s->lines; high - low > 1;) {
		uint32_t middle = low + (high - low) / 2;

		if (s->line[middle] <= p.at)
			low = middle;
		else
			high = middle;
	}
	return low + 1;
}

/* Its column, in bytes, from 1 on. */
uint32_t place_column(struct place p)
{
	uint32_t line = place_line(p);

	return p.at - all[p.source].line[line - 1] + 1;
}

/* The line itself, without its newline. */
const char *place_row(struct place p, uint32_t *length)
{
	const struct source *s = &all[p.source];
	uint32_t begin = p.at + 1 - place_column(p), end = begin;

	while (end < s->size && s->bytes[end] != '\n')
		end++;
	*length = end - begin;
	return s->bytes + begin;
}

void sources_forget(void)
{
	all = NULL;
	count = room = 0;
	bytes_read = 0;
}
