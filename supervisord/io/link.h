/* SPDX-License-Identifier: MIT */
/* The link to connate: supervisord's end. */
#ifndef SUPERVISORD_IO_LINK_H
#define SUPERVISORD_IO_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "model/ledger.h"
#include "model/link.h"

/* What is done with a message. It stands in a constant, by which t/stack-bound
 * knows which functions a call through it reaches. */
struct link_listener {
	void (*hear)(const struct link *m);
};

void link_listen(const struct link_listener *listener);
struct link link_adopted(int32_t pid, enum adopt how);
int link_send(struct link m, int fd);       /* fd: attached; -1: none */
int link_send_waiting(struct link m, int fd); /* for room, at boot */
void link_receive(void);                    /* all that is there */
void link_wait(const bool *said);           /* until *said */
void link_missed(int32_t pid, union ending how); /* as if connate said it */

#endif
