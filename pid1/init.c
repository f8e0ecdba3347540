/* SPDX-License-Identifier: MIT */
/* Started a second time, where PID 1 is connate already: a person has typed
 * /sbin/init. Each of its services would run twice. */
#include "pid1/pid1.h"

#include "model/text.h"
#include "sys/message.h"

/* Does process 1 hold the file that we would start as supervisord? Its
 * descriptor is a magic link (proc(5)) for a process that may trace it; false
 * where it cannot be seen. */
static bool init_has_image(const char *path)
{
	struct stat ours, its;

	_Static_assert(FD_IMAGE == 105, "it is in a path");
	return sys_fstatat(AT_FDCWD, path, &ours, 0) == 0 &&
	       sys_fstatat(AT_FDCWD, "/proc/1/fd/105", &its, 0) == 0 &&
	       ours.st_ino == its.st_ino && ours.st_dev == its.st_dev;
}

/* Is process 1 the connate that we would become? True: that was said on
 * standard error, and nothing was started. */
bool init_is_connate(const struct pid1 *p)
{
	/* By the name of init we are nothing else. */
	if (p->is_init || p->snapshot != NULL ||
	    !(text_equal(text_base(p->path), "init") ||
	      init_has_image(p->image_path)))
		return false;
	message("connate: process 1 is that already: nothing was started",
	        NULL);
	return true;
}
