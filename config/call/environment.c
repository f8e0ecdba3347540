/* SPDX-License-Identifier: MIT */
/* The environment of the service: supervisord's child puts it there before it
 * calls a function (supervisord/process/child.c). */
#include "config/call/file.h"

#include "supervisord/base/supervisor.h"

char *const *call_environment(void)
{
	return supervisor.envp;
}
