/* SPDX-License-Identifier: MIT */
/* How a session or a machine can end, and which signals ask for it. */
#ifndef MODEL_HALT_H
#define MODEL_HALT_H

#include <stdint.h>

/* EXIT: connate exits. The others are arguments of reboot(2). */
enum halt {
#define HALT(name, label, command) HALT_##name,
#include "model/halt.def"
#undef HALT
	HALTS
};

/* The columns of halt.def. */
extern const char *const halt_label[HALTS];
extern const uint32_t halt_command[HALTS];

/* What connate is: a process of a user; PID 1 of a container; PID 1 of a
 * machine. */
enum init { INIT_NONE, INIT_CONTAINER, INIT_MACHINE };

extern const uint64_t halt_of_images;

enum halt halt_of_signal(int signal, enum init init);

#endif
