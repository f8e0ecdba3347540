/* SPDX-License-Identifier: MIT */
/* Values as systemd writes them: booleans, times, sizes, signals. */
#ifndef IMPORT_VALUE_H
#define IMPORT_VALUE_H

#include <stdbool.h>

enum { VALUE_WRONG = -1 };

/* 1, 0, or VALUE_WRONG. */
int value_boolean(const char *s);

/* As C: SECONDS(5), MILLISECONDS(100), FOREVER; NULL if it is no time. 0 is
 * FOREVER if `zero_forever`. *ms, if not NULL: in milliseconds, -1 for FOREVER. */
const char *value_time(const char *s, bool zero_forever, long long *ms);
const char *value_ms(long long ms);

/* The number of a signal, by its name with or without SIG, or by its number;
 * VALUE_WRONG. */
int value_signal(const char *s);
/* "SIGTERM", as the configuration has it, or its number. */
const char *value_signal_c(int number);

/* A plain number in that range; true and *found, or false. */
bool value_number(const char *s, int base, long long least, long long most,
                  long long *found);

/* A limit as C: a number of bytes or of something, with the suffix of a size, or
 * UNLIMITED; NULL if it is none. */
const char *value_limit(const char *s, const char *resource);

#endif
