/* SPDX-License-Identifier: MIT */
/* Times and their median. */
#include "bench/bench.h"

#include <stdlib.h>
#include <time.h>

double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

void sample_add(struct sample *s, double us)
{
	if (s->count < ROUNDS_MAX)
		s->us[s->count++] = us;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double sample_median(struct sample *s)
{
	qsort(s->us, (size_t)s->count, sizeof(s->us[0]), compare);
	return s->count > 0 ? s->us[s->count / 2] : 0;
}

double sample_max(const struct sample *s)
{
	double max = 0;

	for (int i = 0; i < s->count; i++)
		if (s->us[i] > max)
			max = s->us[i];
	return max;
}
