/* SPDX-License-Identifier: MIT */
/* Paths inside of a root. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/no/such"), .chroot = "/no/root",
	        .chdir = "/no/folder"),
	SERVICE("b", .run = EXEC("/bin/cat"), .chroot = "/"),
	SERVICE("c", .run = EXEC("/bin/cat"), .chroot = "/etc",
	        .chdir = "/usr"),
	SERVICE("d", .run = EXEC("/bin/cat"), .chroot = "root"),
	SERVICE("e", .run = EXEC("/bin/cat"), .chroot = "/etc/passwd"),
};

CONNATE();
// expect: 6: error: service 'a': .chroot: /no/root does not exist
// expect: 9: error: service 'c': .chdir: /usr does not exist inside of .chroot /etc
// expect: 9: error: service 'c': .run: /bin/cat does not exist inside of /etc
// expect: 11: error: service 'd': .chroot: 'root' is not an absolute path
// expect: 12: error: service 'e': .chroot: /etc/passwd is not a folder
