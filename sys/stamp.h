/* SPDX-License-Identifier: MIT */
/* A time as text. */
#ifndef SYS_STAMP_H
#define SYS_STAMP_H

#include <stddef.h>
#include <stdint.h>

enum { STAMP_BYTES = 21 };      /* 2031-12-24T18:00:00Z and a blank */

size_t stamp_write(char *to, uint64_t seconds);

#endif
