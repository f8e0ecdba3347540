/* SPDX-License-Identifier: MIT */
/* What conctl asks. Bytes are checked at the door (model/request.c); each
 * well-formed request is answered in the ledger. */
#include "supervisord/supervisord.h"

/* A read takes what a pipe can hold, so that garbage in front of a request
 * cannot cut it in two; it ends behind the first packet (pipe(7)). */
static unsigned char bytes[REQUEST_ROOM];

static void apply_wishes(void)
{
	struct world *w = &supervisor.world;
	struct change change;

	while (target_next(w, &change)) {
		union phase before = supervisor.records[change.service].phase;

		publish_change(&change);
		world_changed(w, change.service, before);
	}
}

/* Every service of the ranges, then what follows from it. */
void wish_all(const struct request_range *ranges, uint32_t count,
              enum target target)
{
	for (uint32_t k = 0; k < count; k++)
		for (uint32_t i = 0; i < ranges[k].count; i++)
			target_wish(&supervisor.world, ranges[k].first + i,
			            target);
	apply_wishes();
}

static bool in_table(const struct request *r)
{
	uint32_t services = supervisor.ledger->services;

	for (uint32_t k = 0; k < r->ranges; k++)
		if (r->range[k].first > services ||
		    r->range[k].count > services - r->range[k].first)
			return false;
	return true;
}

static void mark_ready(const struct request *r)
{
	for (uint32_t k = 0; k < r->ranges; k++)
		for (uint32_t i = 0; i < r->range[k].count; i++) {
			publish_ready(r->range[k].first + i);
			world_touch(&supervisor.world, r->range[k].first + i);
		}
}

static int obey(const struct request *r)
{
	switch ((enum request_verb)r->verb) {
	case REQUEST_UP:
		wish_all(r->range, r->ranges, TARGET_UP);
		return 0;
	case REQUEST_DOWN:
		wish_all(r->range, r->ranges, TARGET_DOWN);
		return 0;
	case REQUEST_RESTART:
		wish_all(r->range, r->ranges, TARGET_RESTART);
		return 0;
	case REQUEST_ONCE:
		wish_all(r->range, r->ranges, TARGET_ONCE);
		return 0;
	case REQUEST_READY:
		mark_ready(r);
		return 0;
	case REQUEST_EXIT:
		halt_begin(HALT_EXIT, (int)(r->argument & 255));
		return 0;
	case REQUEST_NONE:
	case REQUESTS:
		break;
	}
	return -EINVAL;
}

/* While everything goes down nothing may be sent up again. */
static bool too_late(const struct request *r)
{
	return supervisor.ledger->halt != 0 && r->verb != REQUEST_DOWN &&
	       r->verb != REQUEST_EXIT && r->verb != REQUEST_READY;
}

static int judge(const struct request *r)
{
	if (r->verb != REQUEST_EXIT &&
	    r->digest != supervisor.world.table->digest)
		return -ESTALE;
	if (!in_table(r))
		return -EINVAL;
	if (too_late(r))
		return -ESHUTDOWN;
	return obey(r);
}

static void take(uint32_t size)
{
	static struct request r;
	uint32_t at = 0;
	int found;

	while ((found = request_next(bytes, size, &at, &r)) != 0)
		publish_answer(r.id, found < 0 ? found : judge(&r),
		               TABLE_NONE);
}

void requests_read(void)
{
	for (int i = 0; i < REQUESTS_MAX; i++) {
		long got = sys_read(FD_REQUEST_IN, bytes, sizeof(bytes));

		if (got <= 0)
			return;     /* empty; we hold a writing end ourselves */
		take((uint32_t)got);
	}
}
