/* SPDX-License-Identifier: MIT */
/* Another image for a connate that runs: by conctl. */
#ifndef READER_APPLY_H
#define READER_APPLY_H

struct apply {
	const char *conctl, *pid; /* pid: NULL, or as conctl -p has it */
};

int apply_show(const struct apply *a, const char *image);
int apply_exec(const struct apply *a, const char *image);

#endif
