/* SPDX-License-Identifier: MIT */
/* The rare words of a service, as its table has them: a list of texts, items
 * that supervisord does not read. An item is the letter of its kind
 * (model/word.def) and, behind it:
 *
 * ENV_FILE: a path, behind '-' if the file may be missing.
 * FOLDER:   enum folder_kind, mode, 1 if that was given, uid and gid, TABLE_NONE
 *           if not given, each followed by a blank; then the path, or the name
 *           below the standard folder of that kind.
 *
 * ONLY_IF:  a condition: '!' if it must not hold, the name of its kind
 *           (model/condition.def), and, if that has an argument, ':' and that;
 *           of a capability its number, a blank, and its name.
 *
 * IGNORE:   the number of a signal.
 * ERRORS:   permissions of a new file and a blank, 1 to empty it, else 0, and a
 *           blank, and its path.
 * TTY:      a path.
 * AS_ROOT:  "setup", "cleanup", "stop", "reload" or "started": which of its
 *           actions keeps the rights of connate.
 * BUS:      's' for the bus of the session, 'm' for that of the machine, and the
 *           name that is owned when the service is ready.
 * CHECK:    .every, .timeout, .failures, .start, and 1 to tell alone, else 0, each
 *           followed by a blank; times in milliseconds.
 *
 * A kind that this version does not know is one of a later version. */
#ifndef MODEL_WORDS_H
#define MODEL_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "model/table.h"

enum word_kind {
#define WORD(name, letter, label) WORD_##name = letter,
#include "model/word.def"
#undef WORD
};

/* A folder of a service: below the standard folder of its kind, or, PATH, at an
 * absolute path. */
enum folder_kind {
	FOLDER_RUNTIME,             /* goes with the service */
	FOLDER_STATE,
	FOLDER_CACHE,
	FOLDER_LOGS,
	FOLDER_CONFIG,
	FOLDER_KINDS,               /* with a standard folder */
	FOLDER_PATH = FOLDER_KINDS,
};

struct folder {
	uint32_t kind;              /* enum folder_kind */
	uint32_t mode;              /* permissions */
	uint32_t uid, gid;          /* TABLE_NONE: not given */
	bool sets_mode;             /* its mode was given */
	const char *name;
};

uint32_t word_number(const char **text);
bool folder_read(const struct table *t, struct table_list *rest,
                 struct folder *f);

/* What a process of a service is for, as its child tells prepare/: one number.
 * refused: errno, if it was to have a pid namespace and has none. */
struct task {
	uint32_t service;
	uint32_t action;            /* offset of it in struct table_service */
	uint32_t refused;
	bool helper;                /* it runs beside the service's process */
};

enum { TASK_ACTION = 20, TASK_HELPER = 30, TASK_REFUSED = 31 };

static inline uint64_t task_pack(struct task task)
{
	return task.service | (uint64_t)task.action << TASK_ACTION |
	       (uint64_t)task.helper << TASK_HELPER |
	       (uint64_t)task.refused << TASK_REFUSED;
}

static inline struct task task_unpack(uint64_t number)
{
	return (struct task){
		.service = number & ((1u << TASK_ACTION) - 1),
		.action = number >> TASK_ACTION &
		          ((1u << (TASK_HELPER - TASK_ACTION)) - 1),
		.helper = number >> TASK_HELPER & 1,
		.refused = (uint32_t)(number >> TASK_REFUSED),
	};
}

_Static_assert(SERVICES_MAX <= 1 << TASK_ACTION, "a service fits");
_Static_assert(sizeof(struct table_service) <=
                       1 << (TASK_HELPER - TASK_ACTION),
               "an action fits");

/* EXEC of this alone: no more than what prepare/ does after a clean-up. */
#define WORDS_REMOVE "-"

const char *word_next(const struct table *t, struct table_list *rest,
                      enum word_kind kind);
bool word_as_root(const struct table *t, const struct table_service *s,
                  uint32_t action);
bool word_removes(const struct table *t, const struct table_action *a);

#endif
