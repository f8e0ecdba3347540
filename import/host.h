/* SPDX-License-Identifier: MIT */
/* What an import knows of the machine: its users, and what else is there. */
#ifndef IMPORT_HOST_H
#define IMPORT_HOST_H

#include <stdbool.h>

#include "import/split.h"

struct account {
	const char *name, *uid, *gid, *home, *shell;
};

struct host {
	const char *passwd;      /* the text of /etc/passwd */
	bool user;               /* units of a user's manager */
	struct account person;   /* whose they are */
	struct words absent;     /* units that are not needed, or there anyway */
};

/* True if the import was told to do without that unit or service. */
bool host_lacks(const struct host *h, const char *name);

/* Finds a user by name or number in such a text. */
bool account_find(const char *passwd, const char *user, struct account *found);

#endif
