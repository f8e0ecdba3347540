/* SPDX-License-Identifier: MIT */
/* The environment of the service: supervisord's child puts it there before it
 * calls a function (supervisord/process/child.c). */
#include "config/call/file.h"

#include "supervisord/base/supervisor.h"

/* The environment of the service that the function is called for. */
char *const *call_environment(void)
{
	return supervisor.envp;
}
