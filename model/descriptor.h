/* SPDX-License-Identifier: MIT */
/* The numbers of the shared descriptors, from descriptor.def. */
#ifndef MODEL_DESCRIPTOR_H
#define MODEL_DESCRIPTOR_H

enum descriptor {
#define DESCRIPTOR(name, number, what) FD_##name = number,
#include "model/descriptor.def"
#undef DESCRIPTOR
};

/* The ends of pipe k: for reading, and for writing. */
static inline int log_read_fd(unsigned k)
{
	return FD_LOG_FIRST + 2 * (int)k;
}

static inline int log_write_fd(unsigned k)
{
	return FD_LOG_FIRST + 2 * (int)k + 1;
}

#endif
