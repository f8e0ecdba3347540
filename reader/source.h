/* SPDX-License-Identifier: MIT */
/* The files of a configuration, and places in them. */
#ifndef READER_SOURCE_H
#define READER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SOURCE_MAX = 16 << 20,  /* bytes of one file */
	SOURCES_MAX = 64 << 20, /* of all of them */
	COUNT_MAX = 1 << 16,    /* files */
};

/* bytes[size] is 0. ours: a header that is built in. */
struct source {
	const char *path;
	const char *bytes;
	uint32_t size;
	bool ours;
	uint32_t *line; /* where each begins; made when it is asked for */
	uint32_t lines;
};

/* A byte of a file: sources from 0 on, SOURCE_NONE for none. */
struct place {
	uint32_t source, at;
};

enum { SOURCE_NONE = UINT32_MAX };

uint32_t source_read(const char *path);
uint32_t source_text(const char *path, const char *bytes, size_t size,
                     bool ours);
uint32_t source_built_in(const char *name);
const struct source *source_of(struct place p);
uint32_t place_line(struct place p);
uint32_t place_column(struct place p);
const char *place_row(struct place p, uint32_t *length);
void sources_forget(void);

#endif
