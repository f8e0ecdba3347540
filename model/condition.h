/* SPDX-License-Identifier: MIT */
/* The conditions of .only_if, read from an item. */
#ifndef MODEL_CONDITION_H
#define MODEL_CONDITION_H

#include <stdbool.h>

enum condition_kind {
#define CONDITION(name, label, argument) CONDITION_##name,
#include "model/condition.def"
#undef CONDITION
	CONDITIONS
};

enum condition_argument { ARGUMENT_NONE, ARGUMENT_PATH, ARGUMENT_TEXT };

struct condition {
	enum condition_kind kind;   /* CONDITIONS: there is no such kind */
	bool negated;
	bool given;                 /* there is an argument */
	const char *argument;       /* "" if there is none */
};

struct condition condition_read(const char *text);
enum condition_argument condition_takes(enum condition_kind kind);
const char *condition_label(enum condition_kind kind);

#endif
