/* SPDX-License-Identifier: MIT */
/* Started a second time, where PID 1 is what we would be: each of its services
 * would be there twice. Somebody has typed /sbin/init. */
#include "pid1/pid1.h"

#include "model/text.h"
#include "sys/message.h"

/* The image that it holds is a magic link, proc(5), for who may trace it. What
 * cannot be seen is no reason. */
static bool has_our_image(const char *path)
{
	struct stat ours, its;

	_Static_assert(FD_IMAGE == 105, "it is in a path");
	return sys_fstatat(AT_FDCWD, path, &ours, 0) == 0 &&
	       sys_fstatat(AT_FDCWD, "/proc/1/fd/105", &its, 0) == 0 &&
	       ours.st_ino == its.st_ino && ours.st_dev == its.st_dev;
}

bool twice(const struct pid1 *p)
{
	/* By the name of init we are nothing else. */
	if (p->is_init || p->snapshot != NULL ||
	    !(text_equal(text_base(p->path), "init") ||
	      has_our_image(p->image_path)))
		return false;
	message("connate: process 1 is that already: nothing was started",
	        NULL);
	return true;
}
