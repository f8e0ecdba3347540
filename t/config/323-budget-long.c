/* SPDX-License-Identifier: MIT */
/* A long chain is shown in part. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("s1", .run = EXEC("/bin/cat")),
	SERVICE("s2", .run = EXEC("/bin/cat"), .needs = LIST("s1")),
	SERVICE("s3", .run = EXEC("/bin/cat"), .needs = LIST("s2")),
	SERVICE("s4", .run = EXEC("/bin/cat"), .needs = LIST("s3")),
	SERVICE("s5", .run = EXEC("/bin/cat"), .needs = LIST("s4")),
	SERVICE("s6", .run = EXEC("/bin/cat"), .needs = LIST("s5")),
	SERVICE("s7", .run = EXEC("/bin/cat"), .needs = LIST("s6")),
	SERVICE("s8", .run = EXEC("/bin/cat"), .needs = LIST("s7")),
	SERVICE("s9", .run = EXEC("/bin/cat"), .needs = LIST("s8")),
	SERVICE("s10", .run = EXEC("/bin/cat"), .needs = LIST("s9")),
	SERVICE("s11", .run = EXEC("/bin/cat"), .needs = LIST("s10")),
	SERVICE("s12", .run = EXEC("/bin/cat"), .needs = LIST("s11")),
	SERVICE("s13", .run = EXEC("/bin/cat"), .needs = LIST("s12")),
	SERVICE("s14", .run = EXEC("/bin/cat"), .needs = LIST("s13")),
	SERVICE("s15", .run = EXEC("/bin/cat"), .needs = LIST("s14")),
};

CONNATE(.stop_budget = SECONDS(20));
// expect: 23: error: .stop_budget is 20 s, and stopping may take 30 s: s15 (2 s) -> s14 (2 s) -> s13 (2 s) -> s12 (2 s) -> s11 (2 s) -> s10 (2 s) -> ... (3 more) -> s6 (2 s) -> s5 (2 s) -> s4 (2 s) -> s3 (2 s) -> s2 (2 s) -> s1 (2 s)
