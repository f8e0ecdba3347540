/* SPDX-License-Identifier: MIT */
/* Messages about services on standard error. */
#ifndef SUPERVISORD_BASE_SAY_H
#define SUPERVISORD_BASE_SAY_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/world.h"

struct change;

int say_error(const char *what, int error); /* returns error */
void say_change(const struct change *change);
void say_end(uint32_t service, union ending ending);
void say_step(uint32_t service, uint32_t failure); /* in a helper */
void say_helper(uint32_t service, enum helper_kind kind, uint32_t failure,
                union ending ending);
void say_no_room(uint32_t service, int error);
void say_full(uint32_t service);
void say_unbound(uint32_t service, const char *address, int error);
void say_signal_failed(uint32_t service, int signal, int error);

#endif
