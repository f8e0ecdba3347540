/* SPDX-License-Identifier: MIT */
/* Lines of cells that fit the terminal. Knows no service. */
#include "conctl/base/screen.h"

#include <asm/ioctls.h>
#include <asm/termios.h>

#include "conctl/base/order.h"
#include "sys/call.h"

static char cell_bytes[OUT_BYTES];
struct out cell = { .fd = -1, .bytes = cell_bytes };

/* Width and colour of standard output, as ls(1) has them: $COLUMNS, if it is
 * set, before the terminal's own width; no colour if the order is plain;
 * without a terminal neither an end of the line nor colour. */
struct screen screen_look(const struct order *o)
{
	struct screen s = { .columns = NO_WIDTH, .utf8 = o->utf8 };
	struct winsize size;

	if (sys_ioctl(1, TIOCGWINSZ, &size) < 0)
		return s;
	s.colour = !o->plain;
	if (o->columns > 0)
		s.columns = o->columns;
	else if (size.ws_col > 0)
		s.columns = size.ws_col;
	return s;
}

/* In UTF-8 the first byte of a character takes the column (utf-8(7)). */
static bool begins(char c)
{
	return (c & 0xc0) != 0x80;
}

/* How many columns the cell takes. Makes it safe for a terminal first, so that
 * what is counted is what is printed. */
uint32_t cell_columns(void)
{
	uint32_t columns = 0;

	cell.used = out_clean(cell.bytes, cell.used);
	for (uint32_t k = 0; k < cell.used; k++)
		columns += begins(cell.bytes[k]);
	return columns;
}

/* The length in bytes of the first `columns` characters. */
static uint32_t cut(uint32_t columns)
{
	uint32_t k = 0, shown = 0;

	for (; k < cell.used; k++)
		if (begins(cell.bytes[k]) && shown++ == columns)
			break;
	return k;
}

static void print(const char *colour, uint32_t bytes, const char *mark)
{
	if (colour != NULL)
		out_raw(&out_result, colour);
	out_bytes(&out_result, cell.bytes, bytes);
	out_text(&out_result, mark);
	if (colour != NULL)
		out_raw(&out_result, "\033[0m");
}

/* The cell is wider than `room`: prints its beginning and a mark, if there is
 * room for one. */
static void print_cut(const struct screen *s, const char *colour, uint32_t room)
{
	uint32_t dots = s->utf8 ? 1 : 3;

	if (room < dots)
		print(colour, cut(room), "");
	else
		print(colour, cut(room - dots), s->utf8 ? "…" : "...");
}

/* Prints the cell, cut with an … where its width or the line ends; the next
 * cell begins `width` columns and CELL_GAP further. Width 0: up to the end of
 * the line. colour: NULL, or the escape sequence that begins it. Spaces are
 * printed before the next cell only, so that no line ends with them. */
void screen_cell(struct screen *s, const char *colour, uint32_t width)
{
	bool ends = s->columns != NO_WIDTH;
	uint32_t columns = cell_columns(), room = NO_WIDTH;

	if (ends)
		room = s->columns > s->at + s->pad ? s->columns - s->at - s->pad
		                                   : 0;
	if (ends && width > 0 && width < room)
		room = width;
	if (columns > 0 && room > 0) {
		out_spaces(&out_result, s->pad);
		s->at += s->pad;
		s->pad = 0;
		if (ends && columns > room) {
			print_cut(s, s->colour ? colour : NULL, room);
			columns = room;
		} else {
			print(s->colour ? colour : NULL, cell.used, "");
		}
		s->at += columns;
	} else {
		columns = 0;
	}
	s->pad += CELL_GAP + (width > columns ? width - columns : 0);
}

/* How many bytes from `at` on belong to a word; *columns: how many it takes. */
static uint32_t word_at(uint32_t at, uint32_t *columns)
{
	uint32_t end = at;

	for (*columns = 0; end < cell.used && cell.bytes[end] != ' '; end++)
		*columns += begins(cell.bytes[end]);
	return end - at;
}

/* Prints the cell as words: one that does not fit into `width` columns begins
 * another line, behind `indent` spaces. NO_WIDTH: all of them fit. */
void screen_words(struct screen *s, uint32_t width, uint32_t indent)
{
	uint32_t columns, length;

	(void)cell_columns();
	for (uint32_t at = 0; at < cell.used; at += length + 1) {
		length = word_at(at, &columns);
		if (width != NO_WIDTH && s->at > indent &&
		    s->at + s->pad + columns > width) {
			screen_end(s);
			s->pad = indent;
		}
		out_spaces(&out_result, s->pad);
		out_bytes(&out_result, cell.bytes + at, length);
		s->at += s->pad + columns;
		s->pad = 1;
	}
}

/* Prints this text as a cell, through `cell`. */
void screen_text(struct screen *s, const char *text, uint32_t width)
{
	cell.used = 0;
	out_text(&cell, text);
	screen_cell(s, NULL, width);
}

/* Ends the line. */
void screen_end(struct screen *s)
{
	out_text(&out_result, "\n");
	s->at = s->pad = 0;
}
