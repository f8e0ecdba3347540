/* SPDX-License-Identifier: MIT */
/* Which descriptors are open, and which survive an exec. */
#ifndef SUPERVISORD_IO_DESCRIPTORS_H
#define SUPERVISORD_IO_DESCRIPTORS_H

#include <stdbool.h>

bool descriptor_is_open(int fd);
int descriptor_open_again(int from, int flags);
void descriptors_close_on_exec(void);       /* into a service: all */
void descriptors_keep_on_exec(void);        /* into a successor */

#endif
