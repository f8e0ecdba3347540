/* SPDX-License-Identifier: MIT */
/* The fields of a service in the words of a configuration: the rows of
 * part.def. */
#ifndef CONCTL_UPGRADE_VALUE_H
#define CONCTL_UPGRADE_VALUE_H

#include <stdint.h>

#include "model/table.h"

struct out;

enum part {
#define PART(name, show, detail) PART_##name,
#include "conctl/upgrade/part.def"
#undef PART
	PARTS
};

/* A service, and the text of one of its fields. */
struct value {
	const struct table *table;
	uint32_t index;
	struct table_service service;
	struct table_profile profile;
	struct out *out;            /* a buffer, which cuts the text */
	uint64_t sum;               /* of the whole text: equal if that is */
};

struct value value_of(const struct table *t, uint32_t service,
                      struct out *out);
void value_write(struct value *v, enum part part);
const char *part_label(enum part part);
void length_write(struct out *out, uint32_t ms);
void quoted_write(struct out *out, const char *text);

#endif
