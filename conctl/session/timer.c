/* SPDX-License-Identifier: MIT */
/* When a service with .every is due. All of it follows from the table, the
 * record, the clocks and the machine's zone, so nothing is stored: what keeps the
 * time may be killed at any instant, and a command shows what it will do. */
#include "conctl/session/timer.h"

#include "conctl/base/zone.h"
#include "conctl/session/mapping.h"
#include "conctl/session/record.h"
#include "model/calendar.h"
#include "model/moment.h"
#include "sys/call.h"

static int64_t clock_read(int clock)
{
	struct __kernel_timespec t = { 0, 0 };

	(void)sys_clock_gettime(clock, &t); /* it cannot fail */
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* All clocks, as they are now. */
struct clocks clocks_now(void)
{
	return (struct clocks){
		.monotonic = clock_read(CLOCK_MONOTONIC),
		.boot = clock_read(CLOCK_BOOTTIME),
		.real = clock_read(CLOCK_REALTIME),
	};
}

static const uint32_t *words_of(uint32_t service)
{
	return table_list(session.table,
	                  table_service(session.table, service)->every.at);
}

/* Is it started at certain times, and does this conctl know how? */
bool timer_is(uint32_t service)
{
	const struct table_service *s = table_service(session.table, service);

	return !s->gone && s->every.count >= EVERY_WORDS &&
	       (s->every.count - EVERY_WORDS) % CALENDAR_WORDS == 0;
}

/* The following are for a service for which timer_is(). */

struct table_every timer_every(uint32_t service)
{
	return *(const struct table_every *)(const void *)words_of(service);
}

/* How many calendars it has; 0: it goes by .every_ms. */
uint32_t timer_calendars(uint32_t service)
{
	return (table_service(session.table, service)->every.count -
	        EVERY_WORDS) / CALENDAR_WORDS;
}

static const struct calendar *calendar_at(uint32_t service, uint32_t k)
{
	return (const struct calendar *)(const void *)(
		words_of(service) + EVERY_WORDS + k * CALENDAR_WORDS);
}

/* How its k-th calendar was written. */
const char *timer_text(uint32_t service, uint32_t k)
{
	uint32_t text = calendar_at(service, k)->text;

	return text < session.table->text_bytes
	               ? table_text(session.table, text) : "";
}

/* Is it started if it is due? Not while it runs, and not if it was asked to be
 * down. */
bool timer_can_start(uint32_t service, const struct record *r)
{
	return record_rests(service, r) ||
	       ((r->phase.state == STATE_FAILED ||
	         r->phase.state == STATE_SKIPPED) &&
	        target_wanted(r->phase.target));
}

static int64_t last_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Behind which moment of CLOCK_MONOTONIC it is next due, by its record: of
 * SECONDS its last start, of a calendar that or its last change, so that a time
 * that has come while it ran is over. If it has never run, since there is a
 * session, or a supervisord that knows it. */
int64_t timer_base(uint32_t service, const struct record *r,
                   const struct clocks *now)
{
	int64_t wanted_ms = (int64_t)r->wanted_ms;
	uint64_t since_ms = phase_since_ms(r->phase, (uint64_t)now->monotonic);

	if (wanted_ms == 0)
		return last_of((int64_t)time_read(session.head->session_ms),
		               (int64_t)time_read(
				       load_long(&session.live->started_ms)));
	return timer_calendars(service) == 0
	               ? wanted_ms : last_of(wanted_ms, (int64_t)since_ms);
}

/* FNV-1a, of the machine's id (machine-id(5)) and the name of the service, so
 * that machines of one configuration do not all do the same at once. */
static uint32_t hash_of(uint32_t service)
{
	static char id[32];
	static bool read;
	const char *name = table_name(session.table, service);
	uint32_t h = 0x811c9dc5;
	int fd;

	if (!read) {
		fd = sys_openat(AT_FDCWD, "/etc/machine-id",
		                O_RDONLY | O_CLOEXEC, 0);
		if (fd >= 0) {
			(void)sys_read(fd, id, sizeof(id)); /* or zeros */
			(void)sys_close(fd); /* it was only read */
		}
		read = true;
	}
	for (size_t k = 0; k < sizeof(id); k++)
		h = (h ^ (unsigned char)id[k]) * 0x01000193;
	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 0x01000193;
	return h ^ h >> 15;
}

static int64_t splay_of(uint32_t service)
{
	struct table_every every = timer_every(service);

	return every.splay_ms == 0
	               ? 0 : hash_of(service) % (every.splay_ms + 1ull);
}

/* The first time of its calendars behind `after_ms`, both since 1970; or
 * TIMER_NEVER, also where the zone cannot be read. */
static int64_t due_by_calendar(uint32_t service, int64_t after_ms)
{
	int64_t splay_ms = splay_of(service), due_ms = TIMER_NEVER, at_s;
	struct zone zone;

	if (!zone_read(&zone))
		zone.size = 0; /* UTC */
	after_ms -= splay_ms;
	for (uint32_t k = 0; k < timer_calendars(service); k++)
		if (calendar_due(calendar_at(service, k), &zone,
		                 after_ms > 0 ? after_ms / 1000 : 0, &at_s) &&
		    at_s < due_ms / 1000)
			due_ms = at_s * 1000;
	return due_ms == TIMER_NEVER ? due_ms : due_ms + splay_ms;
}

/* When it is due behind base_ms. Of a calendar that is of CLOCK_BOOTTIME, and the
 * result in milliseconds since 1970, by the offset of the clocks as it is now; else
 * both are of CLOCK_MONOTONIC. */
int64_t timer_due(uint32_t service, int64_t base_ms, bool has_run,
                  const struct clocks *now)
{
	struct table_every every = timer_every(service);

	if (timer_calendars(service) == 0)
		return base_ms + every.every_ms +
		       (has_run ? 0 : splay_of(service));
	return due_by_calendar(service, base_ms + now->real - now->boot);
}

/* The same by its record alone, in milliseconds since 1970 in either case: what a
 * command shows. */
int64_t timer_due_real(uint32_t service, const struct record *r,
                       const struct clocks *now)
{
	int64_t base_ms = timer_base(service, r, now), due_ms;
	bool calendar = timer_calendars(service) != 0;

	if (calendar)
		base_ms += now->boot - now->monotonic;
	due_ms = timer_due(service, base_ms, r->wanted_ms != 0, now);
	return calendar || due_ms == TIMER_NEVER
	               ? due_ms : due_ms + now->real - now->monotonic;
}
