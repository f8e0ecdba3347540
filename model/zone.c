/* SPDX-License-Identifier: MIT */
/* A file of tzfile(5), RFC 8536, from version 2 on. For the time behind its last
 * transition the file has a rule (model/daylight.h). Knows no kernel. */
#include "model/zone.h"

#include "model/daylight.h"

enum {
	HEAD = 44,                  /* "TZif", version, 15 unused, six counts */
	COUNTS_AT = 20,
	TYPE_BYTES = 6,             /* seconds, is it daylight saving, name */
};

/* The counts of a head, in the order of the file. */
struct counts {
	uint32_t ut, standard, leap, time, type, chars;
};

/* A number of so many bytes, the most significant first. */
static uint64_t big_endian(const struct zone *z, uint64_t at, int size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | z->bytes[at++];
	return value;
}

static struct counts counts_at(const struct zone *z, uint64_t head)
{
	uint64_t at = head + COUNTS_AT;

	return (struct counts){
		.ut = (uint32_t)big_endian(z, at, 4),
		.standard = (uint32_t)big_endian(z, at + 4, 4),
		.leap = (uint32_t)big_endian(z, at + 8, 4),
		.time = (uint32_t)big_endian(z, at + 12, 4),
		.type = (uint32_t)big_endian(z, at + 16, 4),
		.chars = (uint32_t)big_endian(z, at + 20, 4),
	};
}

/* The length of the block behind a head whose times have so many bytes. */
static uint64_t block_bytes(struct counts c, uint64_t time_bytes)
{
	return c.time * (time_bytes + 1) + (uint64_t)c.type * TYPE_BYTES +
	       c.chars + c.leap * (time_bytes + 4) + c.standard + c.ut;
}

static bool is_head(const struct zone *z, uint64_t at)
{
	return at + HEAD <= z->size && big_endian(z, at, 4) == 0x545a6966 &&
	       z->bytes[at + 4] >= '2';
}

/* By the rule behind the block, which is a line of its own. */
static bool offset_by_rule(const struct zone *z, uint64_t at, int64_t at_s,
                           int32_t *offset)
{
	uint64_t end = ++at;

	while (end < z->size && z->bytes[end] != '\n')
		end++;
	return daylight_offset((const char *)z->bytes + at, end - at, at_s,
	                       offset);
}

/* An empty line means that no rule is known. */
static bool has_rule(const struct zone *z, uint64_t at)
{
	return at + 1 < z->size && z->bytes[at] == '\n' &&
	       z->bytes[at + 1] != '\n';
}

/* By how many seconds local time of this zone is ahead of UTC at that moment, in
 * seconds since 1970; in the west below 0. By the transitions of the second
 * block; behind the last one, by the rule. False: it is no such file, or does not
 * say. */
bool zone_offset_at(const struct zone *z, int64_t at_s, int32_t *offset)
{
	uint64_t head = 0, times, rule, type = 0;
	struct counts c;
	uint32_t k = 0;

	*offset = 0;
	if (z->size == 0)
		return true;
	if (!is_head(z, head))
		return false;
	head += HEAD + block_bytes(counts_at(z, head), 4);
	if (!is_head(z, head))
		return false;
	c = counts_at(z, head);
	times = head + HEAD;
	rule = times + block_bytes(c, 8);
	if (rule > z->size || c.type == 0)
		return false;
	while (k < c.time &&
	       (int64_t)big_endian(z, times + 8ull * k, 8) <= at_s)
		k++;
	if (k == c.time && has_rule(z, rule))
		return offset_by_rule(z, rule, at_s, offset);
	if (k > 0)
		type = z->bytes[times + 8ull * c.time + k - 1];
	if (type >= c.type)
		return false;
	*offset = (int32_t)big_endian(
		z, times + 9ull * c.time + type * TYPE_BYTES, 4);
	return true;
}
