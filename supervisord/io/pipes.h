/* SPDX-License-Identifier: MIT */
/* The pipes of loggers, and the sockets of READY_FD. */
#ifndef SUPERVISORD_IO_PIPES_H
#define SUPERVISORD_IO_PIPES_H

void pipes_open_all(void);
void pipes_raise_limit(void);               /* of open files */

#endif
