/* SPDX-License-Identifier: MIT */
/* The mark of a line of a history: numbers with dots between them. Pure. */
#include "log/mark.h"

#include "model/text.h"

enum { NUMBERS = 7, KEY = 8 };

static const char key[] = "\"mark\":\"";

/* Writes the member of an object; 180 bytes at most. Returns the end. */
char *mark_write(char *to, const struct mark *m)
{
	const uint64_t number[NUMBERS] = {
		m->boot,        m->session_ms, m->next,        m->at_ms,
		m->supervisord, m->images,     m->successions,
	};
	struct digits d;

	__builtin_memcpy(to, key, KEY);
	to += KEY;
	for (int k = 0; k < NUMBERS; k++) {
		const char *text = text_number(&d, (int64_t)number[k]);

		while (*text != '\0')
			*to++ = *text++;
		*to++ = k < NUMBERS - 1 ? '.' : '"';
	}
	return to;
}

/* Where the mark's numbers begin: at its last place in the line; 0: nowhere. */
static uint32_t find(const char *line, uint32_t length)
{
	for (uint32_t at = length; at >= KEY; at--) {
		uint32_t k = 0;

		while (k < KEY && line[at - KEY + k] == key[k])
			k++;
		if (k == KEY)
			return at;
	}
	return 0;
}

/* Reads the mark of a line, of any bytes. False: it has none. */
bool mark_read(const char *line, uint32_t length, struct mark *m)
{
	uint64_t number[NUMBERS] = { 0 };
	uint32_t at = find(line, length);
	int k = 0;

	for (; at > 0 && at < length && k < NUMBERS; at++)
		if (line[at] >= '0' && line[at] <= '9')
			number[k] = number[k] * 10 +
			            (uint64_t)(line[at] - '0');
		else if (line[at] == '.' || line[at] == '"')
			k++;
		else
			return false;
	if (k < NUMBERS)
		return false;
	*m = (struct mark){
		.boot = number[0],        .session_ms = number[1],
		.next = number[2],        .at_ms = number[3],
		.supervisord = number[4], .images = number[5],
		.successions = number[6],
	};
	return true;
}
