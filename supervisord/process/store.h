/* SPDX-License-Identifier: MIT */
/* The descriptors that a service has stored: .fd_store. */
#ifndef SUPERVISORD_PROCESS_STORE_H
#define SUPERVISORD_PROCESS_STORE_H

#include <stdbool.h>
#include <stdint.h>

/* In epoll_event.data, with the number of what is stored. */
#define STORED (1ull << 33)

/* What a message asks for. */
struct stored {
	bool add, remove, unwatched;
	const char *name;           /* in the message; NULL: it gives none */
};

void store_hear(struct stored *s, const char *line);
void store_do(uint32_t service, const struct stored *s, const int32_t *fds,
              uint32_t count);
void store_drop(uint32_t number);
void store_watch(uint32_t service);

#endif
