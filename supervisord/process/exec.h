/* SPDX-License-Identifier: MIT */
/* Whether a child has done exec, which nothing announces. */
#ifndef SUPERVISORD_PROCESS_EXEC_H
#define SUPERVISORD_PROCESS_EXEC_H

#include <stdbool.h>
#include <stdint.h>

/* When to look again. */
struct exec_look {
	uint32_t pause_ms;
	uint64_t at_ms;
};

void exec_look_begin(struct exec_look *look, uint64_t now_ms);
void exec_look_again(struct exec_look *look, uint64_t now_ms);
bool exec_is_done(int32_t pid);             /* or it has ended */

#endif
