/* SPDX-License-Identifier: MIT */
/* The words of the live ledger about a service, and about supervisord, each
 * brought into its range: another user may write anything there at any time.
 * Knows no request. */
#include "conctl/session/record.h"

#include "conctl/session/mapping.h"
#include "conctl/session/process.h"
#include "model/halt.h"
#include "sys/clock.h"

/* Whether a process can end so: an exit code, or a signal, as of waitid(2). */
static bool can_end(union ending e)
{
	if (e.state >= STATES || e.code > ENDING_DUMPED || e.status < 0)
		return false;
	return e.code <= ENDING_EXITED ? e.status <= 255
	                               : e.status >= 1 && e.status <= 64;
}

/* The record of a service, as of ledger_read(): state and target exist, pids
 * can be some, the last end is one that a process can have (else there was
 * none), times are in range. What supervisord cannot have stored is read as
 * supervisord would mend it. */
struct record session_record(uint32_t service)
{
	struct record r = ledger_read_from(
		session.head, (const void *)(uintptr_t)session.live, service);

	r.life.pid = pid_in_range(r.life.pid);
	r.helper = pid_in_range(r.helper);
	if (main_pid(r.main) > PID_MOST)
		r.main = 0;
	if (r.phase.state >= STATES)
		r.phase.state = r.life.pid > 0 ? STATE_UP : STATE_DOWN;
	if (!can_end(r.ending))
		r.ending.word = 0;
	r.wanted_ms = time_read(r.wanted_ms);
	r.up_ms = time_read(r.up_ms);
	return r;
}

/* Copies a text that may change meanwhile: without its last byte it would have
 * no end. */
static void end_text(char *text, size_t size)
{
	text[size - 1] = '\0';
}

/* As world_socket() has it. */
static uint32_t socket_of(uint32_t service)
{
	struct table_service s = table_service_read(session.table, service);
	uint32_t first = table_first(session.table, service);

	if (s.other != 0 && session_record(first).life.crossed)
		s = table_service_read(session.table, s.other - 1);
	return s.ready_pipe;
}

/* Has the ledger an entry of that number, of this version? */
static bool has_entry(uint32_t number)
{
	const volatile char *base = (const volatile char *)session.live;

	return said_bytes(session.head, number + 1) <= session.size &&
	       load_long((const volatile uint64_t *)(base +
	                 said_offset(session.head, 0) - LEDGER_ALIGN)) ==
	               sizeof(struct said);
}

static const volatile void *entry_at(uint32_t number)
{
	return (const volatile char *)session.live +
	       said_offset(session.head, number);
}

/* The words of the entry of a service with .check. False: it has none. */
static bool read_health(uint32_t service, struct health *health)
{
	const struct table_service *s = table_service(session.table, service);

	if (s->check.kind == ACTION_NONE || !has_entry(s->check_pipe - 1))
		return false;
	*health = *(const volatile struct health *)entry_at(s->check_pipe - 1);
	end_text(health->reason, sizeof(health->reason));
	health->at_ms = time_read(health->at_ms);
	health->since_ms = time_read(health->since_ms);
	return true;
}

/* What the checks have found of the process that a service has: a state that
 * exists, a text that has an end, of any bytes. False: nothing. */
bool session_health(uint32_t service, const struct record *r,
                    struct health *health)
{
	return r->life.pid != 0 && read_health(service, health) &&
	       health->run == r->life.exits + 1u && health->state < HEALTHS;
}

/* Is the helper of a service what checks it? */
bool session_checks(uint32_t service, const struct record *r)
{
	struct health h;

	return r->helper > 0 && read_health(service, &h) &&
	       h.helps == HELPS_CHECK;
}

/* What the process of a service has said, or, if it has none, the one before:
 * texts that have an end, of any bytes. False: nothing. */
bool session_said(uint32_t service, const struct record *r, struct said *said)
{
	const struct table_service *s = table_service(session.table, service);
	uint32_t since, socket = socket_of(service);

	if (s->ready != READY_KIND_SD_NOTIFY || !has_entry(socket))
		return false;
	*said = *(const volatile struct said *)entry_at(socket);
	end_text(said->status, sizeof(said->status));
	end_text(said->error, sizeof(said->error));
	end_text(said->exit, sizeof(said->exit));
	end_text(said->stopping, sizeof(said->stopping));
	since = r->life.exits + 1u - said->run;
	return said->run != 0 && (r->life.pid != 0 ? since == 0 : since <= 2);
}

/* Is it a timer that is down until its next time? */
bool record_rests(uint32_t service, const struct record *r)
{
	return r->phase.state == STATE_DOWN &&
	       r->phase.target == TARGET_RESTART &&
	       table_timed(table_service(session.table, service));
}

/* For how many milliseconds the service is in its state. A service that has
 * never changed is as old as the session. */
uint64_t record_age_ms(const struct record *r)
{
	uint64_t now = clock_now_ms(), since = phase_since_ms(r->phase, now);

	if (since < session.head->session_ms)
		since = session.head->session_ms;
	return now > since ? now - since : 0;
}

/* The second place of a service with .restart = OVERLAP (model/overlap.h), and
 * its record; TABLE_NONE: it has none, or is one itself. */
uint32_t session_second(uint32_t service, struct record *r)
{
	uint32_t other = table_service_read(session.table, service).other;

	if (other <= service + 1)
		return TABLE_NONE;
	*r = session_record(other - 1);
	return other - 1;
}

/* Is it a second place that the configuration has? */
bool session_is_second(uint32_t service)
{
	return table_first(session.table, service) != service &&
	       !table_service(session.table, service)->gone;
}

/* How many processes of a service have ended, of both its places. */
uint32_t session_ends(uint32_t service, const struct record *r)
{
	struct record second;

	return r->life.exits + (session_second(service, &second) != TABLE_NONE
	                                ? second.life.exits
	                                : 0);
}

/* Whether a user is shown this service: not when a new configuration has
 * removed it and nothing of it runs any more; a second place unless it is
 * empty. */
bool session_lists(uint32_t service)
{
	struct record r;

	if (session_is_second(service))
		return session_record(service).phase.state != STATE_DOWN;
	if (!table_service(session.table, service)->gone)
		return true;
	r = session_record(service);
	return state_active(r.phase.state) || r.life.pid != 0 || r.helper != 0;
}

/* Can our clock tell how old a record's phase is? A connate in another time
 * namespace has another clock, by which the phase may begin in our future
 * (time_namespaces(7), Linux 5.6). */
bool record_has_time(const struct record *r)
{
	uint64_t now = clock_now_ms();
	uint64_t age = moment_age(r->phase.since_low_ms, now);

	return age <= MOMENT_MASK / 2 && age <= now;
}

/* The profile of a service in the session's table. */
const struct table_profile *session_profile(uint32_t service)
{
	return table_profile(session.table,
	                     table_service(session.table, service)->profile);
}

/* connate's report about supervisord: its pid is one, or 0; its times are in
 * range. */
struct report session_report(void)
{
	struct report report =
		*(const volatile struct report *)&session.live->report;

	report.supervisord = pid_in_range(report.supervisord);
	report.since_ms = time_read(report.since_ms);
	report.next_ms = time_read(report.next_ms);
	return report;
}

/* The end that is planned, of a kind that exists, its time in range; HALT_NONE:
 * none is. */
union planned session_planned(void)
{
	union planned planned = {
		.word = load_long(&session.live->planned.word),
	};

	if (planned.halt >= HALTS)
		planned.halt = HALT_NONE;
	planned.at_ms = time_read(planned.at_ms);
	return planned;
}

/* How urgent the end of the session is. Any value of its word is in range. */
union escalation session_escalation(void)
{
	return (union escalation){
		.word = load_long(&session.live->escalation.word),
	};
}
