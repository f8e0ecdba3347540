/* SPDX-License-Identifier: MIT */
/* The end of a session, or of the machine. */
#ifndef SUPERVISORD_LOOP_HALT_H
#define SUPERVISORD_LOOP_HALT_H

#include <stdint.h>

#include "model/halt.h"
#include "model/state.h"

void halt_ask(enum halt halt, int code, uint64_t asked); /* by a request */
void halt_begin(enum halt halt, int code);  /* by supervisord itself */
void halt_go_on(void);                      /* as the ledger says */
void halt_plan(enum halt halt, uint64_t after_ms); /* HALT_NONE: cancel */
void halt_as_planned(void);                 /* if the time has come */
uint64_t halt_planned_ms(void);             /* that time; NEVER_MS */
int halt_code(uint32_t halt);               /* to end with */
void halt_with_primary(void);               /* if that has ended */
void halt_note(enum state state);           /* a service has entered it */
void halt_on_signal(int signal, enum init init, uint64_t asked);
void halt_pass_on(void);                    /* signals for the primary */

#endif
