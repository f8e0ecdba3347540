/* SPDX-License-Identifier: MIT */
/* The fields of a service: the rows of field.def. */
#ifndef CONCTL_SHOW_FIELD_H
#define CONCTL_SHOW_FIELD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

struct json;
struct out;

enum field {
#define FIELD(name, label, kind, show, detail, help) FIELD_##name,
#include "conctl/show/field.def"
#undef FIELD
	FIELDS
};

const char *field_label(enum field field);
bool field_is_list(enum field field);
void field_write(struct out *out, enum field field, uint32_t service,
                 const struct record *r);
void field_json(struct json *j, enum field field, uint32_t service,
                const struct record *r);
const char *state_colour(enum state state);

#endif
