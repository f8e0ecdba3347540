/* SPDX-License-Identifier: MIT */
/* Turned files: names, how many there are, and their compression. */
#ifndef LOG_TURN_H
#define LOG_TURN_H

#include <stdbool.h>

enum { PATH_BYTES = 1024 };

int turn_file(const char *path);
void turn_tidy(const char *path);
bool turn_latest(const char *path, char found[PATH_BYTES]);
bool turn_reap(int pid);

#endif
