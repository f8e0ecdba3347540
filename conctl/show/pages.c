/* SPDX-License-Identifier: MIT */
/* Lines of a file from either end, through a window that is moved over it. The
 * file may grow, and may have any bytes; what is longer than the window is taken
 * in pieces. Knows no service. */
#include "conctl/show/pages.h"

#include "sys/call.h"

enum { PAGES_LOOK = 16 << 10 };     /* read at first from an end */

/* Gets a window of that size. 0 or -errno. */
int pages_begin(struct pages *p, uint32_t room)
{
	long at = sys_mmap(NULL, room, PROT_READ | PROT_WRITE,
	                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*p = (struct pages){ .fd = -1, .room = room };
	if (at < 0 && at > -4096)
		return (int)at;
	p->window = (char *)at;
	return 0;
}

/* Reads that file from now on, of so many bytes; closes the one before. */
void pages_use(struct pages *p, int fd, int64_t end)
{
	if (p->fd >= 0)
		(void)sys_close(p->fd); /* it was only read */
	p->fd = fd;
	p->end = end;
	p->from = 0;
	p->count = 0;
}

/* Moves the window to these bytes, or what the file has of them. */
static void load(struct pages *p, int64_t from, int64_t end)
{
	long got = 1;

	if (p->fd < 0)
		return; /* it is all there */
	p->from = from;
	p->count = 0;
	while (from + p->count < end && got > 0) {
		got = sys_pread(p->fd, p->window + p->count,
		                (size_t)(end - from - p->count),
		                from + p->count);
		p->count += got > 0 ? (uint32_t)got : 0;
	}
}

static bool has(const struct pages *p, int64_t at)
{
	return at >= p->from && at < p->from + p->count;
}

/* Where the line begins that ends before `end`, as far as the window shows it;
 * below 0: it does not. */
static int64_t find_begin(const struct pages *p, int64_t end)
{
	int64_t at = end;

	if (end > 0 && !has(p, end - 1))
		return -1;
	while (at > p->from && p->window[at - 1 - p->from] != '\n')
		at--;
	return at > p->from || at == 0 ? at : -1;
}

/* Where a line begins in the bytes before `end`: behind a newline, or, if the
 * window has none, at its beginning. */
static int64_t begin_before(struct pages *p, int64_t end)
{
	int64_t look = PAGES_LOOK, begin = find_begin(p, end);

	while (begin < 0 && look <= p->room) {
		load(p, end > look ? end - look : 0, end);
		begin = find_begin(p, end);
		look *= 4;
	}
	return begin < 0 ? p->from : begin;
}

/* The end of the last whole line. */
int64_t pages_last(struct pages *p)
{
	return p->end > 0 ? begin_before(p, p->end) : 0;
}

/* The beginning of the line that has byte `at`. */
int64_t pages_line_at(struct pages *p, int64_t at)
{
	return at > 0 ? begin_before(p, at) : 0;
}

/* Reads the line that ends at *at, which is behind a newline, and sets *at to
 * its beginning. False: there is none. */
bool pages_prev(struct pages *p, int64_t *at, struct text_line *line)
{
	int64_t end = *at - 1, begin;

	if (*at <= 0)
		return false;
	begin = begin_before(p, end);
	if (end > begin && (!has(p, begin) || !has(p, end - 1)))
		return false; /* it has become shorter */
	*line = (struct text_line){ p->window + (begin - p->from),
		                    (uint32_t)(end - begin) };
	*at = begin;
	return true;
}

/* The newline from `at` on in the window; below 0: there is none. */
static int64_t find_end(const struct pages *p, int64_t at)
{
	for (; has(p, at); at++)
		if (p->window[at - p->from] == '\n')
			return at;
	return -1;
}

/* Reads the line that begins at *at, and sets *at behind its newline. False: no
 * whole one is there. */
bool pages_next(struct pages *p, int64_t *at, struct text_line *line)
{
	int64_t end = has(p, *at) ? find_end(p, *at) : -1;

	if (end < 0 && p->fd >= 0) {
		load(p, *at, *at + p->room);
		end = find_end(p, *at);
		if (end < 0 && p->count == p->room)
			end = *at + p->count - 1; /* a piece */
	}
	if (end < 0)
		return false;
	*line = (struct text_line){ p->window + (*at - p->from),
		                    (uint32_t)(end - *at) };
	*at = end + 1;
	return true;
}
