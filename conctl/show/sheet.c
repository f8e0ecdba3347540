/* SPDX-License-Identifier: MIT */
/* The chosen services as a table for people: as wide as the terminal, in colour
 * where that is welcome. Knows no request. */
#include "conctl/show/sheet.h"

#include "conctl/base/screen.h"
#include "conctl/base/time.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "conctl/show/field.h"
#include "conctl/show/reason.h"
#include "model/text.h"

enum column { NAME, STATE, PID, SINCE, WHY, COLUMNS };

static const char *const title[COLUMNS] = { "SERVICE", "STATE", "PID",
	                                    "SINCE", "WHY" };

/* The least columns of a reason and of a name. Before a name has fewer than
 * NAME_FAIR, other columns are left out. */
enum { WHY_LEAST = 24, NAME_LEAST = 12, NAME_FAIR = 24 };

struct sheet {
	struct screen screen;
	uint32_t width[COLUMNS];
	bool hidden[COLUMNS];
};

static void sheet_cell(enum column column, uint32_t i, const struct record *r)
{
	cell.used = 0;
	switch (column) {
	case NAME:
		out_text(&cell, table_name(session.table, i));
		return;
	case STATE:
		field_write(&cell, FIELD_STATE, i, r);
		return;
	case PID:
		field_write(&cell, FIELD_PID, i, r);
		return;
	case SINCE:
		duration_write(&cell, record_age_ms(r));
		return;
	case WHY:
		reason_write(&cell, i, r);
		return;
	case COLUMNS:
		return;
	}
}

static uint32_t sheet_width(const struct sheet *t)
{
	uint32_t sum = 0;

	for (enum column c = 0; c < COLUMNS; c++)
		if (!t->hidden[c] && t->width[c] > 0)
			sum += t->width[c] + (sum > 0 ? CELL_GAP : 0);
	return sum;
}

/* Names lose the columns that the line has too many, down to `least`. */
static void sheet_shorten_names(struct sheet *t, uint32_t least)
{
	uint32_t width = sheet_width(t), name = t->width[NAME], over;

	if (width <= t->screen.columns || name <= least)
		return;
	over = width - t->screen.columns;
	t->width[NAME] = over < name - least ? name - over : least;
}

/* Columns give way, the least important first, until the line fits. */
static void sheet_narrow(struct sheet *t)
{
	static const enum column dispensable[] = { SINCE, PID };

	if (t->width[WHY] > WHY_LEAST)
		t->width[WHY] = WHY_LEAST;
	sheet_shorten_names(t, NAME_FAIR);
	for (size_t k = 0; k < 2 && sheet_width(t) > t->screen.columns; k++)
		t->hidden[dispensable[k]] = true;
	sheet_shorten_names(t, NAME_LEAST);
}

static void sheet_measure_row(struct sheet *t, uint32_t i, enum column end)
{
	struct record r = session_record(i);

	for (enum column c = 0; c < end; c++) {
		sheet_cell(c, i, &r);
		if (cell_columns() > t->width[c])
			t->width[c] = cell_columns();
	}
}

/* The width of the last column matters only where a line has an end. */
static void sheet_measure(struct sheet *t)
{
	bool ends = t->screen.columns != NO_WIDTH;

	for (enum column c = 0; c < WHY; c++)
		t->width[c] = (uint32_t)text_length(title[c]);
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1))
		sheet_measure_row(t, i, ends ? COLUMNS : WHY);
	if (ends)
		sheet_narrow(t);
}

static void sheet_row(struct sheet *t, uint32_t i, const struct record *r)
{
	for (enum column c = 0; c < COLUMNS; c++) {
		if (t->hidden[c])
			continue;
		sheet_cell(c, i, r);
		screen_cell(&t->screen,
		            c == STATE ? state_colour(r->phase.state) : NULL,
		            c == WHY ? 0 : t->width[c]);
	}
	screen_end(&t->screen);
}

static void sheet_titles(struct sheet *t)
{
	for (enum column c = 0; c < COLUMNS; c++)
		if (!t->hidden[c])
			screen_text(&t->screen, title[c], t->width[c]);
	screen_end(&t->screen);
}

/* Prints the chosen services as a table, as wide as the terminal, in colour if
 * it has colours. */
void sheet_print(const struct order *o)
{
	struct sheet sheet = { .screen = screen_look(o) };

	sheet_measure(&sheet);
	sheet_titles(&sheet);
	for (uint32_t i = chosen_next(0); i != TABLE_NONE;
	     i = chosen_next(i + 1)) {
		struct record r = session_record(i);

		sheet_row(&sheet, i, &r);
	}
}
