/* SPDX-License-Identifier: MIT */
/* The next times of a calendar expression, as Connate has them: for each line of
 * standard input, "ZONE-FILE<tab>SECONDS<tab>COUNT<tab>EXPRESSION", a line with
 * "times: …", so many behind that moment, in seconds since 1970, or "error: why". What
 * t/3280-calendar.t compares with another program. An empty zone is UTC. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"
#include "model/calendar.h"

enum { ZONE_BYTES = 65536 };

static bool zone_load(const char *path, struct zone *zone)
{
	static unsigned char bytes[ZONE_BYTES];
	FILE *from;

	*zone = (struct zone){ bytes, 0 };
	if (*path == '\0')
		return true;
	from = fopen(path, "rb");
	if (from == NULL)
		return false;
	zone->size = fread(bytes, 1, sizeof(bytes), from);
	fclose(from);
	return zone->size > 0;
}

static void answer(const char *zone_file, int64_t at, int count,
                   const char *expression)
{
	struct calendar c;
	struct zone zone;
	char why[256];

	if (!calendar_read(expression, &c, why, sizeof(why)) ||
	    !zone_load(zone_file, &zone)) {
		printf("error: %s\n", why);
		return;
	}
	printf("times:");
	while (count-- > 0 && calendar_due(&c, &zone, at, &at))
		printf(" %" PRId64, at);
	printf("\n");
}

int main(void)
{
	char line[1024];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *at = line, *zone, *seconds, *count;

		line[strcspn(line, "\n")] = '\0';
		zone = strsep(&at, "\t");
		seconds = strsep(&at, "\t");
		count = strsep(&at, "\t");
		if (at == NULL)
			return 2;
		answer(zone, strtoll(seconds, NULL, 10), atoi(count), at);
	}
	return 0;
}
