/* SPDX-License-Identifier: MIT */
/* The members of a group. */
#ifndef CONCTL_SESSION_MEMBERS_H
#define CONCTL_SESSION_MEMBERS_H

#include <stdbool.h>
#include <stdint.h>

uint32_t members_of(uint32_t group, const uint32_t **members);
bool member_is_missing(uint32_t member);

#endif
