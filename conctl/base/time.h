/* SPDX-License-Identifier: MIT */
/* Moments and spans of time, as text. */
#ifndef CONCTL_BASE_TIME_H
#define CONCTL_BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

struct out;

/* TIME_FULL: 2031-12-24T18:00:00.000Z; TIME_DAY: 12-24 18:00:00.000;
 * TIME_SECOND: 18:00:00. */
enum time_part { TIME_FULL, TIME_DAY, TIME_SECOND };

uint64_t time_real_ms(uint64_t at_ms);
void time_write(struct out *out, uint64_t at_ms, enum time_part part);
bool time_parse(const char *text, uint64_t *ms);

void duration_write(struct out *out, uint64_t ms);      /* 3.2s, 5m */
void span_write(struct out *out, uint64_t ms);          /* 3.2 s, 5 min */
void decimal_write(struct out *out, uint64_t ms);       /* 3.214 */
void seconds_write(struct out *out, uint64_t ms);       /* 3.214s */

void pause_ms(uint32_t ms);

#endif
