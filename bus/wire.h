/* SPDX-License-Identifier: MIT */
/* Messages of D-Bus: the few that are sent, and what matters of the others. */
#ifndef BUS_WIRE_H
#define BUS_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/text.h"

enum {
	WIRE_NAME_MAX = TEXT_BUS_NAME, /* of any name, without its NUL */
	WIRE_CALL_MAX = 1024,       /* bytes of a call of ours */
	WIRE_HEAD = 16,             /* bytes that tell a message's size */
	WIRE_MESSAGE_MAX = 4096,    /* larger ones are none that matter */
};

struct wire_call {
	unsigned char bytes[WIRE_CALL_MAX];
	uint32_t size;
};

enum wire_type { WIRE_CALL = 1, WIRE_RETURN, WIRE_ERROR, WIRE_SIGNAL };

/* NULL: it has no such field. Names and body lie in the message. */
struct wire_message {
	uint8_t type;
	uint32_t answers;           /* the serial of a call; or 0 */
	const char *member, *sender, *error;
	const unsigned char *body;
	uint32_t body_size;
};

void wire_call(struct wire_call *c, const char *member, uint32_t serial,
               const char *argument);
uint64_t wire_size(const unsigned char *head);
bool wire_read(const unsigned char *bytes, uint32_t size,
               struct wire_message *m);
const char *wire_text(const struct wire_message *m, uint32_t *at);

#endif
