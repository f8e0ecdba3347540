/* SPDX-License-Identifier: MIT */
/* The session and its chosen services as JSON. */
#ifndef CONCTL_SHOW_DOCUMENT_H
#define CONCTL_SHOW_DOCUMENT_H

#include "conctl/session/supervisord.h"

void document_print(enum supervisord_state state, const struct report *report);

#endif
