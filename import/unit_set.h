/* SPDX-License-Identifier: MIT */
/* The units of systemd that are imported together. */
#ifndef IMPORT_UNIT_SET_H
#define IMPORT_UNIT_SET_H

#include "import/draft.h"
#include "import/host.h"
#include "import/item.h"
#include "import/specifier.h"

struct unit {
	struct naming naming;
	struct items items;
	struct draft draft;
	const char *wrong;      /* why systemd would not load it, or NULL */
	bool awaited;           /* another unit here starts after it */
	bool hosted;            /* a socket or timer: its service is here */
};

struct unit_set {
	struct unit *unit;
	size_t count, room;
	const struct host *host;
};

struct unit *unit_add(struct unit_set *s, const char *name, const char *path);
struct unit *unit_find(const struct unit_set *s, const char *name);
struct item *unit_item(const struct unit *u, const char *key);
bool unit_is(const struct unit *u, const char *kind);
bool unit_says(const struct unit *u, const char *key);

/* The targets that every boot reaches, or every session of a user; NULL ends. */
extern const char *const boot_targets[];

/* The name of a service for that unit. */
const char *unit_service(const char *name);

/* Makes the drafts of all units; what is wrong is in the drafts. */
void units_map(struct unit_set *s);

/* The parts of that, each for one unit. */
void unit_prepare(struct unit *u);      /* rows: what is ignored, or reset */
void unit_run(struct unit *u);          /* Type=, Exec...=, Environment= */
void unit_end(struct unit *u);          /* Restart=, time-outs, Kill...= */
void unit_attributes(struct unit *u);   /* User=, Limit...=, Standard...= */
void unit_surroundings(struct unit *u); /* folders, conditions */
void unit_finish(struct unit *u, struct draft *d); /* what is still open */

void unit_condition(const struct unit *u, struct draft *d, struct item *it);

const char *unit_assert(const struct item *it);

/* False if the setting needs a word that the vocabulary lacks, and so a
 * decision, which is then in the draft. */
bool unit_may(struct draft *d, struct item *it);

/* Relations between units, [Install], sockets, timers. */
void units_order(struct unit_set *s);
void units_relate(struct unit_set *s);
void unit_trigger(struct unit_set *s, struct unit *u);

#endif
