/* SPDX-License-Identifier: MIT */
/* What a signal would do to a process, by what the kernel says of that. Pure. */
#ifndef MODEL_HANDLING_H
#define MODEL_HANDLING_H

#include <stdbool.h>

bool signal_ends(int signal);
bool signal_would_end(const char *status, int signal);

#endif
