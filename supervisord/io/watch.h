/* SPDX-License-Identifier: MIT */
/* The path of the lock file is watched, and the file put back. */
#ifndef SUPERVISORD_IO_WATCH_H
#define SUPERVISORD_IO_WATCH_H

#include <stdbool.h>
#include <stdint.h>

int watch_fd(void);                         /* to be polled; or -1 */
uint64_t watch_look_ms(void);               /* when to look; NEVER_MS */
void watch_begin(void);                     /* behind lock_take() */
void watch_soon(void);                      /* look again */
void watch_look(bool changed);              /* if it is due */

#endif
