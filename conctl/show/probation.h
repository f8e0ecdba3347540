/* SPDX-License-Identifier: MIT */
/* Whether supervisord's image is on probation, or was rolled back. */
#ifndef CONCTL_SHOW_PROBATION_H
#define CONCTL_SHOW_PROBATION_H

#include <stdbool.h>

#include "model/ledger.h"

struct json;

struct probation probation_read(void);
void probation_say(void);
bool probation_print(void);
void probation_json(struct json *j);
bool probation_failed(void);

#endif
