/* SPDX-License-Identifier: MIT */
/* The specifiers of systemd, %i and the like. */
#ifndef IMPORT_SPECIFIER_H
#define IMPORT_SPECIFIER_H

#include <stdbool.h>

#include "import/host.h"

/* The parts of a unit's name: "tor@default.service". */
struct naming {
	const char *name;      /* all of it */
	const char *stem;      /* without the kind */
	const char *prefix;    /* before the @ */
	const char *instance;  /* behind it; NULL: the unit has no @ */
	const char *path;      /* of the unit file */
	const struct host *host;
};

void naming_read(struct naming *n, const char *name);

/* The text with its specifiers replaced. One that only the running machine can
 * tell goes to *open, else that is left alone. */
const char *specifier_replace(const struct naming *n, const char *s,
                              char *open);

#endif
