/* SPDX-License-Identifier: MIT */
/* The tables of commands and options, and what there is to say of them. */
#ifndef CONCTL_HELP_H
#define CONCTL_HELP_H

#include <stdbool.h>
#include <stddef.h>

#include "conctl/base/order.h"

struct out;

enum {
	VERBS = 0
#define VERB(...) +1
#include "conctl/verb.def"
#undef VERB
};

/* A row of option.def. */
struct option {
	char letter;
	const char *word, *value;
	bool everywhere;
	const char *help;
};

enum {
	OPTIONS = 0
#define OPTION(...) +1
#include "conctl/option.def"
#undef OPTION
};

extern const struct verb verbs[VERBS];
extern const struct option option_rows[OPTIONS];

size_t verb_find(const char *name);
bool verb_takes(const struct verb *v, char letter);
const struct option *option_find(const char *word);
void usage_line(struct out *out, const struct verb *v);
void help_about(const struct verb *v);
int unknown_command(const char *name);

int help_run(const struct order *o);
int version_run(const struct order *o);

#endif
