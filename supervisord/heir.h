/* SPDX-License-Identifier: MIT */
/* Who goes on when the program of a daemon has exited with 0. */
#ifndef SUPERVISORD_HEIR_H
#define SUPERVISORD_HEIR_H

#include <stdint.h>

/* Of the children of this process, a subreaper, that live: one that has
 * children itself, else the oldest. 0: there is none. `dead` is the one that
 * has ended; it is left as it is, and other zombies are reaped. */
int32_t heir_find(int32_t dead);

#endif
