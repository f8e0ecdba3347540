/* SPDX-License-Identifier: MIT */
/* A reading: all files of a configuration, one after the other. */
#ifndef READER_UNIT_H
#define READER_UNIT_H

#include "config/check/check.h"
#include "reader/parse.h"

/* given: for each service, where each of its fields was given. */
struct reading {
	struct config config;
	struct place **given;
	size_t count; /* of `given` */
	const struct type *fields; /* struct config_service */
	struct place **masked;
};

/* Functions that the image has, for CALL. */
struct calls {
	const char *const *name;
	uint32_t count;
};

bool reading_make(const char *const *path, size_t count,
                  const struct calls *calls, struct reading *r);
bool reading_of_text(const char *name, const char *text, size_t size,
                     struct reading *r);
void reading_forget(void);

#endif
