/* SPDX-License-Identifier: MIT */
/* Words of other service managers. */
#ifndef CONCTL_HABIT_H
#define CONCTL_HABIT_H

#include <stdbool.h>

const char *habit_takes(const char *word, const char **argument);
bool habit_explain(const char *word);

#endif
