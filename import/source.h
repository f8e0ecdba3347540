/* SPDX-License-Identifier: MIT */
/* Definitions of other managers, one a service, and how each becomes a draft. */
#ifndef IMPORT_SOURCE_H
#define IMPORT_SOURCE_H

#include "import/draft.h"
#include "import/host.h"
#include "import/item.h"

/* One service of a manager other than systemd. */
struct source {
	const char *name, *path;  /* path: of its file, or of its folder */
	struct items items;
	struct draft draft;
};

struct sources {
	struct source *source;
	size_t count, room;
	const struct host *host;
};

struct source *source_add(struct sources *s, const char *name,
                          const char *path, const char *defaults);
struct source *source_find(const struct sources *s, const char *name);
struct item *source_item(const struct source *s, const char *key);

/* Each makes the drafts of all of them. */
void dinit_map(struct sources *s);
void folders_map(struct sources *s);       /* of runit and s6 */

/* These add the sources of one file, and make their drafts. */
void supervisor_map(struct sources *s, const char *path,
                    const struct items *all);
void procfile_map(struct sources *s, const char *path,
                  const struct items *all);

/* A setting that nothing has carried: it is dropped for that reason, or has to
 * be decided. */
struct rest {
	const char *key;
	const char *harmless;  /* NULL: not */
	const char *remedy;
};
void source_finish(struct source *s, const struct rest *rests, size_t count);

#endif
