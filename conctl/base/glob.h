/* SPDX-License-Identifier: MIT */
/* Names with * and ? in them. */
#ifndef CONCTL_BASE_GLOB_H
#define CONCTL_BASE_GLOB_H

#include <stdbool.h>

bool is_glob(const char *word);
bool glob_matches(const char *glob, const char *name);

#endif
