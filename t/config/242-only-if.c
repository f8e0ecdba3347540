/* SPDX-License-Identifier: MIT */
/* Conditions that are none. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .only_if = LIST("pth:/x", NULL)),
	SERVICE("b", .run = EXEC("/bin/cat"),
	        .only_if = LIST("path:x", "!path", "container:docker")),
	SERVICE("c", .run = EXEC("/bin/cat"),
	        .only_if = LIST("capability:CAP_FLY", "kernel-argument:a b")),
	SERVICE("d", .run = EXEC("/bin/cat"),
	        .only_if = LIST("path:/x", "!container", "capability:CAP_CHOWN",
	                        "kernel-argument:a=b", "ac-power")),
};

CONNATE();
// expect: 6: error: service 'a': .only_if: 'pth:/x' is no condition: path:/x, file-not-empty:/x, folder-not-empty:/x, writable:/x, kernel-argument:x, container, virtual-machine, capability:CAP_X, ac-power
// expect: 6: error: service 'a': .only_if: '' is no condition: path:/x, file-not-empty:/x, folder-not-empty:/x, writable:/x, kernel-argument:x, container, virtual-machine, capability:CAP_X, ac-power
// expect: 7: error: service 'b': .only_if: 'path:x': 'x' is not an absolute path
// expect: 7: error: service 'b': .only_if: '!path': what is it about? 'path:...'
// expect: 7: error: service 'b': .only_if: 'container:docker': nothing stands behind 'container'
// expect: 9: error: service 'c': .only_if: 'capability:CAP_FLY': there is no capability of that name
// expect: 9: error: service 'c': .only_if: 'kernel-argument:a b': an argument of the kernel is one word
