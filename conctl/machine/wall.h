/* SPDX-License-Identifier: MIT */
/* A line on every terminal, as of wall(1). */
#ifndef CONCTL_MACHINE_WALL_H
#define CONCTL_MACHINE_WALL_H

void wall_begin(const char *what, const char *more);
void wall_add(const char *word);
void wall_end(void);

#endif
