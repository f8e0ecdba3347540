/* SPDX-License-Identifier: MIT */
/* The steps of a child on its way to exec, as numbers and labels. */
#ifndef MODEL_STEP_H
#define MODEL_STEP_H

enum step {
#define STEP(name, label, function) STEP_##name,
#define STEP_APART(name, label) STEP_##name,
#include "model/step.def"
#undef STEP_APART
#undef STEP
	STEPS
};

extern const char *const step_label[STEPS];

#endif
