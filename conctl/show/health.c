/* SPDX-License-Identifier: MIT */
/* What the checks of a service have found, in a few words. Knows no request. */
#include "conctl/show/health.h"

#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "sys/clock.h"

/* Is the service well: by its checks, or, without .check, as it is up? */
bool health_is_good(uint32_t i, const struct record *r)
{
	struct health h;

	if (r->phase.state != STATE_UP)
		return false;
	return table_service(session.table, i)->check.kind == ACTION_NONE ||
	       (session_health(i, r, &h) && h.state == HEALTH_HEALTHY);
}

/* One word for it; NULL: it has no .check. While it is neither up nor starting,
 * or no check of its process has ended, nothing is known. */
const char *health_word(uint32_t i, const struct record *r)
{
	static const char *const words[HEALTHS] = {
		[HEALTH_UNKNOWN] = "unknown",
		[HEALTH_HEALTHY] = "healthy",
		[HEALTH_UNHEALTHY] = "unhealthy",
		[HEALTH_FAILED] = "unhealthy",
	};
	struct health h;

	if (table_service(session.table, i)->check.kind == ACTION_NONE)
		return NULL;
	return words[session_health(i, r, &h) ? h.state : HEALTH_UNKNOWN];
}

static void span_since(struct out *out, uint64_t at_ms)
{
	uint64_t now_ms = clock_now_ms();

	span_write(out, now_ms > at_ms ? now_ms - at_ms : 0);
}

static void failures_write(struct out *out, const struct health *h)
{
	if (h->failures == 0)
		return;
	out_number(out, h->failures);
	out_text(out, h->failures == 1 ? " failure" : " failures in a row");
	out_text(out, h->reason[0] != '\0' ? ": " : "");
	out_foreign(out, h->reason);
}

/* Writes what is wrong; nothing if nothing is. */
void health_complain(struct out *out, uint32_t i, const struct record *r)
{
	struct health h;

	if (!session_health(i, r, &h) || h.reason[0] == '\0')
		return;
	if (h.state >= HEALTH_UNHEALTHY) {
		out_text(out, "unhealthy since ");
		span_since(out, h.since_ms);
		out_text(out, ": ");
		out_foreign(out, h.reason);
	} else {
		out_text(out, "a check failed: ");
		out_foreign(out, h.reason);
	}
}

/* Writes all of it: what the checks say, since when, and how the last ones have
 * failed. The service has .check. */
void health_write(struct out *out, uint32_t i, const struct record *r)
{
	struct health h;

	if (!session_health(i, r, &h)) {
		out_text(out, "not checked yet");
		return;
	}
	out_text(out, health_word(i, r));
	if (h.state != HEALTH_UNKNOWN) {
		out_text(out, " since ");
		span_since(out, h.since_ms);
	}
	out_text(out, h.failures > 0 ? "; " : "");
	failures_write(out, &h);
	if (h.failures == 0 && h.reason[0] != '\0') {
		out_text(out, "; ");
		out_foreign(out, h.reason);
	}
	out_text(out, "; checked ");
	span_since(out, h.at_ms);
	out_text(out, " ago");
}
