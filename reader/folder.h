/* SPDX-License-Identifier: MIT */
/* The files of a configuration that is a folder. */
#ifndef READER_FOLDER_H
#define READER_FOLDER_H

#include <stddef.h>

struct paths {
	const char **path;
	size_t count, room;
};

const char *paths_add(struct paths *p, const char *path);

#endif
