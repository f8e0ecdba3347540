/* SPDX-License-Identifier: MIT */
/* The steps of a child on its way to exec, as numbers and labels. */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

enum step {
#define STEP(number, name, label, function) STEP_##name = number,
#define STEP_LATE STEP
#define STEP_APART(number, name, label) STEP_##name = number,
#include "model/step.def"
#undef STEP_APART
#undef STEP_LATE
#undef STEP
};

enum {
	STEPS = 0                   /* how many; each number is below that */
#define STEP(...) +1
#define STEP_LATE STEP
#define STEP_APART(...) +1
#include "model/step.def"
#undef STEP_APART
#undef STEP_LATE
#undef STEP
};

/* record.failure: the number of the step, its errno, and, of a step that does
 * something for each item of a list, which item that was. */
enum { STEP_ERROR = 0xfff, STEP_ITEM = 12, STEP_NUMBER = 16, STEP_ITEMS = 16,
	STEP_FORMER = 1 << 27,      /* by another definition than the present */
};

static inline unsigned failure_step(unsigned failure)
{
	return (failure & ~(unsigned)STEP_FORMER) >> STEP_NUMBER;
}

extern const char *const step_label[STEPS];

#endif
