/* SPDX-License-Identifier: MIT */
/* Moments as people write them (model/when.h), by the clocks and the zone of
 * this machine. Knows no service. */
#include "conctl/base/date.h"

#include "conctl/base/zone.h"
#include "model/when.h"
#include "sys/call.h"

static const int64_t day_ms = 86400000;

static int64_t real_now_ms(void)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(CLOCK_REALTIME, &t); /* it cannot fail */
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The moment at which local clocks show this, in milliseconds since 1970. In an
 * hour that they show twice it is one of the two; in one that they leave out it
 * is as far from its beginning. */
static bool from_local(int64_t local_ms, int64_t *ms)
{
	int32_t offset;

	if (!zone_offset(local_ms / 1000, &offset) ||
	    !zone_offset(local_ms / 1000 - offset, &offset))
		return false;
	*ms = local_ms - offset * 1000ll;
	return true;
}

/* The midnight with which this day of local time began, by local clocks. */
static bool local_midnight(int64_t now_ms, int64_t *local_ms)
{
	int32_t offset;

	if (!zone_offset(now_ms / 1000, &offset))
		return false;
	*local_ms = now_ms + offset * 1000ll;
	*local_ms -= *local_ms % day_ms;
	return true;
}

/* A time of day, today or on the nearest day of that side. */
static bool from_clock(int64_t of_day_ms, int64_t now_ms, enum date_side side,
                       int64_t *ms)
{
	int64_t midnight;

	if (!local_midnight(now_ms, &midnight) ||
	    !from_local(midnight + of_day_ms, ms))
		return false;
	if (side == DATE_LAST && *ms > now_ms)
		return from_local(midnight - day_ms + of_day_ms, ms);
	if (side == DATE_NEXT && *ms <= now_ms)
		return from_local(midnight + day_ms + of_day_ms, ms);
	return true;
}

/* How many milliseconds from now on that is; below zero: it was. False: local
 * time is not known (/etc/localtime). */
bool date_from_now(const struct when *w, enum date_side side, int64_t *ms)
{
	int64_t now_ms = real_now_ms(), at_ms = w->ms;
	bool known = true;

	switch (w->kind) {
	case WHEN_FROM_NOW:
		*ms = w->ms;
		return true;
	case WHEN_CLOCK:
		known = from_clock(w->ms, now_ms, side, &at_ms);
		break;
	case WHEN_DAY:
		known = local_midnight(now_ms, &at_ms) &&
		        from_local(at_ms + w->ms, &at_ms);
		break;
	case WHEN_LOCAL:
		known = from_local(w->ms, &at_ms);
		break;
	case WHEN_EPOCH:
		break;
	}
	*ms = at_ms - now_ms;
	return known;
}
