/* SPDX-License-Identifier: MIT */
/* Lines of cells that fit the terminal. A cell is the text in `cell`. */
#ifndef CONCTL_BASE_SCREEN_H
#define CONCTL_BASE_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "conctl/base/out.h"

struct order;

enum { NO_WIDTH = UINT16_MAX, CELL_GAP = 2 };

struct screen {
	uint32_t columns;           /* NO_WIDTH: as long as it takes */
	bool colour;
	bool utf8;
	uint32_t at, pad;           /* columns printed of this line; spaces
	                               due before the next cell */
};

extern struct out cell;

struct screen screen_look(const struct order *o);
uint32_t cell_columns(void);
void screen_cell(struct screen *s, const char *colour, uint32_t width);
void screen_words(struct screen *s, uint32_t width, uint32_t indent);
void screen_text(struct screen *s, const char *text, uint32_t width);
void screen_end(struct screen *s);

#endif
