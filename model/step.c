/* SPDX-License-Identifier: MIT */
/* The labels of step.def. Knows nothing else. */
#include "model/step.h"

const char *const step_label[STEPS] = {
#define STEP(name, label, function) label,
#define STEP_APART(name, label) label,
#include "model/step.def"
#undef STEP_APART
#undef STEP
};
