/* SPDX-License-Identifier: MIT */
/* Tells the stories, and puts the decisions to the rules. */
#include "t/model.h"
#include "t/mutable.h"
#include "t/stories.h"
#include "t/tap.h"

static void test_story(unsigned story)
{
	const char *why = story_tell(story);

	if (!ok(why == NULL, "%s", story_says[story]))
		note("%s", why);
}

static void test_decision(const struct decision *d)
{
	const struct rule *r = rule_pick(d->in, d->facts);
	enum state to = r != NULL ? (enum state)r->to : d->in;

	if (!ok(to == d->to && mutable_holding(d->in, d->facts) <= 1,
	        "%s: %s", state_label[d->in], d->says))
		note("it goes to %s, not %s", state_label[to],
		     state_label[d->to]);
}

int main(void)
{
	for (unsigned k = 0; k < STORIES; k++)
		test_story(k);
	for (unsigned k = 0; k < decision_count; k++)
		test_decision(&decisions[k]);
	return done();
}
