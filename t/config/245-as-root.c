/* SPDX-License-Identifier: MIT */
/* AS_ROOT, where it cannot be or adds nothing. */
#include <connate/config.h>

int f(void);
int f(void)
{
	return 0;
}

static const struct service services[] = {
	SERVICE("right", .user = "12", .group = "12",
	        .setup = AS_ROOT(EXEC("/bin/true")),
	        .run = EXEC("/bin/cat"), .cleanup = AS_ROOT(CALL(f)),
	        .stop = AS_ROOT(SHELL("true")),
	        .reload = AS_ROOT(EXEC("/bin/true", "x"))),
	SERVICE("run", .user = "12", .group = "12",
	        .run = AS_ROOT(EXEC("/bin/cat"))),
	SERVICE("signal", .user = "12", .group = "12", .run = EXEC("/bin/cat"),
	        .reload = AS_ROOT(SIGNAL(SIGHUP))),
	SERVICE("nobody", .run = EXEC("/bin/cat"),
	        .setup = AS_ROOT(EXEC("/bin/true"))),
	SERVICE("caps", .run = EXEC("/bin/cat"), .capabilities = LIST(),
	        .setup = AS_ROOT(EXEC("/bin/true"))),
	SERVICE("path", .user = "12", .group = "12", .run = EXEC("/bin/cat"),
	        .setup = AS_ROOT(EXEC("true"))),
	SERVICE("command", .no_new_privs = true, .run = ARGUMENTS(),
	        .setup = AS_ROOT(EXEC("/bin/true"))),
};

CONNATE();
// expect: 17: error: service 'run': .run: AS_ROOT is for the commands beside it; without .user it runs by the rights of connate
// expect: 19: error: service 'signal': .reload: AS_ROOT takes EXEC, SHELL or CALL
// expect: 21: warning: service 'nobody': .setup: AS_ROOT adds nothing: the service has the rights of connate anyway
// expect: 25: error: service 'path': .setup: 'true' is not an absolute path; PATH is not searched
// expect: 27: error: service 'command': AS_ROOT does not go with ARGUMENTS()
