/* SPDX-License-Identifier: MIT */
/* The machine's zone: /etc/localtime, of the format of tzfile(5)
 * (model/zone.h). */
#include "conctl/base/zone.h"

#include "sys/call.h"

enum { ZONE_BYTES = 16384 };        /* the longest file has 4 KB */

/* Reads the machine's zone; without a file it is UTC (localtime(5)). What was
 * read before is overwritten. False: it cannot be read. */
bool zone_read(struct zone *zone)
{
	static unsigned char bytes[ZONE_BYTES];
	int fd = sys_openat(AT_FDCWD, "/etc/localtime", O_RDONLY | O_CLOEXEC,
	                    0);
	long got;

	*zone = (struct zone){ bytes, 0 };
	if (fd == -ENOENT)
		return true;
	if (fd < 0)
		return false;
	got = sys_read(fd, bytes, sizeof(bytes));
	(void)sys_close(fd); /* it was only read */
	if (got > 0)
		zone->size = (uint64_t)got;
	return got > 0;
}

/* By how many seconds local time is ahead of UTC at that moment, in seconds
 * since 1970, as /etc/localtime says. False: that is not known. */
bool zone_offset(int64_t at_s, int32_t *offset)
{
	struct zone zone;

	*offset = 0;
	return zone_read(&zone) && zone_offset_at(&zone, at_s, offset);
}
