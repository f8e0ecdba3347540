/* SPDX-License-Identifier: MIT */
/* A signal to each of a set of processes that may run away from it: what
 * descends from this process, or what was started for a service. */
#ifndef SUPERVISORD_TREE_TREE_H
#define SUPERVISORD_TREE_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* Either those that descend from us, or, with a tag, those that have it and
 * all of that session. A tag is what a process says of itself: it counts if the
 * process is root's or that user's, or descends from us or from `spare`. */
struct hunt {
	const char *tag;   /* NULL, or CONNATE_SERVICE=… */
	const char *owner; /* CONNATE_PID=… */
	int32_t session;   /* 0: none. Its leader has ended; the number is not
	                      given away while a member lives … */
	uint64_t before;   /* … so the first to be met has started before
	                      this, in ticks since boot; 0: one was met */
	int32_t spare;     /* connate, which is never meant */
	uint32_t user;     /* with a tag: as whom the service runs */
};

/* One pass over all processes. */
struct hunted {
	uint32_t found;  /* that live … */
	uint32_t members; /* … and are of that session */
	uint32_t exits;  /* children, so maybe of those, on their way out */
	uint32_t moving; /* of those: not stopped, so may fork */
	int error;       /* 0, or why some got no signal */
};
struct hunted hunt_pass(const struct hunt *h, int signal);

/* Stops all, then kills them: they cannot fork faster than that. */
struct hunted hunt_frozen(const struct hunt *h);

/* Who of them lives, as "123 (name), 124 (name)". */
enum { HUNT_TEXT = 256 };
const char *hunt_names(const struct hunt *h, char text[HUNT_TEXT]);

#endif
