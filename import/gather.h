/* SPDX-License-Identifier: MIT */
/* From the paths of a command line to parsed definitions. */
#ifndef IMPORT_GATHER_H
#define IMPORT_GATHER_H

#include "import/source.h"
#include "import/split.h"
#include "import/unit_set.h"

enum format { FORMAT_ANY, FORMAT_SYSTEMD, FORMAT_DINIT, FORMAT_FOLDERS,
              FORMAT_SUPERVISOR, FORMAT_PROCFILE };

struct import {
	enum format format;
	struct words also;       /* folders whose units and drop-ins go first */
	struct words instances;  /* of templates */
	struct unit_set units;
	struct sources dinit, folders, others;
	bool unreadable;         /* something was, and is said */
};

void gather(struct import *to, const char *path);

#endif
