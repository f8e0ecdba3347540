/* SPDX-License-Identifier: MIT */
/* Cgroups and CPUs that cannot be. */
#include <connate/config.h>

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .cgroup = ""),
	SERVICE("b", .run = EXEC("/bin/cat"), .cgroup = "a/b"),
	SERVICE("c", .run = EXEC("/bin/cat"), .cgroup = "/a/../b"),
	SERVICE("d", .run = EXEC("/bin/cat"), .cgroup = "/./b"),
	SERVICE("e", .run = EXEC("/bin/cat"),
	        .cgroup = "/" HUNDRED HUNDRED HUNDRED),
	SERVICE("f", .run = EXEC("/bin/cat"), .cpus = ""),
	SERVICE("g", .run = EXEC("/bin/cat"), .cpus = "0,"),
	SERVICE("h", .run = EXEC("/bin/cat"), .cpus = "0-"),
	SERVICE("i", .run = EXEC("/bin/cat"), .cpus = "0, 1"),
	SERVICE("j", .run = EXEC("/bin/cat"), .cpus = "3-1"),
	SERVICE("k", .run = EXEC("/bin/cat"), .cpus = "1024"),
	SERVICE("l", .run = EXEC("/bin/cat"), .cpus = "0-99999999999999999999"),
	SERVICE("m", .run = EXEC("/bin/cat"), .cpus = "0-1-2"),
	SERVICE("n", .run = EXEC("/bin/cat"), .cpus = "-1"),
	SERVICE("o", .run = EXEC("/bin/cat"), .cpus = "all"),
};

CONNATE();
// expect: 9: error: service 'a': .cgroup: '' is empty
// expect: 10: error: service 'b': .cgroup: 'a/b' is not an absolute path
// expect: 11: error: service 'c': .cgroup: '/a/../b' has '..' in it
// expect: 12: error: service 'd': .cgroup: '/./b' has '.' in it
// expect: 13: error: service 'e': .cgroup: '/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678' has a part that is too long for a name
// expect: 15: error: service 'f': .cpus: '' is not of the form 0-3,8
// expect: 16: error: service 'g': .cpus: '0,' is not of the form 0-3,8
// expect: 17: error: service 'h': .cpus: '0-' is not of the form 0-3,8
// expect: 18: error: service 'i': .cpus: '0, 1' is not of the form 0-3,8
// expect: 19: error: service 'j': .cpus: '3-1' has a range that goes down
// expect: 20: error: service 'k': .cpus: '1024' has a number above 1023
// expect: 21: error: service 'l': .cpus: '0-99999999999999999999' has a number above 1023
// expect: 22: error: service 'm': .cpus: '0-1-2' is not of the form 0-3,8
// expect: 23: error: service 'n': .cpus: '-1' is not of the form 0-3,8
// expect: 24: error: service 'o': .cpus: 'all' is not of the form 0-3,8
