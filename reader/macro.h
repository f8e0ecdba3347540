/* SPDX-License-Identifier: MIT */
/* The preprocessor: tokens of a file and of those that it includes, with the
 * macros replaced. */
#ifndef READER_MACRO_H
#define READER_MACRO_H

#include "reader/token.h"

enum {
	DEPTH_MAX = 100,          /* macros in arguments of macros */
	INCLUDE_MAX = 40,         /* files that include each other */
	CONDITIONS_MAX = 60,      /* #ifdef in each other */
	PARAMETERS_MAX = 127,
	CALL_TOKENS_MAX = 1 << 19, /* of the arguments of a macro, or made */
	TOKENS_MAX = 60000000,    /* of a reading: some seconds */
};

struct macro {
	bool takes_arguments, takes_more; /* (a, b, ...) */
	bool busy;          /* it is being replaced: not again, inside */
	uint32_t parameters;
	struct name **parameter;
	struct token *body; /* sign of a name: its parameter, + 1 */
	uint32_t length;
	int (*special)(struct token *t); /* __LINE__ and the like */
};

void macros_begin(uint32_t source);
void macros_next(struct token *t);
void macros_forget(void);
const char *macros_skipped_header(void);

/* directive.c: tokens of the files alone. */
void directives_begin(uint32_t source);
void directives_next(struct token *t);

#endif
