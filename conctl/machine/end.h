/* SPDX-License-Identifier: MIT */
/* Asking for the end of the session. */
#ifndef CONCTL_MACHINE_END_H
#define CONCTL_MACHINE_END_H

#include <stdint.h>

#include "model/request.h"

struct order;

int ask_end(const struct order *o, enum request_verb verb, uint32_t argument);

#endif
