/* SPDX-License-Identifier: MIT */
/* Untrusted bytes to a message of the link. Knows no kernel. */
#include "model/link.h"

#include <stddef.h>

struct link link_make(enum link_kind kind, int32_t a, int32_t b, int32_t c)
{
	return (struct link){ LINK_MAGIC, kind, a, b, c, 0 };
}

const char *link_check(const struct link *m, uint64_t size)
{
	if (size != sizeof(*m) || m->magic != LINK_MAGIC)
		return "it is no message of the link";
	if (m->kind == LINK_NONE || m->kind >= LINKS)
		return "it is of an unknown kind";
	if (m->kind == LINK_HALT && (m->a <= HALT_NONE || m->a >= HALTS))
		return "it halts in an unknown way";
	return NULL;
}
