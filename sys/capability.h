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

int capabilities_get(struct capabilities *c);
int capabilities_set(const struct capabilities *c);

#endif
