/* SPDX-License-Identifier: MIT */
/* The moment behind --since or --until. */
#ifndef CONCTL_SHOW_MOMENT_H
#define CONCTL_SHOW_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

bool moment_from_now(const char *verb, const char *text, int64_t *ms);
bool moment_real(const char *verb, const char *text, int64_t *ms);

#endif
