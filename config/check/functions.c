/* SPDX-License-Identifier: MIT */
/* The functions of CALL: each has one number, in the order of the file. */
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

/* A use of a function: the n-th action of all. */
struct use {
	const char *name;
	uint32_t number, service;
};

static int by_name(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order != 0)
		return order;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int by_number(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static uint32_t uses_of(const struct config *c, struct use *uses)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		const struct config_service *s = service_of(c, i);
		const struct config_action *actions[] = {
			&s->setup, &s->run, &s->cleanup,
		};

		for (int k = 0; k < 3; k++)
			if (actions[k]->action == CONFIG_ACTION_CALL) {
				uses[count] = (struct use){
					actions[k]->function, count, i };
				count++;
			}
	}
	return count;
}

static uint32_t keep_firsts(struct use *uses, uint32_t count)
{
	uint32_t kept = 0;

	qsort(uses, count, sizeof(*uses), by_name);
	for (uint32_t k = 0; k < count; k++)
		if (kept == 0 ||
		    strcmp(uses[kept - 1].name, uses[k].name) != 0)
			uses[kept++] = uses[k];
	qsort(uses, kept, sizeof(*uses), by_number);
	return kept;
}

struct functions functions_gather(const struct config *c)
{
	struct use *uses = memory_new(3 * c->count, sizeof(*uses));
	struct functions f = { .count = keep_firsts(uses, uses_of(c, uses)) };

	f.name = memory_new(f.count, sizeof(*f.name));
	f.user = memory_new(f.count, sizeof(*f.user));
	for (uint32_t k = 0; k < f.count; k++) {
		f.name[k] = uses[k].name;
		f.user[k] = uses[k].service;
	}
	free(uses);
	return f;
}

uint32_t functions_find(const struct functions *f, const char *name)
{
	uint32_t k = 0;

	while (k < f->count && strcmp(f->name[k], name) != 0)
		k++;
	return k;
}
