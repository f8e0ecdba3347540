/* SPDX-License-Identifier: MIT */
/* The functions of CALL: each has one number, in the order of the file. */
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

enum { ACTIONS = 7 }; /* of a service */

/* A use of a function: the n-th action of all. */
struct use {
	const char *name;
	uint32_t number, service;
};

static int function_by_name(const void *a, const void *b)
{
	const struct use *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (order != 0)
		return order;
	return x->number < y->number ? -1 : x->number > y->number;
}

static int function_by_number(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static bool is_call(const struct config_action *a)
{
	return a->action == CONFIG_ACTION_CALL && a->function != NULL;
}

static uint32_t uses_of(const struct config *c, struct use *uses)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < c->count; i++) {
		const struct config_service *s = service_of(c, i);
		const struct config_action *actions[ACTIONS] = {
			&s->setup, &s->run, &s->cleanup, &s->stop, &s->reload,
			&s->started, &s->check.command,
		};

		for (int k = 0; k < ACTIONS; k++)
			if (is_call(actions[k])) {
				uses[count] =
					(struct use){ actions[k]->function,
					              count, i };
				count++;
			}
	}
	return count;
}

static uint32_t keep_firsts(struct use *uses, uint32_t count)
{
	uint32_t kept = 0;

	qsort(uses, count, sizeof(*uses), function_by_name);
	for (uint32_t k = 0; k < count; k++)
		if (kept == 0 || strcmp(uses[kept - 1].name, uses[k].name) != 0)
			uses[kept++] = uses[k];
	qsort(uses, kept, sizeof(*uses), function_by_number);
	return kept;
}

static int function_by_text(const void *a, const void *b)
{
	return strcmp(((const struct use *)a)->name,
	              ((const struct use *)b)->name);
}

/* For functions_find(): the same by name, each with its number. */
static struct use *functions_sorted(const struct use *uses, uint32_t count)
{
	struct use *made = memory_new(count, sizeof(*made));

	for (uint32_t k = 0; k < count; k++)
		made[k] = (struct use){ uses[k].name, k, uses[k].service };
	qsort(made, count, sizeof(*made), function_by_text);
	return made;
}

static const struct use *use_of(const struct use *uses, uint32_t count,
                                const char *name)
{
	for (uint32_t k = 0; k < count; k++)
		if (strcmp(uses[k].name, name) == 0)
			return &uses[k];
	return NULL;
}

/* Functions that an image has keep their numbers; all up to the last one that
 * is used are in the table. All uses must be of these. */
static uint32_t number_known(struct use *uses, uint32_t count,
                             const struct options *o)
{
	struct use *all = memory_new(o->calls, sizeof(*all));
	uint32_t last = 0;

	for (uint32_t k = 0; k < o->calls; k++) {
		const struct use *use = use_of(uses, count, o->call[k]);

		all[k] = (struct use){ o->call[k], k,
			               use != NULL ? use->service : 0 };
		last = use != NULL ? k + 1 : last;
	}
	for (uint32_t k = 0; k < last; k++)
		uses[k] = all[k];
	free(all);
	return last;
}

struct functions functions_gather(const struct config *c,
                                  const struct options *o)
{
	struct use *uses =
		memory_new(ACTIONS * c->count + o->calls, sizeof(*uses));
	struct functions f = { .count = keep_firsts(uses, uses_of(c, uses)) };

	if (o->calls > 0)
		f.count = number_known(uses, f.count, o);
	f.name = memory_new(f.count, sizeof(*f.name));
	f.user = memory_new(f.count, sizeof(*f.user));
	for (uint32_t k = 0; k < f.count; k++) {
		f.name[k] = uses[k].name;
		f.user[k] = uses[k].service;
	}
	f.sorted = functions_sorted(uses, f.count);
	free(uses);
	return f;
}

uint32_t functions_find(const struct functions *f, const char *name)
{
	const struct use wanted = { .name = name };
	const struct use *at = bsearch(&wanted, f->sorted, f->count,
	                               sizeof(*f->sorted), function_by_text);

	return at != NULL ? at->number : f->count;
}
