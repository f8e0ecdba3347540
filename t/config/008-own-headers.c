/* SPDX-License-Identifier: MIT */
/* A configuration may include headers of libc. */
#include <signal.h>
#include <stdio.h>
#include <connate/config.h>
#include <sys/types.h>
#include <unistd.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .stop = SIGNAL(SIGUSR1)),
};

CONNATE();
