/* SPDX-License-Identifier: MIT */
/* Times out of range. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .max_setup = SECONDS(-1)),
	SERVICE("b", .run = EXEC("/bin/cat"), .max_ready = SECONDS(0)),
	SERVICE("c", .run = EXEC("/bin/cat"), .max_stop = SECONDS(0)),
	SERVICE("d", .run = EXEC("/bin/cat"), .max_cleanup = MILLISECONDS(0)),
	SERVICE("e", .run = EXEC("/bin/cat"), .healthy = SECONDS(-0.5)),
	SERVICE("f", .run = EXEC("/bin/cat"),
	        .max_stop = SECONDS(11LL * 365 * 24 * 60 * 60)),
	SERVICE("g", .run = EXEC("/bin/cat"),
	        .max_stop = MILLISECONDS(49LL * 24 * 60 * 60 * 1000 + 1)),
	SERVICE("h", .run = EXEC("/bin/cat"), .max_stop = { 5, 0 }),
	SERVICE("i", .run = EXEC("/bin/cat"), .ready = READY_NOTIFY,
	        .max_ready = SECONDS(2 * 60 * 60)),
	SERVICE("j", .run = EXEC("/bin/cat"), .healthy = FOREVER,
	        .max_setup = FOREVER, .max_ready = FOREVER, .max_stop = FOREVER,
	        .max_cleanup = FOREVER),
	SERVICE("k", .run = EXEC("/bin/cat"), .settle = FOREVER),
	SERVICE("l", .run = EXEC("/bin/cat"), .settle = SECONDS(-2)),
};

CONNATE();
// expect: 6: error: service 'a': .max_setup is negative
// expect: 7: error: service 'b': .max_ready is zero, so it would always fail; say FOREVER for no limit
// expect: 8: warning: service 'c': .max_stop is zero, so it is killed at once
// expect: 9: error: service 'd': .max_cleanup is zero, so it would always fail; say FOREVER for no limit
// expect: 10: error: service 'e': .healthy is negative
// expect: 11: error: service 'f': .max_stop is longer than 49 days; say FOREVER for no limit
// expect: 13: error: service 'g': .max_stop is longer than 49 days; say FOREVER for no limit
// expect: 15: error: service 'h': .max_stop is written SECONDS(n), MILLISECONDS(n) or FOREVER
// expect: 16: warning: service 'i': .max_ready: a program that hangs while it starts is noticed only after 2 hours
// expect: 21: error: service 'k': .settle is FOREVER, so it would never count as up
// expect: 22: error: service 'l': .settle is negative
