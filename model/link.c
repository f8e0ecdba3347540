/* SPDX-License-Identifier: MIT */
/* Messages of the link: made, and checked on receipt. Knows no kernel. */
#include "model/link.h"

#include <stddef.h>

#include "model/halt.h"

/* A message of that kind. a, b, c: as link.def says; 0 where it says nothing.
 * Its number is 0: connate sets it when it sends the message. */
struct link link_make(enum link_kind kind, int32_t a, int32_t b, int32_t c)
{
	return (struct link){ LINK_MAGIC, kind, a, b, c, 0 };
}

/* Why these `size` bytes are no message, as words for a person; or NULL. m need
 * not hold more than `size` bytes. */
const char *link_check(const struct link *m, uint64_t size)
{
	if (size != sizeof(*m) || m->magic != LINK_MAGIC)
		return "it is no message";
	if (m->kind == LINK_NONE || m->kind >= LINKS)
		return "it is of an unknown kind";
	if (m->kind == LINK_HALT && (m->a <= HALT_NONE || m->a >= HALTS))
		return "it halts in an unknown way";
	return NULL;
}
