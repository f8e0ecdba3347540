/* SPDX-License-Identifier: MIT */
/* What the checks of a service have found, in a few words. */
#ifndef CONCTL_SHOW_HEALTH_H
#define CONCTL_SHOW_HEALTH_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

struct out;

bool health_is_good(uint32_t service, const struct record *r);
const char *health_word(uint32_t service, const struct record *r);
void health_write(struct out *out, uint32_t service, const struct record *r);
void health_complain(struct out *out, uint32_t service,
                     const struct record *r);

#endif
