/* SPDX-License-Identifier: MIT */
/* The capabilities of the calling process (capabilities(7)). */
#ifndef SYS_CAPABILITY_H
#define SYS_CAPABILITY_H

#include <stdint.h>

/* Bit n is capability n of linux/capability.h. */
struct capabilities {
	uint64_t effective, permitted, inheritable;
};

#define CAPABILITY(n) (1ull << (n))

/* What this process has. 0, or -errno: see capget(2). */
int capabilities_get(struct capabilities *c);

/* From now on it has these. A capability that is no longer permitted, or no
 * longer inheritable, is not ambient any more either. 0, or -errno: see
 * capset(2); a sandbox may refuse the call itself. */
int capabilities_set(const struct capabilities *c);

#endif
