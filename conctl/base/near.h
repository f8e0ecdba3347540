/* SPDX-License-Identifier: MIT */
/* Words that may be each other, mistyped. */
#ifndef CONCTL_BASE_NEAR_H
#define CONCTL_BASE_NEAR_H

#include <stdbool.h>

bool near(const char *a, const char *b);

#endif
