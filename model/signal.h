/* SPDX-License-Identifier: MIT */
/* Signals by name and number. Pure. */
#ifndef MODEL_SIGNAL_H
#define MODEL_SIGNAL_H

#include <stdint.h>

/* RTMIN is where the C libraries let programs begin (signal(7)). */
enum { SIGNAL_RTMIN = 34, SIGNAL_RTMAX = 64, SIGNAL_WORD = 16 };

const char *signal_name(uint32_t k);
const char *signal_word(char word[SIGNAL_WORD], const char *text);
int signal_read(const char *text);

#endif
