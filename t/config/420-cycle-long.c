/* SPDX-License-Identifier: MIT */
/* A long cycle is shown in part. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("s1", .run = EXEC("/bin/cat"), .needs = LIST("s2")),
	SERVICE("s2", .run = EXEC("/bin/cat"), .needs = LIST("s3")),
	SERVICE("s3", .run = EXEC("/bin/cat"), .needs = LIST("s4")),
	SERVICE("s4", .run = EXEC("/bin/cat"), .needs = LIST("s5")),
	SERVICE("s5", .run = EXEC("/bin/cat"), .needs = LIST("s6")),
	SERVICE("s6", .run = EXEC("/bin/cat"), .needs = LIST("s7")),
	SERVICE("s7", .run = EXEC("/bin/cat"), .needs = LIST("s8")),
	SERVICE("s8", .run = EXEC("/bin/cat"), .needs = LIST("s9")),
	SERVICE("s9", .run = EXEC("/bin/cat"), .needs = LIST("s10")),
	SERVICE("s10", .run = EXEC("/bin/cat"), .needs = LIST("s11")),
	SERVICE("s11", .run = EXEC("/bin/cat"), .needs = LIST("s12")),
	SERVICE("s12", .run = EXEC("/bin/cat"), .needs = LIST("s13")),
	SERVICE("s13", .run = EXEC("/bin/cat"), .needs = LIST("s14")),
	SERVICE("s14", .run = EXEC("/bin/cat"), .needs = LIST("s15")),
	SERVICE("s15", .run = EXEC("/bin/cat"), .needs = LIST("s16")),
	SERVICE("s16", .run = EXEC("/bin/cat"), .needs = LIST("s17")),
	SERVICE("s17", .run = EXEC("/bin/cat"), .needs = LIST("s18")),
	SERVICE("s18", .run = EXEC("/bin/cat"), .needs = LIST("s19")),
	SERVICE("s19", .run = EXEC("/bin/cat"), .needs = LIST("s20")),
	SERVICE("s20", .run = EXEC("/bin/cat"), .needs = LIST("s21")),
	SERVICE("s21", .run = EXEC("/bin/cat"), .needs = LIST("s22")),
	SERVICE("s22", .run = EXEC("/bin/cat"), .needs = LIST("s23")),
	SERVICE("s23", .run = EXEC("/bin/cat"), .needs = LIST("s24")),
	SERVICE("s24", .run = EXEC("/bin/cat"), .needs = LIST("s25")),
	SERVICE("s25", .run = EXEC("/bin/cat"), .needs = LIST("s26")),
	SERVICE("s26", .run = EXEC("/bin/cat"), .needs = LIST("s27")),
	SERVICE("s27", .run = EXEC("/bin/cat"), .needs = LIST("s28")),
	SERVICE("s28", .run = EXEC("/bin/cat"), .needs = LIST("s29")),
	SERVICE("s29", .run = EXEC("/bin/cat"), .needs = LIST("s30")),
	SERVICE("s30", .run = EXEC("/bin/cat"), .needs = LIST("s1")),
};

CONNATE();
// expect: 6: error: service 's1' waits for itself: s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8 -> s9 -> s10 -> s11 -> s12 -> s13 -> ... (5 more) -> s19 -> s20 -> s21 -> s22 -> s23 -> s24 -> s25 -> s26 -> s27 -> s28 -> s29 -> s30 -> s1
