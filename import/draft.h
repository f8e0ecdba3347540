/* SPDX-License-Identifier: MIT */
/* A service as it is going to be written: fields with their origins, and what
 * has to be said beside them. */
#ifndef IMPORT_DRAFT_H
#define IMPORT_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "import/item.h"
#include "import/text.h"

enum remark_kind { REMARK_DECIDE, REMARK_DROPPED, REMARK_HARDENING, REMARK_NOTE };

struct remark {
	enum remark_kind kind;
	const char *text;
};

struct field {
	const char *name;      /* ".env" */
	struct text value;     /* as C; of a list, what stands in its brackets */
	struct text origin;    /* places, or whose default it is */
	bool list;
};

struct draft {
	const char *name;      /* of the service */
	const char *title;     /* file, and what it is for people */
	const char *defaults;  /* whose a default is: "systemd's default" */
	struct field *field;
	size_t fields;
	struct remark *remark;
	size_t remarks;
	size_t carried;        /* settings */
};

const char *item_place(const struct item *it);

void draft_set(struct draft *d, struct item *it, const char *field,
               const char *format, ...) PRINTF(4, 5);
void draft_list(struct draft *d, struct item *it, const char *field,
                const char *element);
void draft_carry(struct draft *d, struct item *it);
bool draft_has(const struct draft *d, const char *field);
bool draft_lists(const struct draft *d, const char *field, const char *element);

void draft_decide(struct draft *d, struct item *it, const char *format, ...)
	PRINTF(3, 4);
void draft_drop(struct draft *d, struct item *it, const char *why);
void draft_harden(struct draft *d, struct item *it);
void draft_note(struct draft *d, const char *format, ...) PRINTF(2, 3);
size_t draft_count(const struct draft *d, enum remark_kind kind);

#endif
