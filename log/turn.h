/* SPDX-License-Identifier: MIT */
/* Turned files: names, how many there are, and their compression. */
#ifndef LOG_TURN_H
#define LOG_TURN_H

enum { PATH_BYTES = 1024 };

int turn_file(const char *path);
void turn_tidy(const char *path);
void turn_reap(void);

#endif
