/* SPDX-License-Identifier: MIT */
/* Files and folders. */
#ifndef IMPORT_READ_H
#define IMPORT_READ_H

#include <stdbool.h>

#include "import/split.h"

/* The whole of a file, as a text; NULL, with *why. */
const char *read_file(const char *path, const char **why);

/* The names in a folder, in their order; false, with *why. */
bool read_folder(const char *path, struct words *names, const char **why);

bool is_folder(const char *path);
bool is_file(const char *path);
bool is_link(const char *path);

/* A unit that is a link to /dev/null. */
bool is_masked(const char *path);

/* Writes a file as a whole, or not at all; NULL, or what went wrong. */
const char *write_file(const char *path, const char *text);

#endif
