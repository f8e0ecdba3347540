/* SPDX-License-Identifier: MIT */
/* Values as systemd writes them. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "import/text.h"
#include "import/value.h"

int value_boolean(const char *s)
{
	static const char *const yes[] = { "1", "yes", "y", "true", "t", "on" };
	static const char *const no[] = { "0", "no", "n", "false", "f", "off" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		if (strcasecmp(s, yes[i]) == 0)
			return 1;
		if (strcasecmp(s, no[i]) == 0)
			return 0;
	}
	return VALUE_WRONG;
}

/* systemd.time(7), in microseconds; months and years are those of systemd. */
static const struct unit {
	const char *name;
	unsigned long long us;
} units[] = {
	{ "seconds", 1000000 }, { "second", 1000000 }, { "sec", 1000000 },
	{ "s", 1000000 }, { "minutes", 60000000 }, { "minute", 60000000 },
	{ "min", 60000000 }, { "months", 2629800000000 },
	{ "month", 2629800000000 }, { "M", 2629800000000 },
	{ "msec", 1000 }, { "ms", 1000 }, { "m", 60000000 },
	{ "hours", 3600000000 }, { "hour", 3600000000 }, { "hr", 3600000000 },
	{ "h", 3600000000 }, { "days", 86400000000 }, { "day", 86400000000 },
	{ "d", 86400000000 }, { "weeks", 604800000000 },
	{ "week", 604800000000 }, { "w", 604800000000 },
	{ "years", 31557600000000 }, { "year", 31557600000000 },
	{ "y", 31557600000000 }, { "usec", 1 }, { "us", 1 },
	{ "", 1000000 },
};

static const struct unit *unit_at(const char *s, size_t size)
{
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (strlen(units[i].name) == size &&
		    strncmp(units[i].name, s, size) == 0)
			return &units[i];
	return NULL;
}

enum { DAYS_MOST = 49 };
static const double most_us = DAYS_MOST * 86400e6;

/* Microseconds, or below zero. Any time beyond the vocabulary's is FOREVER. */
static double time_us(const char *s)
{
	double sum = 0;

	while (*(s += strspn(s, " \t")) != '\0') {
		char *end;
		double n;
		size_t size;
		const struct unit *u;

		if (!isdigit((unsigned char)*s) && *s != '.')
			return -1;
		n = strtod(s, &end);
		if (end == s || memchr(s, 'x', (size_t)(end - s)) != NULL)
			return -1;
		end += strspn(end, " \t");
		size = strspn(end, "abcdefghijklmnopqrstuvwxyzM");
		u = unit_at(end, size);
		if (u == NULL)
			return -1;
		sum += n * (double)u->us;
		s = end + size;
	}
	return sum;
}

const char *value_ms(long long ms)
{
	if (ms < 0)
		return "FOREVER";
	if (ms % 1000 == 0)
		return text_of("SECONDS(%lld)", ms / 1000);
	return text_of("MILLISECONDS(%lld)", ms);
}

const char *value_time(const char *s, bool zero_forever, long long *ms)
{
	long long found = -1;
	double us;

	s = text_trim(s);
	if (*s == '\0')
		return NULL;
	if (!text_same(s, "infinity")) {
		us = time_us(s);
		if (us < 0)
			return NULL;
		if (us <= most_us && !(us == 0 && zero_forever))
			found = us > 0 && us < 1000 ? 1 : (long long)us / 1000;
	}
	if (ms != NULL)
		*ms = found;
	return value_ms(found);
}

static const struct {
	const char *name;
	int number;
	bool known;  /* the configuration has its name */
} signals[] = {
	{ "HUP", 1, true }, { "INT", 2, true }, { "QUIT", 3, true },
	{ "ILL", 4, false }, { "TRAP", 5, false }, { "ABRT", 6, true },
	{ "IOT", 6, false }, { "BUS", 7, false }, { "FPE", 8, false },
	{ "KILL", 9, true }, { "USR1", 10, true }, { "SEGV", 11, false },
	{ "USR2", 12, true }, { "PIPE", 13, true }, { "ALRM", 14, true },
	{ "TERM", 15, true }, { "STKFLT", 16, false }, { "CHLD", 17, false },
	{ "CONT", 18, true }, { "STOP", 19, true }, { "TSTP", 20, true },
	{ "TTIN", 21, true }, { "TTOU", 22, true }, { "URG", 23, false },
	{ "XCPU", 24, false }, { "XFSZ", 25, false }, { "VTALRM", 26, false },
	{ "PROF", 27, false }, { "WINCH", 28, true }, { "IO", 29, false },
	{ "POLL", 29, false }, { "PWR", 30, true }, { "SYS", 31, false },
};

enum { SIGNALS = sizeof(signals) / sizeof(*signals), RTMIN = 34, RTMAX = 64 };

static int signal_real_time(const char *s)
{
	long long n = 0;

	if (text_same(s, "RTMIN"))
		return RTMIN;
	if (text_same(s, "RTMAX"))
		return RTMAX;
	if (text_starts(s, "RTMIN+") &&
	    value_number(s + 6, 10, 0, RTMAX - RTMIN, &n))
		return RTMIN + (int)n;
	if (text_starts(s, "RTMAX-") &&
	    value_number(s + 6, 10, 0, RTMAX - RTMIN, &n))
		return RTMAX - (int)n;
	return VALUE_WRONG;
}

int value_signal(const char *s)
{
	long long n;

	if (value_number(s, 10, 1, RTMAX, &n))
		return (int)n;
	if (text_starts(s, "SIG"))
		s += 3;
	for (size_t i = 0; i < SIGNALS; i++)
		if (text_same(signals[i].name, s))
			return signals[i].number;
	return signal_real_time(s);
}

const char *value_signal_c(int number)
{
	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i].number == number && signals[i].known)
			return text_of("SIG%s", signals[i].name);
	return text_of("%d", number);
}

bool value_number(const char *s, int base, long long least, long long most,
                  long long *found)
{
	char *end;

	if (!isdigit((unsigned char)*s) && *s != '-')
		return false;
	errno = 0;
	*found = strtoll(s, &end, base);
	return errno == 0 && end != s && *end == '\0' && *found >= least &&
	       *found <= most;
}

static bool is_time(const char *resource)
{
	return text_same(resource, "cpu") || text_same(resource, "rttime");
}

static bool is_size(const char *resource)
{
	static const char sizes[] =
		" fsize data stack core rss memlock as msgqueue ";

	return strstr(sizes, text_of(" %s ", resource)) != NULL;
}

/* A CPU time is in seconds, one of RTTIME in microseconds, and a bare number of
 * either is so, too. */
static const char *limit_time(const char *s, const char *resource)
{
	bool cpu = text_same(resource, "cpu");
	double us = time_us(s);
	long long n;

	if (value_number(s, 10, 0, 1LL << 62, &n))
		return text_of("%lld", n);
	if (us < 0 || us > 9e18)
		return NULL;
	return text_of("%lld", cpu ? ((long long)us + 999999) / 1000000
	                           : (long long)us);
}

static const char *limit_size(const char *s)
{
	static const char names[] = "BKMGTPE";
	char *end;
	double n = strtod(s, &end);
	const char *name;

	if (!isdigit((unsigned char)*s))
		return NULL;
	name = *end == '\0' ? names : strchr(names, *end);
	if (name == NULL || (*end != '\0' && end[1] != '\0'))
		return NULL;
	for (; name > names; name--)
		n *= 1024;
	return n < 9e18 ? text_of("%lldULL", (long long)n) : NULL;
}

const char *value_limit(const char *s, const char *resource)
{
	long long n;

	if (text_same(s, "infinity") && text_same(resource, "nofile"))
		return "1048576"; /* the kernel takes no more */
	if (text_same(s, "infinity"))
		return "UNLIMITED";
	if (is_time(resource))
		return limit_time(s, resource);
	if (is_size(resource))
		return limit_size(s);
	if (!value_number(s, 10, 0, 1LL << 62, &n))
		return NULL;
	return text_of("%lld", n);
}
