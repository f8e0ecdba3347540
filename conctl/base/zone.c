/* SPDX-License-Identifier: MIT */
/* How far local time is from UTC, by /etc/localtime: tzfile(5), RFC 8536, from
 * version 2 on. For the time behind its last transition the file has a rule
 * (model/daylight.h). */
#include "conctl/base/zone.h"

#include "model/daylight.h"
#include "sys/call.h"

enum {
	ZONE_BYTES = 16384,         /* the longest file has 4 KB */
	HEAD = 44,                  /* "TZif", version, 15 unused, six counts */
	COUNTS_AT = 20,
	TYPE_BYTES = 6,             /* seconds, is it daylight saving, name */
};

/* The counts of a head, in the order of the file. */
struct counts {
	uint32_t ut, standard, leap, time, type, chars;
};

static unsigned char bytes[ZONE_BYTES];

/* A number of so many bytes, the most significant first. */
static uint64_t big_endian(uint64_t at, int size)
{
	uint64_t value = 0;

	while (size-- > 0)
		value = value << 8 | bytes[at++];
	return value;
}

static struct counts counts_at(uint64_t head)
{
	uint64_t at = head + COUNTS_AT;

	return (struct counts){
		.ut = (uint32_t)big_endian(at, 4),
		.standard = (uint32_t)big_endian(at + 4, 4),
		.leap = (uint32_t)big_endian(at + 8, 4),
		.time = (uint32_t)big_endian(at + 12, 4),
		.type = (uint32_t)big_endian(at + 16, 4),
		.chars = (uint32_t)big_endian(at + 20, 4),
	};
}

/* The length of the block behind a head whose times have so many bytes. */
static uint64_t block_bytes(struct counts c, uint64_t time_bytes)
{
	return c.time * (time_bytes + 1) + (uint64_t)c.type * TYPE_BYTES +
	       c.chars + c.leap * (time_bytes + 4) + c.standard + c.ut;
}

static bool is_head(uint64_t at, uint64_t size)
{
	return at + HEAD <= size && big_endian(at, 4) == 0x545a6966 &&
	       bytes[at + 4] >= '2';
}

/* By the rule behind the block, which is a line of its own. */
static bool offset_by_rule(uint64_t at, uint64_t size, int64_t at_s,
                           int32_t *offset)
{
	uint64_t end = ++at;

	while (end < size && bytes[end] != '\n')
		end++;
	return daylight_offset((const char *)bytes + at, end - at, at_s,
	                       offset);
}

/* An empty line means that no rule is known. */
static bool has_rule(uint64_t at, uint64_t size)
{
	return at + 1 < size && bytes[at] == '\n' && bytes[at + 1] != '\n';
}

/* By the transitions of the second block; behind the last one, by the rule. */
static bool offset_by_file(uint64_t size, int64_t at_s, int32_t *offset)
{
	uint64_t head = 0, times, rule, type = 0;
	struct counts c;
	uint32_t k = 0;

	if (!is_head(head, size))
		return false;
	head += HEAD + block_bytes(counts_at(head), 4);
	if (!is_head(head, size))
		return false;
	c = counts_at(head);
	times = head + HEAD;
	rule = times + block_bytes(c, 8);
	if (rule > size || c.type == 0)
		return false;
	while (k < c.time && (int64_t)big_endian(times + 8ull * k, 8) <= at_s)
		k++;
	if (k == c.time && has_rule(rule, size))
		return offset_by_rule(rule, size, at_s, offset);
	if (k > 0)
		type = bytes[times + 8ull * c.time + k - 1];
	if (type >= c.type)
		return false;
	*offset = (int32_t)big_endian(times + 9ull * c.time + type * TYPE_BYTES,
	                              4);
	return true;
}

/* By how many seconds local time is ahead of UTC at that moment, in seconds
 * since 1970, as /etc/localtime says. False: that is not known. */
bool zone_offset(int64_t at_s, int32_t *offset)
{
	int fd = sys_openat(AT_FDCWD, "/etc/localtime", O_RDONLY | O_CLOEXEC,
	                    0);
	long got;

	*offset = 0;
	if (fd == -ENOENT)
		return true; /* UTC (localtime(5)) */
	if (fd < 0)
		return false;
	got = sys_read(fd, bytes, sizeof(bytes));
	(void)sys_close(fd); /* it was only read */
	return got > 0 && offset_by_file((uint64_t)got, at_s, offset);
}
