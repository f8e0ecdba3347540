/* SPDX-License-Identifier: MIT */
/* No services: legal, and odd. */
#include <connate/config.h>

static const struct service services[] = {

};

CONNATE();
// expect: 9: warning: there are no services
