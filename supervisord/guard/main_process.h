/* SPDX-License-Identifier: MIT */
/* Who goes on when the program of a daemon has exited with 0. */
#ifndef SUPERVISORD_GUARD_MAIN_PROCESS_H
#define SUPERVISORD_GUARD_MAIN_PROCESS_H

#include <stdint.h>

/* Of the children of this process, a subreaper, that live: one that has
 * children itself, else the oldest. 0: there is none. `dead` is the one that
 * has ended; it is left as it is, and other zombies are reaped.
 *
 * One of the service has user ids that are root's, `user`, or those that the
 * dead one had. Others are what a login or a job of another user has left:
 *
 *     HEIR_RATHER_OURS another one only if there is none of the service
 *     HEIR_OURS        none of others */
enum heirs { HEIR_RATHER_OURS, HEIR_OURS };
int32_t heir_find(int32_t dead, uint32_t user, enum heirs which);

#endif
