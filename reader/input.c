/* SPDX-License-Identifier: MIT */
/* The tokens of a file, some of them looked at ahead. */
#include "reader/macro.h"
#include "reader/parse.h"

/* A ring: the last token that was taken, and those that wait. */
static struct token ring[RING];
static uint32_t at, waiting, nested;

/* The token that comes k after the next one. */
const struct token *peek(uint32_t k)
{
	for (; waiting <= k; waiting++)
		macros_next(&ring[(at + waiting) % RING]);
	return &ring[(at + k) % RING];
}

struct token next(void)
{
	const struct token *t = peek(0);

	at++;
	waiting--;
	return *t;
}

/* The last one that was taken. */
const struct token *last(void)
{
	return &ring[(at - 1) % RING];
}

bool take_sign_if(uint32_t sign)
{
	if (!is_sign(peek(0), sign))
		return false;
	at++;
	waiting--;
	return true;
}

/* One parenthesis or brace more is open. */
void nest(const struct token *t)
{
	if (++nested > NESTED_MAX)
		fail_token(t, "parentheses and braces are nested more than "
		              "%d deep",
		           NESTED_MAX);
}

void unnest(void)
{
	nested--;
}

void input_begin(uint32_t source)
{
	waiting = nested = 0;
	ring[(at - 1) % RING] = (struct token){ .kind = TOKEN_END };
	macros_begin(source);
}
