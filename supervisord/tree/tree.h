/* SPDX-License-Identifier: MIT */
/* A process tree: what descends from this process, or what was started for a
 * service, and signals to all of it. */
#ifndef SUPERVISORD_TREE_TREE_H
#define SUPERVISORD_TREE_TREE_H

#include <stdbool.h>
#include <stdint.h>

#include "supervisord/tree/proc.h"

/* Which processes are meant: the descendants of this process and of `spare`; or
 * with a tag those that have it in their environment and all of a session. A tag
 * is what a process says of itself: it counts if its user ids are root's or that
 * user's, or if it descends from this process or from `spare`. */
struct tree {
	const char *tag;   /* NULL, or CONNATE_SERVICE=… */
	const char *owner; /* CONNATE_PID=… */
	int32_t session;   /* 0: none. Its leader has ended; the number is not
	                      used again while a member lives … */
	uint64_t before;   /* … so the first member that is met has started
	                      before this, in ticks since boot; 0: it has */
	int32_t spare;     /* connate, which is never meant; or this process */
	uint32_t user;     /* with a tag: as which the service runs */
};

/* The result of one pass over all processes. */
struct tree_pass {
	uint32_t found;   /* that live … */
	uint32_t members; /* … and are of that session */
	uint32_t exits;   /* children in the middle of their end, which may be
	                     of those */
	uint32_t moving;  /* of those found: not stopped, so they may fork */
	int error;        /* 0, or why some got no signal */
};

enum { TREE_TEXT = 256 };                   /* bytes */

struct tree_pass tree_signal(const struct tree *t, int signal);
struct tree_pass tree_kill(const struct tree *t);
bool tree_has_session(int32_t connate, int folder, const struct proc *p);
int tree_tell(int folder, int32_t pid, int signal);
const char *tree_names(const struct tree *t, char text[TREE_TEXT]);

#endif
