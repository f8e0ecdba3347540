/* SPDX-License-Identifier: MIT */
/* The last lines of a service. */
#ifndef CONCTL_SHOW_LINES_H
#define CONCTL_SHOW_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include "conctl/show/pages.h"

enum {
	LINES_MAX = 10,
	LINE_SHOWN = 1000,          /* bytes of each line */
};

uint32_t lines_find(uint32_t service, struct text_line found[LINES_MAX],
                    const char **where);
void lines_say(uint32_t service, uint64_t since_ms);

#endif
