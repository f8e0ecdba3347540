/* SPDX-License-Identifier: MIT */
/* From bytes to lines. What is read of a writer goes behind the beginning of
 * the line that it has not ended yet, is written as far as lines have ended,
 * and the rest is held until the next read. Nothing is read before. */
#include "log/split.h"

#include "log/memory.h"
#include "log/options.h"
#include "log/output.h"
#include "log/rate.h"
#include "model/text.h"
#include "sys/call.h"

static uint32_t used = sizeof(memory->in); /* behind it `in` is NUL */

/* The next piece of `in`. */
struct piece {
	uint32_t at, length, next;
	bool cut;                   /* it ends inside of a line */
};

static const char *find_newline(const char *from, size_t length)
{
	const uint64_t ones = 0x0101010101010101ull;
	const char *end = from + length;
	uint64_t eight;

	for (; from + 8 <= end; from += 8) {
		__builtin_memcpy(&eight, from, 8);
		eight ^= ones * '\n';
		if (((eight - ones) & ~eight & ones << 7) != 0)
			break;
	}
	while (from < end && *from != '\n')
		from++;
	return from < end ? from : NULL;
}

/* A line that is too long is not cut inside of a character. */
static uint32_t cut_length(const char *text)
{
	uint32_t length = LINE_BYTES;

	while (length > LINE_BYTES - 4 && (text[length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* False: there is no whole line, nor enough for a piece of one. */
static bool find_piece(struct piece *p, uint32_t at)
{
	const char *from = memory->in + at;
	uint32_t left = memory->have - at;
	uint32_t look = left < LINE_BYTES + 1 ? left : LINE_BYTES + 1;
	const char *end = find_newline(from, look);

	if (end == NULL && left <= LINE_BYTES)
		return false;
	p->at = at;
	p->cut = end == NULL;
	p->length = p->cut ? cut_length(from) : (uint32_t)(end - from);
	p->next = at + p->length + !p->cut;
	return true;
}

static void set_time(struct line *l, uint64_t *now_s)
{
	struct __kernel_timespec now = { 0, 0 };

	(void)sys_clock_gettime(CLOCK_REALTIME, &now); /* it cannot fail */
	*now_s = (uint64_t)now.tv_sec;
	line_time(l, now.tv_sec, (uint32_t)now.tv_nsec);
}

/* Adds a line to the batch, which is flushed before if it is full. */
static int add(uint32_t writer, const struct line *l, uint32_t done)
{
	int error;

	if (output_line(writer, l))
		return 0;
	error = output_flush(done);
	if (error >= 0)
		(void)output_line(writer, l); /* there is room now */
	return error;
}

static int add_dropped(uint32_t writer, const struct line *like, uint32_t done)
{
	struct line l = *like;
	int error;

	l.text = rate_say(writer);
	l.length = text_length(l.text);
	l.level = 4;                /* warning */
	l.continues = l.is_cut = false;
	error = add(writer, &l, done);
	if (error >= 0)
		rate_said(writer);
	return error;
}

static int add_piece(uint32_t writer, struct line *l, const struct piece *p,
                     uint64_t now_s, uint32_t done)
{
	int error = 0;

	if (rate_is_due(writer, now_s))
		error = add_dropped(writer, l, done);
	if (error < 0 || !rate_takes(writer, now_s))
		return error;
	l->text = memory->in + p->at;
	l->length = p->length;
	l->continues = done & 1;
	l->is_cut = p->cut;
	line_level(l);
	return add(writer, l, done);
}

/* What is left of `in` is held. Killed before the last store: `in` still
 * counts, and this is done again. */
static void hold_rest(void)
{
	struct writer *w = &memory->writers[memory->writer];
	uint32_t at = memory->done / 2;

	w->held = memory->have - at;
	w->cut = memory->done & 1;
	__builtin_memcpy(memory->held[memory->writer], memory->in + at,
	                 w->held);
	memory_store(&memory->have, 0);
}

/* Writes what is in memory, if something is: all lines that have ended. 0; or
 * -errno: the file cannot be written now, and nothing may be read before this
 * is 0. */
int split_go_on(void)
{
	struct line l = { .name = memory->writers[memory->writer].name };
	uint64_t now_s;
	struct piece p;
	uint32_t done;
	int error = output_again();

	if (error < 0 || memory->have == 0)
		return error;
	set_time(&l, &now_s);
	for (done = memory->done; find_piece(&p, done / 2);
	     done = p.next * 2 + p.cut) {
		error = add_piece(memory->writer, &l, &p, now_s, done);
		if (error < 0)
			return error;
	}
	error = output_flush(done);
	if (error >= 0)
		hold_rest();
	return error;
}

static void take_held(uint32_t writer)
{
	struct writer *w = &memory->writers[writer];

	__builtin_memcpy(memory->in, memory->held[writer], w->held);
	memory->writer = writer;
	memory->done = w->cut;
	used = used > w->held ? used : w->held;
}

/* What is to be read into is NUL, so that after a kill inside of the read it
 * can be seen what was read (memory.c). Without --memory it is not looked at.
 * */
static void clear(uint32_t from)
{
	if (options.memory != NULL && used > from)
		__builtin_memset(memory->in + from, 0, used - from);
	used = from;
}

/* Reads what this writer has written, as far as there is room for it. Bytes;
 * 0: it has come to its end; or -errno. memory->have must be 0. */
long split_read(uint32_t writer, int fd)
{
	uint32_t held = memory->writers[writer].held;
	long got;

	clear(held);
	take_held(writer);
	memory_store(&memory->reading, writer + 1);
	got = sys_read(fd, memory->in + held, READ_BYTES);
	used = held + (got > 0 ? (uint32_t)got : 0);
	if (got > 0)
		memory_store(&memory->have, used);
	memory_store(&memory->reading, 0);
	return got;
}

/* This writer has come to its end: what it has begun is written as a line.
 * cut: it will go on, but what is held would be lost. As split_go_on(). */
int split_end(uint32_t writer, bool cut)
{
	uint32_t held = memory->writers[writer].held;
	struct line l = { .name = memory->writers[writer].name };
	struct piece p = { .length = held, .next = held, .cut = cut };
	uint64_t now_s;
	int error;

	if (held == 0)
		return 0;
	take_held(writer);
	memory_store(&memory->have, held);
	set_time(&l, &now_s);
	error = add_piece(writer, &l, &p, now_s, memory->done);
	if (error >= 0)
		error = output_flush(held * 2 + cut);
	if (error >= 0)
		hold_rest();
	return error;
}

/* Says in the log of this writer what was dropped, if that is due or at_once.
 * As split_go_on(). */
int split_say_dropped(uint32_t writer, bool at_once)
{
	struct line l = { .name = memory->writers[writer].name };
	uint64_t now_s;
	int error;

	set_time(&l, &now_s);
	if (memory->writers[writer].dropped == 0 ||
	    (!at_once && !rate_is_due(writer, now_s)))
		return 0;
	memory->writer = writer;
	error = add_dropped(writer, &l, 0);
	return error < 0 ? error : output_flush(0);
}
