/* SPDX-License-Identifier: MIT */
/* What entering a state means to the kernel. */
#ifndef SUPERVISORD_PROCESS_EFFECT_H
#define SUPERVISORD_PROCESS_EFFECT_H

struct change;

void effect_do(const struct change *change);

#endif
