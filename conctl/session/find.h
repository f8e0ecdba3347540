/* SPDX-License-Identifier: MIT */
/* Which process is connate. */
#ifndef CONCTL_SESSION_FIND_H
#define CONCTL_SESSION_FIND_H

#include <stdbool.h>
#include <stdint.h>

struct locator;

struct found {
	int pid;
	const char *by, *path;      /* how it was found, for messages */
	bool locks;                 /* a lock file tells its successor */
};

/* The configured lock file; "": there is none. concheck writes it. */
extern const char conctl_lock_file[];

int find_connate(const struct locator *l, struct found *found);
int find_holder(const char *path);
const char *find_path(const struct locator *l, const char *path);
bool find_is_pid(const char *text, uint64_t *pid);

#endif
