/* SPDX-License-Identifier: MIT */
/* The labels of step.def. Knows nothing else. */
#include "model/step.h"

const char *const step_label[STEPS] = {
#define STEP(number, name, label, function) [number] = label,
#define STEP_LATE STEP
#define STEP_APART(number, name, label) [number] = label,
#include "model/step.def"
#undef STEP_APART
#undef STEP_LATE
#undef STEP
};
