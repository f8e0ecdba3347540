/* SPDX-License-Identifier: MIT */
/* A line as connate-log writes it: "TIME NAME[LEVEL]: TEXT". It may be of a file
 * that others write to as well, so anything else is no line. Pure. */
#include "conctl/show/line.h"

#include "model/text.h"
#include "sys/stamp.h"

const char *const level_names[LEVELS] = { "emerg",   "alert",  "crit", "err",
	                                  "warning", "notice", "info",
	                                  "debug" };

static bool has_form(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++)
		if (*form == '0' ? *text < '0' || *text > '9' : *form != *text)
			return false;
	return true;
}

/* The digits of the next number, and what follows it. */
static uint64_t take(const char **at, int digits)
{
	uint64_t value = 0;

	while (**at < '0' || **at > '9')
		++*at;
	while (digits-- > 0)
		value = value * 10 + (uint64_t)(*(*at)++ - '0');
	return value;
}

static uint64_t key_of(const char *at)
{
	static const char digits[] = { 4, 2, 2, 2, 2, 2, 6 };
	static const uint32_t units[] = { 1, 13, 32, 24, 60, 61, 1000000 };
	uint64_t key = 0;

	for (int k = 0; k < 7; k++)
		key = key * units[k] + take(&at, digits[k]);
	return key;
}

/* The key of 2031-12-24T18:00:00.123456Z; 0: it is no time. */
uint64_t line_key(const char *time)
{
	return has_form(time, "0000-00-00T00:00:00.000000Z") ? key_of(time) : 0;
}

/* The key of 20311224T180000.123456Z, of a turned file. */
uint64_t line_key_of_stamp(const char *stamp)
{
	return has_form(stamp, "00000000T000000.000000Z") ? key_of(stamp) : 0;
}

/* The key of so many milliseconds since 1970, up to 2106. */
uint64_t line_key_of_ms(int64_t ms)
{
	char text[STAMP_BYTES + 8] = { 0 };

	if (ms <= 0)
		return 0;
	if (ms / 1000 > UINT32_MAX)
		return UINT64_MAX;
	(void)stamp_write(text, (uint64_t)ms / 1000);
	text[19] = '.';
	text[20] = (char)('0' + ms / 100 % 10);
	text[21] = (char)('0' + ms / 10 % 10);
	text[22] = (char)('0' + ms % 10);
	text[23] = text[24] = text[25] = '0';
	return key_of(text);
}

/* The level behind [; below 0: it is none. */
static int level_at(const char *text, uint32_t length)
{
	for (int k = 0; k < LEVELS; k++)
		if (length > text_length(level_names[k]) &&
		    text_starts(text, level_names[k]) &&
		    text[text_length(level_names[k])] == ']')
			return k;
	return -1;
}

/* What stands behind the name: ": TEXT" or "[LEVEL]: TEXT". */
static bool take_rest(const char *at, const char *end, struct line_parts *parts)
{
	parts->level = -1;
	if (at < end && *at == '[') {
		parts->level = level_at(at + 1, (uint32_t)(end - at - 1));
		if (parts->level < 0)
			return false;
		at += text_length(level_names[parts->level]) + 2;
	}
	if (at + 2 > end || at[0] != ':' || at[1] != ' ')
		return false;
	parts->text = at + 2;
	parts->text_length = (uint32_t)(end - at - 2);
	return true;
}

/* The key of the time that a line begins with, one of a log or of a history:
 * {"time":"TIME". False: it begins with none. */
bool line_key_in(const struct text_line *l, uint64_t *key)
{
	static const char open[] = "{\"time\":\"";
	uint32_t at = 0;
	uint64_t found;

	if (l->length < LINE_TIME + sizeof(open) - 1)
		return false;
	while (open[at] != '\0' && l->text[at] == open[at])
		at++;
	found = line_key(l->text + (open[at] == '\0' ? at : 0));
	if (found != 0)
		*key = found;
	return found != 0;
}

/* False: that is no line of connate-log. */
bool line_take_apart(const struct text_line *l, struct line_parts *parts)
{
	const char *at = l->text + LINE_TIME + 1, *end = l->text + l->length;

	if (l->length < LINE_TIME + 4 || l->text[LINE_TIME] != ' ')
		return false;
	parts->key = line_key(l->text);
	parts->name = at;
	while (at < end && *at != ':' && *at != '[' && *at != ' ')
		at++;
	parts->name_length = (uint32_t)(at - parts->name);
	return parts->key != 0 && take_rest(at, end, parts);
}

/* Is it about the service of that name? */
bool line_is_of(const struct line_parts *parts, const char *name)
{
	uint32_t k = 0;

	while (k < parts->name_length && name[k] == parts->name[k])
		k++;
	return k == parts->name_length && name[k] == '\0';
}

/* A level by its name, a usual other name, or its number; below 0: it is none. */
int level_read(const char *text)
{
	static const struct {
		const char *name;
		int level;
	} others[] = { { "emergency", 0 }, { "panic", 0 }, { "critical", 2 },
		       { "error", 3 },     { "warn", 4 } };

	for (int k = 0; k < LEVELS; k++)
		if (text_equal(text, level_names[k]) ||
		    (text[0] == '0' + k && text[1] == '\0'))
			return k;
	for (unsigned k = 0; k < sizeof(others) / sizeof(others[0]); k++)
		if (text_equal(text, others[k].name))
			return others[k].level;
	return -1;
}
