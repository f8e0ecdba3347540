/* SPDX-License-Identifier: MIT */
/* There is one primary. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .primary = true),
	SERVICE("b", .run = EXEC("/bin/cat"), .primary = true),
	SERVICE("c", .run = EXEC("/bin/cat"), .primary = true),
};

CONNATE();
// expect: 7: error: service 'b' is primary, as is 'a' in line 6; there can be one only
// expect: 8: error: service 'c' is primary, as is 'a' in line 6; there can be one only
