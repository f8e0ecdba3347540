/* SPDX-License-Identifier: MIT */
/* What services have said, from where their logger has it: a file with those that
 * were turned before it, or memory; each is one journal, read from either end. */
#ifndef CONCTL_SHOW_JOURNAL_H
#define CONCTL_SHOW_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "conctl/session/ring.h"
#include "conctl/show/pages.h"

enum {
	JOURNALS_MAX = 8192,        /* 4096 services of a logger, in a file and
	                               in memory */
	SUFFIX_MAX = 40,            /* .20311224T180000.123456Z.gz */
};

/* A place in a journal, before a line. */
struct place {
	char suffix[SUFFIX_MAX];    /* of a turned file; "": the file itself */
	int64_t at;
};

struct journal {
	uint32_t service;           /* TABLE_NONE: of all that log to it */
	uint32_t logger;
	const char *folder, *name;  /* of the file: FOLDER/NAME.log, or FOLDER
	                               alone; NULL: it is in memory */
	bool plain;                 /* lines without a time */
	bool follows;               /* new lines are to be looked for */
	struct ring_view ring;
	uint32_t entry;             /* of the ring; RING_ENTRIES: not yet */
	uint64_t seen;              /* bytes of it that were ever written */
	uint64_t before;            /* key: later lines are in a file */
	uint64_t inode;             /* of the open file */
	uint64_t last;              /* the key of the line printed last */
	uint64_t after;             /* up to that key lines were printed before
	                               another table came into force; or 0 */
	struct pages pages;
	struct place place;         /* where the next line begins, or the one
	                               before it ends */
};

extern struct journal journals[JOURNALS_MAX];
extern uint32_t journals_count;

enum where { WHERE_FOUND, WHERE_NOWHERE, WHERE_INHERITED, WHERE_OTHER,
	     WHERE_REFUSED };

void journals_begin(void);
enum where journal_add(uint32_t service);
enum where journal_add_history(void);
void journals_join(void);
void journals_leave(void);
void journals_return(void);
const char *journal_path(const struct journal *j);

void journal_seek(struct journal *j, uint64_t key);
void journal_go(struct journal *j, const struct place *place);
bool journal_prev(struct journal *j, struct text_line *line);
bool journal_next(struct journal *j, struct text_line *line);
uint64_t journal_refresh(struct journal *j);

#endif
