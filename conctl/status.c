/* SPDX-License-Identifier: MIT */
/* The table of services for people: as wide as the terminal, in colour where
 * that is welcome. Knows no request. */
#include <asm/ioctls.h>
#include <asm/termios.h>

#include "conctl/conctl.h"
#include "sys/call.h"

enum { GAP = 2, NO_WIDTH = UINT16_MAX };

enum column { NAME, STATE, PID, SINCE, COLUMNS };

static const char *const title[COLUMNS] = { "SERVICE", "STATE", "PID",
	                                    "SINCE" };

struct paper {
	uint32_t width[COLUMNS];
	uint32_t columns;           /* of the terminal; NO_WIDTH: no end */
	bool colour;
};

static char cell_bytes[OUT_BYTES];
static struct out cell = { .fd = -1, .bytes = cell_bytes };

static const char *colour_of(enum state state)
{
	if (state == STATE_UP)
		return "\033[32m";
	if (state == STATE_FAILED || state == STATE_CANNOT_STOP)
		return "\033[31m";
	return state == STATE_DOWN ? "\033[2m" : "\033[33m";
}

/* A service that has never changed is as old as the ledger. */
static uint64_t age_ms(const struct record *r)
{
	uint64_t since = r->phase.since_ms, now = now_ms();

	if (since < session.ledger->session_ms)
		since = session.ledger->session_ms;
	return now > since ? now - since : 0;
}

static void cell_fill(enum column column, uint32_t i, const struct record *r)
{
	cell.used = 0;
	switch (column) {
	case NAME:
		out_text(&cell, table_name(session.table, i));
		return;
	case STATE:
		show_state(&cell, i, r, 0);
		return;
	case PID:
		show_pid(&cell, i, r, 0);
		return;
	case SINCE:
		duration_write(&cell, age_ms(r));
		return;
	case COLUMNS:
		return;
	}
}

static void measure(struct paper *p)
{
	for (enum column c = 0; c < COLUMNS; c++)
		p->width[c] = (uint32_t)text_length(title[c]);
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		for (enum column c = 0; c < COLUMNS; c++) {
			cell_fill(c, i, &r);
			if (cell.used > p->width[c])
				p->width[c] = cell.used;
		}
	}
}

static void cell_print(const char *colour)
{
	if (colour != NULL)
		out_text(&out_result, colour);
	out_bytes(&out_result, cell.bytes, cell.used);
	if (colour != NULL)
		out_text(&out_result, "\033[0m");
}

/* Where the last column is cut: not within a character (utf-8(7)). */
static uint32_t cut(const struct paper *p)
{
	uint32_t left = p->columns, used = 0, shown = 0;

	for (enum column c = 0; c < COLUMNS; c++)
		left -= left < p->width[c] + GAP ? left : p->width[c] + GAP;
	for (; used < cell.used; used++)
		if ((cell.bytes[used] & 0xc0) != 0x80 && shown++ == left)
			break;
	return used;
}

/* A path may hold anything; a terminal is not to obey it. */
static void reason_fill(const struct paper *p, uint32_t i,
                        const struct record *r)
{
	cell.used = 0;
	reason_write(&cell, i, r);
	if (p->columns != NO_WIDTH)
		cell.used = cut(p);
	for (uint32_t k = 0; k < cell.used; k++)
		if ((unsigned char)cell.bytes[k] < ' ' || cell.bytes[k] == 127)
			cell.bytes[k] = '?';
}

/* Nothing is padded at the end of a line. */
static void row_print(const struct paper *p, uint32_t i,
                      const struct record *r)
{
	uint32_t pad = 0;

	for (enum column c = 0; c < COLUMNS; c++) {
		out_spaces(&out_result, pad);
		cell_fill(c, i, r);
		cell_print(c == STATE && p->colour ? colour_of(r->phase.state)
		                                   : NULL);
		pad = GAP;
		if (p->width[c] > cell.used)
			pad += p->width[c] - cell.used;
	}
	reason_fill(p, i, r);
	if (cell.used > 0) {
		out_spaces(&out_result, pad);
		cell_print(NULL);
	}
	out_text(&out_result, "\n");
}

static void titles_print(const struct paper *p)
{
	for (enum column c = 0; c < COLUMNS; c++) {
		out_text(&out_result, title[c]);
		if (c != SINCE)
			out_spaces(&out_result,
			           p->width[c] + GAP -
			                   (uint32_t)text_length(title[c]));
	}
	out_text(&out_result, "\n");
}

static void terminal(struct paper *p, bool plain)
{
	struct winsize size;

	p->columns = NO_WIDTH;
	if (sys_ioctl(1, TIOCGWINSZ, &size) < 0)
		return;
	p->colour = !plain;
	if (size.ws_col > 0)
		p->columns = size.ws_col;
}

/* All rows; is every one of them up? */
static bool rows_print(const struct paper *p)
{
	bool up = true;

	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		up = up && r.phase.state == STATE_UP;
		row_print(p, i, &r);
	}
	return up;
}

int status_run(const struct order *o)
{
	struct paper paper = { .colour = false };
	bool up;

	if (choose(o->names, o->count) > 0)
		return EXIT_UNREACHABLE;
	if (!out_result.muted && supervisord_dead())
		complain("supervisord is not running at the moment; this is "
		         "what it left", NULL);
	terminal(&paper, o->plain);
	measure(&paper);
	titles_print(&paper);
	up = rows_print(&paper);
	return o->count == 0 || up ? EXIT_DONE : EXIT_NOT_UP;
}
