/* SPDX-License-Identifier: MIT */
/* Users and groups that do not exist. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .user = "no-such-user"),
	SERVICE("b", .run = EXEC("/bin/cat"), .group = "no-such-group"),
	SERVICE("c", .run = EXEC("/bin/cat"), .user = "4294967295",
	        .group = "4294967295"),
	SERVICE("d", .run = EXEC("/bin/cat"), .user = "1000"),
	SERVICE("e", .run = EXEC("/bin/cat"), .user = "", .group = ""),
	SERVICE("f", .run = EXEC("/bin/cat"),
	        .extra_groups = LIST("0", "no-such-group", "")),
};

CONNATE();
// expect: 6: error: service 'a': .user: there is no user 'no-such-user' on this machine; numbers in .user and .group would do
// expect: 7: error: service 'b': .group: there is no group 'no-such-group' on this machine; its number would do
// expect: 8: error: service 'c': .group: 4294967295 is too large for a group
// expect: 8: error: service 'c': .user: 4294967295 is too large for a user
// expect: 10: error: service 'd': .user is a number, so .group must be given too
// expect: 11: error: service 'e': .group is empty
// expect: 11: error: service 'e': .user is empty
// expect: 12: error: service 'f': .extra_groups: there is no group 'no-such-group' on this machine; its number would do
// expect: 12: error: service 'f': .extra_groups is empty
