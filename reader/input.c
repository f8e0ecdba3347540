/* SPDX-License-Identifier: MIT */
/* The tokens of a file, some of them looked at ahead. */
#include "reader/macro.h"
#include "reader/parse.h"

static struct token ahead[AHEAD], before;
static uint32_t waiting, nested;

/* The token that comes k after the next one. */
const struct token *peek(uint32_t k)
{
	while (waiting <= k)
		macros_next(&ahead[waiting++]);
	return &ahead[k];
}

struct token next(void)
{
	before = *peek(0);
	ahead[0] = ahead[1];
	waiting--;
	return before;
}

/* The last one that was taken. */
const struct token *last(void)
{
	return &before;
}

bool take_sign_if(uint32_t sign)
{
	if (!is_sign(peek(0), sign))
		return false;
	(void)next();
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
	before = (struct token){ .kind = TOKEN_END };
	macros_begin(source);
}
