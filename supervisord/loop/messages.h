/* SPDX-License-Identifier: MIT */
/* What connate says. */
#ifndef SUPERVISORD_LOOP_MESSAGES_H
#define SUPERVISORD_LOOP_MESSAGES_H

void messages_listen(void);

#endif
