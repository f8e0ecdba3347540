/* SPDX-License-Identifier: MIT */
/* The lock file. */
#ifndef SUPERVISORD_IO_LOCK_H
#define SUPERVISORD_IO_LOCK_H

#include <stdint.h>

const char *lock_path(void);
void lock_find(void);                       /* its path */
void lock_take(void);                       /* supervisord's byte of it */
int lock_take_all(void);                    /* 0 or -errno */
int lock_hold(void);                        /* put back if it is gone */
void lock_give_way(int32_t connate);        /* of another session */

#endif
