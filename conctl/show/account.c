/* SPDX-License-Identifier: MIT */
/* A line of a history: an object of JSON as connate-log writes it, with its keys
 * in any order. The file may be of a user whom we do not trust, and may have any
 * bytes: what is no such line is left out. Pure. */
#include "conctl/show/account.h"

#include "model/text.h"

const char *const account_kinds[KINDS] = {
	"state",   "reload",      "swap",       "health",  "boot",
	"session", "supervisord", "succession", "upgrade", "rollback",
	"lost",
};

/* What follows "KEY": in the line, or NULL. A quote inside of a string has a
 * backslash before it, so no string has this. */
static const char *value_of(const struct text_line *l, const char *key)
{
	uint32_t length = (uint32_t)text_length(key);

	for (uint32_t at = 1; at + length + 2 < l->length; at++) {
		uint32_t k = 0;

		if (l->text[at - 1] != '"')
			continue;
		while (k < length && l->text[at + k] == key[k])
			k++;
		if (k == length && l->text[at + k] == '"' &&
		    l->text[at + k + 1] == ':')
			return l->text + at + k + 2;
	}
	return NULL;
}

static unsigned hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 0;
}

/* The string of that key. connate-log escapes a quote, a backslash, and bytes as
 * \u00HH. */
static void take_string(const struct text_line *l, const char *key, char *to,
                        uint32_t room)
{
	const char *at = value_of(l, key), *end = l->text + l->length;
	uint32_t k = 0;

	if (at != NULL && *at++ == '"')
		for (; at < end && *at != '"' && k + 1 < room; k++) {
			if (*at == '\\' && end - at > 6 && at[1] == 'u') {
				to[k] = (char)(hex_value(at[4]) << 4 |
				               hex_value(at[5]));
				at += 6;
				continue;
			}
			at += *at == '\\' && end - at > 1;
			to[k] = *at++;
		}
	to[k] = '\0';
}

static int64_t take_number(const struct text_line *l, const char *key)
{
	const char *at = value_of(l, key), *end = l->text + l->length;
	int64_t value = 0;

	if (at == NULL || *at < '0' || *at > '9')
		return -1;
	for (; at < end && *at >= '0' && *at <= '9' && value < 1ll << 40; at++)
		value = value * 10 + (*at - '0');
	return value;
}

static enum state take_state(const struct text_line *l, const char *key)
{
	char label[32];
	int k = 0;

	take_string(l, key, label, sizeof(label));
	while (k < STATES && !text_equal(label, state_label[k]))
		k++;
	return (enum state)k;
}

/* Only of words: "[", lower case, _, quotes and commas, "]". */
static void take_facts(const struct text_line *l, struct account *a)
{
	const char *at = value_of(l, "facts"), *end = l->text + l->length;

	a->facts = at;
	a->facts_length = 0;
	if (at == NULL || *at++ != '[') {
		a->facts = NULL;
		return;
	}
	while (at < end && ((*at >= 'a' && *at <= 'z') || *at == '_' ||
	                    *at == '"' || *at == ','))
		at++;
	if (at < end && *at == ']')
		a->facts_length = (uint32_t)(at + 1 - a->facts);
	else
		a->facts = NULL;
}

static enum account_kind take_kind(const struct text_line *l)
{
	char word[16];
	int k = 0;

	take_string(l, "event", word, sizeof(word));
	while (k < KINDS && !text_equal(word, account_kinds[k]))
		k++;
	return (enum account_kind)k;
}

/* False: that is no line of a history that we know. */
bool account_read(const struct text_line *l, struct account *a)
{
	bool is_transition;

	if (!line_key_in(l, &a->key) || l->text[0] != '{')
		return false;
	take_string(l, "time", a->time, sizeof(a->time));
	a->kind = take_kind(l);
	take_string(l, "service", a->service, sizeof(a->service));
	take_string(l, "why", a->why, sizeof(a->why));
	take_string(l, "target", a->target, sizeof(a->target));
	take_string(l, "signal", a->signal, sizeof(a->signal));
	a->from = take_state(l, "from");
	a->to = take_state(l, "to");
	a->exit = take_number(l, "exit");
	a->pid = take_number(l, "pid");
	a->attempt = take_number(l, "attempt");
	a->count = take_number(l, "count");
	take_facts(l, a);
	is_transition = kind_is_of_service(a->kind);
	return a->kind != KINDS &&
	       (!is_transition || (a->service[0] != '\0' &&
	                           a->from != STATES && a->to != STATES));
}
