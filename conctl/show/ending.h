/* SPDX-License-Identifier: MIT */
/* How a process has ended, in a few words. */
#ifndef CONCTL_SHOW_ENDING_H
#define CONCTL_SHOW_ENDING_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"

struct out;

void ending_write(struct out *out, uint32_t service, const struct record *r);
void exit_write(struct out *out, union ending e);
void failure_write(struct out *out, uint32_t service, const struct record *r);
void death_write(struct out *out, enum death death, int status);
bool exit_is_success(union ending e);
bool end_is_success(uint32_t i, union ending e);

#endif
