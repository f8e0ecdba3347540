/* SPDX-License-Identifier: MIT */
/* Numbers that have a range: times, attempts, masks. */
#include "config/check/check.h"

enum zero { ZERO_FINE, ZERO_ODD, ZERO_WRONG };

static const long long day_ms = 24LL * 60 * 60 * 1000;

static bool time_is_forever(const struct config_time *t)
{
	return t->unit == CONFIG_UNIT_MS && t->ms == CONFIG_FOREVER_MS;
}

static bool check_time(const struct config *c, uint32_t i, const char *field,
                       const struct config_time *t)
{
	if (t->unit != CONFIG_UNIT_MS)
		report_error(c, i,
		             ": %s is written SECONDS(n), "
		             "MILLISECONDS(n) or FOREVER",
		             field);
	else if (t->ms < 0)
		report_error(c, i, ": %s is negative", field);
	else if (!time_is_forever(t) && t->ms > TIME_MAX_DAYS * day_ms)
		report_error(c, i,
		             ": %s is longer than %d days; say FOREVER "
		             "for no limit",
		             field, TIME_MAX_DAYS);
	else
		return true;
	return false;
}

static void time_check(const struct config *c, uint32_t i, const char *field,
                       const struct config_time *t, enum zero zero)
{
	if (!check_time(c, i, field, t) || t->ms > 0 || zero == ZERO_FINE)
		return;
	if (zero == ZERO_WRONG)
		report_error(c, i,
		             ": %s is zero, so it would always fail; "
		             "say FOREVER for no limit",
		             field);
	else
		report_warning(c, i, ": %s is zero, so it is killed at once",
		               field);
}

static void check_delay(const struct config *c, uint32_t i,
                        const struct config_retry *r)
{
	if (time_is_forever(&r->after)) {
		report_error(c, i,
		             ": .retry: .after is FOREVER; say "
		             "RETRY_NEVER");
		return;
	}
	if (r->after.ms > 0)
		return;
	if (r->retry == CONFIG_RETRY_DOUBLING)
		report_error(c, i,
		             ": .retry: .after is zero, which does not "
		             "double; say RETRY_FIXED");
	else if (r->attempts == 0)
		report_warning(c, i,
		               ": .retry: again and again without a "
		               "pause and without a limit; say .after or "
		               ".attempts");
}

static void check_longest(const struct config *c, uint32_t i,
                          const struct config_retry *r)
{
	if (r->retry == CONFIG_RETRY_FIXED) {
		if (r->max.unit != 0)
			report_error(c, i,
			             ": .retry: RETRY_FIXED has no "
			             ".max; its delay does not grow");
		return;
	}
	if (check_time(c, i, ".retry: .max", &r->max) &&
	    r->max.ms < r->after.ms)
		report_error(c, i, ": .retry: .max is shorter than .after");
}

static void check_retry(const struct config *c, uint32_t i,
                        const struct config_retry *r)
{
	if (r->retry == CONFIG_RETRY_NEVER)
		return;
	if ((unsigned)r->retry > CONFIG_RETRY_NEVER) {
		report_error(c, i, ": .retry is one of RETRY_...");
		return;
	}
	if (check_time(c, i, ".retry: .after", &r->after)) {
		check_delay(c, i, r);
		check_longest(c, i, r);
	}
	if (r->attempts < 0 || r->attempts > ATTEMPTS_MAX)
		report_error(c, i,
		             ": .retry: .attempts is %ld; it is 1 to "
		             "%d, or 0 for no limit",
		             r->attempts, ATTEMPTS_MAX);
}

/* 22 is 026, and nothing in a number tells how it was written. These masks are
 * a slip nearly always, and one beside them does for what they mean. */
static bool umask_is_decimal(const struct config *c, uint32_t i, int mask)
{
	static const struct {
		int mask;
		const char *instead;
	} slips[] = {
		{ 22, "022; for 026, say 027" },
		{ 27, "027; for 033, say 037" },
		{ 77, "077; for 0115, say 0117" },
	};

	for (size_t k = 0; k < sizeof(slips) / sizeof(slips[0]); k++) {
		if (mask != slips[k].mask)
			continue;
		report_error(c, i,
		             ": .umask is %d, which is 0%o; an octal number "
		             "begins with 0: %s",
		             mask, mask, slips[k].instead);
		return true;
	}
	return false;
}

static void check_umask(const struct config *c, uint32_t i, int mask)
{
	if (mask == CONFIG_UNSET || umask_is_decimal(c, i, mask))
		return;
	if (mask < 0 || mask > 0777)
		report_error(c, i, ": .umask is 0 to 0777 (octal)");
	else if ((mask & 0700) != 0)
		report_warning(c, i,
		               ": .umask 0%o takes rights from the owner "
		               "itself; is it octal, such as 077?",
		               mask);
}

static void check_plain_numbers(const struct config *c, uint32_t i,
                                const struct config_service *s)
{
	check_umask(c, i, s->umask);
	if (s->nice < -20 || s->nice > 19)
		report_error(c, i, ": .nice is -20 to 19");
	if (s->log.log == CONFIG_LOG_FILE &&
	    (s->log.mode < 0 || s->log.mode > 0777))
		report_error(c, i, ": .log: .mode is 0 to 0777 (octal)");
	if (s->target != UP && s->target != DOWN && s->target != ONCE)
		report_error(c, i, ": .target is UP, DOWN or ONCE");
	if ((unsigned)s->log.log > CONFIG_LOG_TO)
		report_error(c, i, ": .log is one of LOG_...");
	if ((unsigned)s->ioprio.io > CONFIG_IO_IDLE)
		report_error(c, i, ": .ioprio is one of IO_...");
}

/* Where the others see no list at all. */
static void check_empty(const struct config *c, uint32_t i, const char *field,
                        const struct config_list *l)
{
	if (l->item == NULL && !list_written(l))
		report_error(c, i, ": %s is written LIST(\"name\", ...)",
		             field);
}

/* CONNATE(.max_rest): zero is SIGKILL at once, and no SIGTERM would be of
 * use. */
void rest_check(const struct config *c)
{
	const struct config_time *rest = &c->is.max_rest;
	uint32_t all = (uint32_t)c->count;

	if (rest->unit == 0 && rest->ms == 0)
		return;
	if (!check_time(c, all, ".max_rest", rest))
		return;
	if (rest->ms == 0)
		report_error(c, all,
		             ": .max_rest is zero; leave it out for 2 s");
	else if (time_is_forever(rest))
		report_error(c, all,
		             ": .max_rest is FOREVER, so what ignores SIGTERM "
		             "would hold up the end for ever");
}

void limits_check(const struct config *c, uint32_t i)
{
	const struct config_service *s = service_of(c, i);

	time_check(c, i, ".max_setup", &s->max_setup, ZERO_WRONG);
	time_check(c, i, ".max_ready", &s->max_ready, ZERO_WRONG);
	time_check(c, i, ".max_stop", &s->max_stop, ZERO_ODD);
	time_check(c, i, ".max_cleanup", &s->max_cleanup, ZERO_WRONG);
	time_check(c, i, ".healthy", &s->healthy, ZERO_FINE);
	time_check(c, i, ".settle", &s->settle, ZERO_FINE);
	if (time_is_forever(&s->settle))
		report_error(c, i,
		             ": .settle is FOREVER, so it would never count "
		             "as up");
	if (s->watchdog.unit != 0)
		time_check(c, i, ".watchdog", &s->watchdog, ZERO_WRONG);
	if (s->check.given) {
		time_check(c, i, ".check: .every", &s->check.every, ZERO_FINE);
		time_check(c, i, ".check: .timeout", &s->check.timeout,
		           ZERO_FINE);
		time_check(c, i, ".check: .start", &s->check.start, ZERO_FINE);
	}
	check_retry(c, i, &s->retry);
	check_plain_numbers(c, i, s);
	check_empty(c, i, ".extra_groups", &s->extra_groups);
	check_empty(c, i, ".capabilities", &s->capabilities);
	check_empty(c, i, ".namespaces", &s->namespaces);
}
