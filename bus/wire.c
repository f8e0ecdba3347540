/* SPDX-License-Identifier: MIT */
/* The wire format of D-Bus (D-Bus Specification, "Message Protocol"): a head of
 * 16 bytes, fields of the header, each a struct of a code and a variant, padded
 * to 8, and the body. Written in the byte order of all our machines; another one
 * is skipped. Pure. */
#include "bus/wire.h"

#include "model/text.h"
#include "sys/memory.h"

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"

enum field {
	FIELD_PATH = 1,
	FIELD_INTERFACE = 2,
	FIELD_MEMBER = 3,
	FIELD_ERROR = 4,
	FIELD_ANSWERS = 5,
	FIELD_DESTINATION = 6,
	FIELD_SENDER = 7,
	FIELD_SIGNATURE = 8,
};

/* Writing. What does not fit is not written, and the size says so. */

static void put(struct wire_call *c, const void *bytes, uint32_t size)
{
	if (size <= WIRE_CALL_MAX && c->size <= WIRE_CALL_MAX - size)
		memcpy(c->bytes + c->size, bytes, size);
	c->size += size;
}

static void pad(struct wire_call *c, uint32_t to)
{
	static const unsigned char none[8];

	put(c, none, -c->size & (to - 1));
}

static void put_number(struct wire_call *c, uint32_t number)
{
	pad(c, sizeof(number));
	put(c, &number, sizeof(number));
}

static void put_text(struct wire_call *c, const char *text)
{
	uint32_t length = (uint32_t)text_length(text);

	put_number(c, length);
	put(c, text, length + 1);
}

static void put_field(struct wire_call *c, enum field code, const char type,
                      const char *text)
{
	const char head[] = { (char)code, 1, type, '\0' };

	pad(c, 8);
	put(c, head, sizeof(head));
	if (type != 'g') {
		put_text(c, text);
		return;
	}
	put(c, &(const unsigned char){ (unsigned char)text_length(text) }, 1);
	put(c, text, (uint32_t)text_length(text) + 1);
}

static void set_number(struct wire_call *c, uint32_t at, uint32_t number)
{
	memcpy(c->bytes + at, &number, sizeof(number));
}

/* A call of the bus itself, with a text as argument, or none (NULL). Its size is
 * at most WIRE_CALL_MAX for arguments up to 3 * WIRE_NAME_MAX bytes. */
void wire_call(struct wire_call *c, const char *member, uint32_t serial,
               const char *argument)
{
	static const unsigned char head[] = { 'l', WIRE_CALL, 0, 1 };
	uint32_t fields = WIRE_HEAD, body;

	c->size = 0;
	put(c, head, sizeof(head));
	put_number(c, 0); /* of the body */
	put_number(c, serial);
	put_number(c, 0); /* of the fields */
	put_field(c, FIELD_PATH, 'o', BUS_PATH);
	put_field(c, FIELD_INTERFACE, 's', BUS_NAME);
	put_field(c, FIELD_MEMBER, 's', member);
	put_field(c, FIELD_DESTINATION, 's', BUS_NAME);
	if (argument != NULL)
		put_field(c, FIELD_SIGNATURE, 'g', "s");
	set_number(c, fields - 4, c->size - fields);
	pad(c, 8);
	body = c->size;
	if (argument != NULL)
		put_text(c, argument);
	set_number(c, 4, c->size - body);
}

/* Reading. Nothing is believed: sizes may be any. */

static uint32_t number_at(const unsigned char *bytes)
{
	uint32_t number;

	memcpy(&number, bytes, sizeof(number));
	return number;
}

static uint64_t padded(uint64_t size)
{
	return (size + 7) & ~(uint64_t)7;
}

/* How many bytes the message has that begins with these WIRE_HEAD bytes; 0: it is
 * no message. */
uint64_t wire_size(const unsigned char *head)
{
	uint32_t body = number_at(head + 4), fields = number_at(head + 12);

	if (head[3] != 1 || (head[0] != 'l' && head[0] != 'B'))
		return 0;
	if (head[0] == 'B') {
		body = __builtin_bswap32(body);
		fields = __builtin_bswap32(fields);
	}
	return padded(WIRE_HEAD + (uint64_t)fields) + body;
}

/* A text whose number of bytes stands at *at: it has to end before `end`, with a
 * NUL. NULL: it does not. */
static const char *text_at(const unsigned char *bytes, uint32_t end,
                           uint32_t *at)
{
	uint32_t from = (*at + 3) & ~3u, length;

	if (from > end || end - from < 5)
		return NULL;
	length = number_at(bytes + from);
	from += 4;
	if (length >= end - from || bytes[from + length] != '\0')
		return NULL;
	*at = from + length + 1;
	return (const char *)bytes + from;
}

/* One field of the header. False: it is damaged. */
static bool read_field(const unsigned char *bytes, uint32_t end, uint32_t *at,
                       struct wire_message *m)
{
	const unsigned char *head = bytes + *at;
	const char *text;

	if (end - *at < 8 || head[1] != 1 || head[3] != '\0')
		return false;
	*at += 4;
	switch (head[2]) {
	case 'u':
		if (head[0] == FIELD_ANSWERS)
			m->answers = number_at(bytes + *at);
		*at += 4;
		return true;
	case 'g':
		*at += bytes[*at] + 2u;
		return true;
	case 's':
	case 'o':
		text = text_at(bytes, end, at);
		if (head[0] == FIELD_MEMBER)
			m->member = text;
		else if (head[0] == FIELD_SENDER)
			m->sender = text;
		else if (head[0] == FIELD_ERROR)
			m->error = text;
		return text != NULL;
	default:
		return false; /* there are no others */
	}
}

/* Reads a message of wire_size() bytes, which lie at a multiple of 8. False: it is
 * damaged, or of another byte order. */
bool wire_read(const unsigned char *bytes, uint32_t size,
               struct wire_message *m)
{
	uint32_t at = WIRE_HEAD, end;

	*m = (struct wire_message){ .type = bytes[1] };
	if (size < WIRE_HEAD || bytes[0] != 'l' || wire_size(bytes) != size)
		return false;
	end = at + number_at(bytes + 12);
	while (at < end) {
		if (!read_field(bytes, end, &at, m))
			return false;
		at = (uint32_t)padded(at);
	}
	m->body = bytes + padded(end);
	m->body_size = number_at(bytes + 4);
	return true;
}

/* The next text of the body, from byte *at on; NULL: there is none. */
const char *wire_text(const struct wire_message *m, uint32_t *at)
{
	return text_at(m->body, m->body_size, at);
}
