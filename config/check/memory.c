/* SPDX-License-Identifier: MIT */
/* Memory that is there or ends the program. Knows no configuration. */
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"

static void *or_die(void *memory)
{
	if (memory != NULL)
		return memory;
	fputs("concheck: error: out of memory\n", stderr);
	exit(2);
}

void *memory_new(size_t count, size_t size)
{
	return or_die(calloc(count + 1, size));
}

void *memory_grow(void *old, size_t count, size_t size)
{
	return or_die(realloc(old, (count + 1) * size));
}

const char *memory_join(const char *a, const char *b)
{
	size_t size = strlen(a) + strlen(b) + 1;
	char *text = memory_new(size, 1);

	(void)snprintf(text, size, "%s%s", a, b);
	return text;
}
