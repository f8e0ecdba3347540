/* SPDX-License-Identifier: MIT */
/* A supervisord in a file, looked into without running it. */
#ifndef CONCTL_UPGRADE_IMAGE_H
#define CONCTL_UPGRADE_IMAGE_H

#include <stdbool.h>

#include "model/table.h"

struct image {
	const struct table *table;  /* checked; NULL: there is none to use */
	const char *wrong;          /* then why; NULL: it cannot be read */
	bool is_program;            /* for a machine like this one */
};

int image_read(const char *path, struct image *image);

#endif
