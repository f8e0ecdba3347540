/* SPDX-License-Identifier: MIT */
/* The steps of a child on its way to exec, as numbers and labels. */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

enum step {
#define STEP(number, name, label, function) STEP_##name = number,
#define STEP_APART(number, name, label) STEP_##name = number,
#include "model/step.def"
#undef STEP_APART
#undef STEP
};

enum {
	STEPS = 0                   /* how many; each number is below that */
#define STEP(...) +1
#define STEP_APART(...) +1
#include "model/step.def"
#undef STEP_APART
#undef STEP
};

extern const char *const step_label[STEPS];

#endif
