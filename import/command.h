/* SPDX-License-Identifier: MIT */
/* Commands: words, what becomes of variables in them, and how they are written
 * as EXEC or, where only the running service knows a variable, as SHELL. */
#ifndef IMPORT_COMMAND_H
#define IMPORT_COMMAND_H

#include <stdbool.h>

#include "import/item.h"
#include "import/specifier.h"
#include "import/split.h"

/* The variables that a command can use. MAINPID is not set, or is, or conctl is
 * asked for it, which root may do. */
struct variables {
	struct items set;       /* key: the name; value: as systemd has it */
	bool open;              /* there may be others when it runs */
	bool wrap;              /* `set` is given by env(1), not by .env */
	enum { PID_NONE, PID_GIVEN, PID_ASKED } main_pid; /* MAINPID */
	bool ended;             /* how the service has ended is given, too */
};

struct command {
	struct item *it;
	struct words words;     /* without prefixes; the first is the program */
	const char *argv0;      /* NULL: the program's path */
	bool fails;             /* its failure counts (no -) */
	bool literal;           /* : nothing is replaced */
	bool root;              /* + ! !! */
	const char *shell;      /* instead of words: text of a shell */
};

struct commands {
	struct command *command;
	size_t count, room;
};

/* Adds the commands of one setting of systemd; NULL, or why it is not taken. */
const char *command_read(struct commands *to, struct item *it,
                         const struct naming *n);
void command_add(struct commands *to, const struct command *c);

/* The one command, as C: EXEC(...) or SHELL(...). */
const char *command_c(const struct command *c, const struct variables *v);

/* All of them, one after another, as C. `always`: the next one runs even if one
 * has failed. */
const char *commands_c(const struct commands *all, const struct variables *v,
                       bool always);

/* The signal, if it is kill(1) of the main process; or VALUE_WRONG. */
int command_kill(const struct command *c);

/* True if one of its words is, or has in it, that variable. */
bool command_uses(const struct command *c, const char *variable);

#endif
