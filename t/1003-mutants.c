/* SPDX-License-Identifier: MIT */
/* Are the stories and decisions enough? The tables of the model are made
 * wrong, one entry at a time, and something must break: for what a row or a
 * column does, a story; for when a row holds, a story or a decision. Must not
 * know what any of them says. */
#include <stdlib.h>
#include <string.h>

#include "t/model.h"
#include "t/mutable.h"
#include "t/stories.h"
#include "t/tap.h"

/* Faults that no test can see, and why. */
#define NEVER_BOTH                                                    \
	"a service that waits to stop is active, and two that conflict " \
	"are never both active (1004 says so)"

static const struct {
	const char *says, *because;
} equivalent[] = {
	{ "CONFLICTS: waits is ALWAYS", NEVER_BOTH },
	{ "CONFLICTS: waits is WAY", NEVER_BOTH },
	{ "CONFLICTS: waits is STALE", NEVER_BOTH },
	{ NULL, NULL },
};

static unsigned faults, by_story, by_decision, unseen;
static unsigned caught_by[STORIES];

static bool story_breaks(void)
{
	for (unsigned k = 0; k < STORIES; k++)
		if (story_tell(k) != NULL) {
			caught_by[k]++;
			return true;
		}
	return false;
}

static bool decision_breaks(void)
{
	for (unsigned k = 0; k < decision_count; k++) {
		const struct decision *d = &decisions[k];
		const struct rule *r = rule_pick(d->in, d->facts);

		if ((r != NULL ? (enum state)r->to : d->in) != d->to ||
		    mutable_holding(d->in, d->facts) > 1)
			return true;
	}
	return false;
}

static const char *excuse(const char *says)
{
	for (unsigned k = 0; equivalent[k].says != NULL; k++)
		if (strcmp(equivalent[k].says, says) == 0)
			return equivalent[k].because;
	return NULL;
}

static void visit(enum fault fault, const char *says)
{
	faults++;
	if (story_breaks()) {
		by_story++;
		return;
	}
	if (fault == FAULT_WHEN && decision_breaks()) {
		by_decision++;
		return;
	}
	unseen++;
	if (excuse(says) != NULL)
		note("no test can see: %s: %s", says, excuse(says));
	else
		ok(false, "no test has seen: %s", says);
}

int main(void)
{
	unsigned excused = sizeof(equivalent) / sizeof(equivalent[0]) - 1;

	ok(!story_breaks() && !decision_breaks(), "as it is, all is well");
	mutable_each(visit);
	note("%u faults: %u break a story, %u a decision", faults, by_story,
	     by_decision);
	ok(unseen == excused && by_story > 0 && by_decision > 0,
	   "every fault breaks something");
	ok(!story_breaks() && !decision_breaks(), "and all is well again");
	for (unsigned k = 0; getenv("VERBOSE") != NULL && k < STORIES; k++)
		note("%4u first broken by: %s", caught_by[k], story_says[k]);
	return done();
}
