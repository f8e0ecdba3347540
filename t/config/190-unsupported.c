/* SPDX-License-Identifier: MIT */
/* What the vocabulary has and cannot be done yet. */
#include <connate/config.h>

static const struct service services[] = {
	SERVICE("a", .run = EXEC("/bin/cat"), .ready = READY_SD_NOTIFY),
};

CONNATE();
// expect: 6: error: service 'a': READY_SD_NOTIFY is not supported by this version
