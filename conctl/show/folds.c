/* SPDX-License-Identifier: MIT */
/* A service that ends in the same way again and again is one line: how often, and
 * between when and when. How often is known behind the last end, and the line
 * stands at the first one: so a history is read twice, and loops are numbered in
 * the order in which they begin. A bounded number of services and loops; beyond
 * that nothing is folded. Knows no file. */
#include "conctl/show/folds.h"

#include "model/text.h"

enum {
	SLOTS = 4096,               /* a power of two */
	LOOPS = 16384,
	LEAST = 3,                  /* ends of a loop */
	NONE = UINT32_MAX,
};

/* Ends that are further apart are no loop: ten minutes, in keys. */
#define GAP (600ull * 1000000)

/* What a service is in. */
static struct slot {
	char name[ACCOUNT_NAME];
	char why[ACCOUNT_WORDS];    /* of the ends of its loop */
	uint32_t loop;              /* NONE: in no loop */
	uint32_t ends;              /* of that loop, up to now */
	uint64_t key;               /* of the last end */
} slots[SLOTS];

static struct loop loops[LOOPS];
static uint32_t opened;
static bool shows;                  /* the second time */

/* Begins to read a history for the first or the second time. */
void folds_begin(bool second)
{
	__builtin_memset(slots, 0, sizeof(slots));
	opened = 0;
	shows = second;
}

/* The slot of that service; NULL: all are taken by others. */
static struct slot *slot_of(const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (const char *c = name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (uint32_t k = 0; k < SLOTS; k++) {
		struct slot *s = &slots[(hash + k) % SLOTS];

		if (s->name[0] == '\0') {
			__builtin_memcpy(s->name, name, text_length(name) + 1);
			s->loop = NONE;
		}
		if (text_equal(s->name, name))
			return s;
	}
	return NULL;
}

/* Has its process ended, and is it tried again? */
static bool is_end(const struct account *a)
{
	bool ran = a->from == STATE_SETTING_UP || a->from == STATE_STARTING ||
	           a->from == STATE_UP || a->from == STATE_STOPPING ||
	           a->from == STATE_FORCE_DOWN;

	return a->kind == KIND_STATE && ran &&
	       (a->to == STATE_RETRYING || a->to == STATE_CLEANING_UP);
}

/* Does this end the loop that it was in? */
static bool breaks(const struct slot *s, const struct account *a)
{
	if (is_end(a))
		return !text_equal(s->why, a->why) || a->key < s->key ||
		       a->key - s->key > GAP;
	return a->to == STATE_FAILED || a->to == STATE_DOWN ||
	       a->to == STATE_SKIPPED || text_starts(a->why, "asked");
}

static void take_end(struct slot *s, const struct account *a)
{
	struct loop *l;

	if (s->loop == NONE) {
		s->loop = opened++;
		s->ends = 0;
		__builtin_memcpy(s->why, a->why, sizeof(s->why));
		if (!shows && s->loop < LOOPS)
			loops[s->loop].count = 0;
	}
	s->key = a->key;
	s->ends++;
	if (shows || s->loop >= LOOPS)
		return;
	l = &loops[s->loop];
	l->count++;
	__builtin_memcpy(l->last, a->time, sizeof(l->last));
}

/* What to do with the next line of the history; *loop: what it is folded into. The
 * first time only counts. */
enum fold folds_take(const struct account *a, const struct loop **loop)
{
	struct slot *s = a->kind == KIND_STATE ? slot_of(a->service) : NULL;
	uint32_t before;

	if (a->kind == KIND_BOOT || a->kind == KIND_SESSION)
		for (uint32_t k = 0; k < SLOTS; k++)
			slots[k].loop = NONE;
	if (s == NULL)
		return FOLD_SHOW;
	if (s->loop != NONE && breaks(s, a))
		s->loop = NONE;
	before = s->loop;
	if (is_end(a))
		take_end(s, a);
	if (!shows || s->loop >= LOOPS)
		return FOLD_SHOW;
	*loop = &loops[s->loop];
	if ((*loop)->count < LEAST ||
	    (s->ends >= (*loop)->count && !is_end(a)))
		return FOLD_SHOW;   /* what comes behind the last end */
	return before == NONE ? FOLD_FOLDED : FOLD_INSIDE;
}
