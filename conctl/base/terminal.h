/* SPDX-License-Identifier: MIT */
/* The terminal as a screen with keys, and the signals that concern it. */
#ifndef CONCTL_BASE_TERMINAL_H
#define CONCTL_BASE_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/* What a key, or a signal in its place, asks for. Others are their letter. */
enum key { KEY_NONE, KEY_REDRAW = 256, KEY_UP, KEY_DOWN, KEY_PAGE_UP,
	   KEY_PAGE_DOWN, KEY_TOP, KEY_END };

bool terminal_is_there(void);
int terminal_enter(void);
void terminal_leave(void);
int terminal_signals(void);
int terminal_key(void);
void terminal_signal(void);
uint32_t terminal_rows(void);

#endif
