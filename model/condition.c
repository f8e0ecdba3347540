/* SPDX-License-Identifier: MIT */
/* The conditions of .only_if, read from an item. Knows not whether they hold. */
#include "model/condition.h"

#include "model/text.h"

static const struct {
	const char *label;
	enum condition_argument argument;
} rows[CONDITIONS] = {
#define CONDITION(name, label, argument) { label, ARGUMENT_##argument },
#include "model/condition.def"
#undef CONDITION
};

/* A condition as it stands in a configuration: "!path:/x". */
struct condition condition_read(const char *text)
{
	struct condition c = { .kind = CONDITIONS, .argument = "" };

	c.negated = *text == '!';
	text += c.negated;
	for (unsigned k = 0; k < CONDITIONS; k++) {
		size_t length = text_length(rows[k].label);

		if (!text_starts(text, rows[k].label) ||
		    (text[length] != ':' && text[length] != '\0'))
			continue;
		c.kind = (enum condition_kind)k;
		c.given = text[length] == ':';
		c.argument = text + length + c.given;
	}
	return c;
}

/* What stands behind the colon. */
enum condition_argument condition_takes(enum condition_kind kind)
{
	return rows[kind].argument;
}

/* Its name. */
const char *condition_label(enum condition_kind kind)
{
	return rows[kind].label;
}
