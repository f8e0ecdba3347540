/* SPDX-License-Identifier: MIT */
/* The turned files of a log, and reading those that were compressed. */
#ifndef CONCTL_SHOW_TURNED_H
#define CONCTL_SHOW_TURNED_H

#include <stdbool.h>
#include <stdint.h>

enum { STAMP_AT = 1, STAMP_END = 24 }; /* .20311224T180000.123456Z */

/* Which of them is looked for. */
struct wanted {
	const char *base;           /* the name of the file itself */
	char than[40];              /* the suffix of the present one; "": of the
	                               file itself */
	bool later;                 /* the next one; else the one before */
	uint64_t not_inode;         /* of no file of this number, or 0 … */
	uint64_t inode;             /* … or only of this one */
};

bool turned_had(const char *path);
void turned_forget(void);
bool turned_find(const char *path, const struct wanted *w, char found[40]);
int turned_open(const char *path, uint32_t owner);

#endif
