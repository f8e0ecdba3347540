/* SPDX-License-Identifier: MIT */
/* The messages of the reader. */
#ifndef READER_SAY_H
#define READER_SAY_H

#include "reader/source.h"

/* The one reading that goes on ends: never returns. */
_Noreturn void say_fail(const char *format, ...)
	__attribute__((format(printf, 1, 2)));
_Noreturn void say_fail_at(struct place at, uint32_t length,
                           const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void say_row(struct place at, uint32_t length);

/* Where say_fail() goes. */
_Noreturn void reader_stop(void);

#endif
