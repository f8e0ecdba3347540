/* SPDX-License-Identifier: MIT */
/* What a service became, and of what. */
#ifndef READER_SHOW_H
#define READER_SHOW_H

#include "reader/unit.h"

bool show_service(const struct reading *r, const char *name);

#endif
