/* SPDX-License-Identifier: MIT */
/* Asking supervisord for something, and explaining what it refuses. */
#ifndef CONCTL_CHANGE_ASK_H
#define CONCTL_CHANGE_ASK_H

#include <stdint.h>

#include "model/ledger.h"
#include "model/request.h"

struct order;

/* For a path, with its NUL. */
enum { REQUEST_PATH_BYTES = REQUEST_RANGES * sizeof(struct request_range) };

int ask(const struct order *o, enum request_verb verb, uint32_t argument);
int ask_about_none(const struct order *o, enum request_verb verb,
                   uint32_t argument);
int ask_path(const struct order *o, enum request_verb verb, const char *path,
             struct answer *answer);

#endif
