/* SPDX-License-Identifier: MIT */
/* When a shutdown is to be. */
#ifndef CONCTL_MACHINE_WHEN_H
#define CONCTL_MACHINE_WHEN_H

#include <stdint.h>

const char *when_parse(const char *text, uint64_t *seconds);
const char *when_text(uint64_t seconds);        /* " in 5 min" */

#endif
