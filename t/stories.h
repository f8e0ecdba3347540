/* SPDX-License-Identifier: MIT */
/* The stories: what a user sees of each rule and each effect, told in the fake
 * world; and the decisions: what each guard of each rule is for. Both 1002,
 * which tells them, and 1003, which proves that they are complete, use them.
 */
#ifndef T_STORIES_H
#define T_STORIES_H

#include <stdint.h>

#include "model/state.h"

enum {
#define STORY(name, says) STORY_##name,
#include "t/story.def"
#undef STORY
	STORIES
};

/* Why it is not as the story says, or NULL. */
const char *story_tell(unsigned story);
extern const char *const story_says[STORIES];

struct decision {
	enum state in;
	uint32_t facts;             /* these, and none else */
	enum state to;              /* the same: it stays */
	const char *says;
};

extern const struct decision decisions[];
extern const unsigned decision_count;

#endif
