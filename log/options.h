/* SPDX-License-Identifier: MIT */
/* The command line of connate-log. */
#ifndef LOG_OPTIONS_H
#define LOG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* How a value is written, as its type. */
#define OPTION_PATH const char *
#define OPTION_NUMBER uint64_t
#define OPTION_FLAG bool

/* Longer paths are refused; behind one come a name, a time and a suffix. */
enum { OPTION_PATH_MAX = 900 };

extern struct options {
#define OPTION(name, word, kind, what) OPTION_##kind name;
#include "log/option.def"
#undef OPTION
} options;

bool options_read(char **argv);

#endif
