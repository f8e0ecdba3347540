/* SPDX-License-Identifier: MIT */
/* The ledger's ring of events, read while it is written, possibly by another
 * user who may write anything. Knows no screen. */
#include "conctl/session/event.h"

#include "conctl/session/mapping.h"

/* How many events there have been: the number of the next one. */
uint32_t events_now(void)
{
	return load(&session.live->events);
}

/* The first event that can still be read. */
uint32_t events_first(void)
{
	uint32_t now = events_now();

	return now < LEDGER_EVENTS ? 0 : now - (LEDGER_EVENTS - 1);
}

/* What no supervisord stores belongs to no service: TABLE_NONE. */
static void event_mend(struct event *e)
{
	if (e->service < session.table->services && e->from < STATES &&
	    e->to < STATES && e->target < TARGETS && e->kind < EVENTS &&
	    e->code <= ENDING_DUMPED) {
		e->at_ms = time_read(e->at_ms);
		return;
	}
	*e = (struct event){ .service = TABLE_NONE };
}

/* Reads event k: true if it is whole and has not been overwritten. Its states,
 * target, kind and end exist, its time is in range; the service of an event
 * that is not so is TABLE_NONE. Event k is whole once the counter has passed
 * it, and until the ring comes round: k + LEDGER_EVENTS is written while the
 * counter stands there. */
bool event_at(uint32_t k, struct event *e)
{
	uint32_t back = events_now() - k;

	if (back == 0 || back >= LEDGER_EVENTS)
		return false;
	*e = *(const volatile struct event *)live_at(
		ledger_event(session.head, k));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	event_mend(e);
	return events_now() - k < LEDGER_EVENTS;
}

/* Reads the next event from *at on and sets *at behind it; false: there is none
 * before `end`, an events_now() of the caller's, so that reading ends although
 * events are written meanwhile. *missed grows by those that were overwritten
 * before they could be read. */
bool event_next(uint32_t *at, uint32_t end, struct event *e, uint32_t *missed)
{
	uint32_t behind = end - *at;

	if (behind >= LEDGER_EVENTS) {
		*missed += behind - (LEDGER_EVENTS - 1);
		*at = end - (LEDGER_EVENTS - 1);
	}
	while (*at != end) {
		if (event_at((*at)++, e))
			return true;
		++*missed;
	}
	return false;
}
