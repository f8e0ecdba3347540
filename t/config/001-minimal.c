/* SPDX-License-Identifier: MIT */
/* The least. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("hello", .run = EXEC("/bin/sleep", "infinity")),
};

CONNATE();
// table: table services 1 profiles 1 edges 0 calls 0 vector 4
// table: table source 001-minimal.c lock -
// table: hello line 6 target up ready 0
// table: hello run '/bin/sleep' 'infinity'
// table: hello stop signal 15
// table: hello log inherit
// table: hello max 10000 10000 2000 10000
// table: hello retry doubling 100 10000 attempts 0 failure 0 healthy 10000
// table: hello ids -1 -1
// table: hello umask -1 nice 0 privs 0
