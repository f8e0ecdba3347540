/* SPDX-License-Identifier: MIT */
/* What a service became, and of what. */
#ifndef READER_SHOW_H
#define READER_SHOW_H

#include "reader/unit.h"

void show_finding(void *reading, uint32_t at, const char *line);
bool show_service(const struct reading *r, const char *name);

#endif
