/* SPDX-License-Identifier: MIT */
/* A process that a service has left. */
#ifndef CONCTL_SESSION_LEFT_H
#define CONCTL_SESSION_LEFT_H

#include <stdint.h>

enum { LEFT_NAME = 32 };            /* comm has 15 bytes */

int left_find(uint32_t service, char name[LEFT_NAME]);

#endif
