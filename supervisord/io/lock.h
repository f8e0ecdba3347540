/* SPDX-License-Identifier: MIT */
/* The lock file. */
#ifndef SUPERVISORD_IO_LOCK_H
#define SUPERVISORD_IO_LOCK_H

void lock_find(void);                       /* its path */
void lock_take(void);                       /* supervisord's byte of it */
int lock_take_all(void);                    /* 0 or -errno */

#endif
