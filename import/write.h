/* SPDX-License-Identifier: MIT */
/* Drafts as a configuration, and what has to be said about all of them. */
#ifndef IMPORT_WRITE_H
#define IMPORT_WRITE_H

#include "import/draft.h"

/* How a configuration begins and ends; `whole`: for the compiler. */
void write_begin(struct text *t, bool whole);
void write_draft(struct text *t, const struct draft *d);
void write_end(struct text *t, bool whole);

struct total {
	size_t services, clear, carried, dropped, hardening, decisions;
};

/* A line of the summary; `decisions` and, if `all`, the rest below it. */
void summary_begin(struct text *t);
void summary_draft(struct text *t, struct total *sum, const struct draft *d);
void summary_decisions(struct text *t, const struct draft *d, bool all);
void summary_end(struct text *t, const struct total *sum);

#endif
