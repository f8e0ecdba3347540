/* SPDX-License-Identifier: MIT */
/* The process that goes on when the program of a daemon has exited with 0. */
#ifndef SUPERVISORD_GUARD_MAIN_PROCESS_H
#define SUPERVISORD_GUARD_MAIN_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

/* User ids of the service are root's, the service's own, and those that the
 * process which exited had. A process with others may be what a login or a job
 * of another user has left. */
enum main_process_user {
	MAIN_PREFERS_OUR_USER,      /* another only if there is none of ours */
	MAIN_HAS_OUR_USER,
};

int32_t main_process_find(int32_t dead, uint32_t user,
                          enum main_process_user which, bool same_group);

#endif
