/* SPDX-License-Identifier: MIT */
/* What the files of prepare/ share: the service, the process that it is for, and
 * where it failed. */
#ifndef PREPARE_PREPARE_H
#define PREPARE_PREPARE_H

#include <stdint.h>

#include "model/table.h"
#include "model/words.h"
#include "supervisord/process/child.h"

struct prepared {
	const struct ledger *ledger; /* by which the process was started */
	const struct table *table;
	const struct table_service *s;
	struct task task;
	struct child child;         /* for the steps that it takes in place of
	                               the child of supervisord */
	bool first;                 /* the first process of an attempt */
	bool checks;                /* it is for .check */
	uint32_t item;              /* which item of its list a step is at */
	char **argv;
};

/* Each takes its step: 0 or -errno, or 1 to skip the service; which item failed is in p->item. */
int only_if_take(struct prepared *p);
int tty_take(struct prepared *p);
int errors_take(struct prepared *p);
int ignore_take(struct prepared *p);
int bus_take(struct prepared *p);
int env_file_take(struct prepared *p);
int folders_take(struct prepared *p);
bool folders_go(const struct prepared *p);
int folders_remove(struct prepared *p);
int remove_tree(int parent, const char *name);
void checks_run(struct prepared *p);

/* environment.c: the environment of the program. */
void environment_begin(char **envp, const char *first);
int environment_set(const char *entry);
const char *environment_value(const char *name);
const char **environment_all(void);

/* env_text.c: the text of an environment file as entries. */
struct env_text {
	const char *at, *end;       /* what is left of it */
	uint32_t line;              /* where `at` is, from 1 */
	char *entry, *room_end;     /* where entries are written to */
	const char *wrong;          /* of the last entry; NULL: nothing */
	uint32_t wrong_line;
};

const char *env_text_next(struct env_text *text);

#endif
