/* SPDX-License-Identifier: MIT */
/* The session and its chosen services as JSON. */
#ifndef CONCTL_SHOW_STATUS_JSON_H
#define CONCTL_SHOW_STATUS_JSON_H

#include "conctl/session/supervisord.h"

void status_json(enum supervisord_state state, const struct report *report);

#endif
