/* SPDX-License-Identifier: MIT */
/* --history: each event of the ledger becomes a line, an object of JSON, which
 * ends with how far the history is written then (mark.h). So a successor of a
 * process that was killed goes on behind the last line, wherever the kill came:
 * each event is written once. Events that were overwritten before they could be
 * read are counted. */
#include "log/chronicle.h"

#include "log/past.h"
#include "log/mark.h"
#include "log/reason.h"
#include "log/source.h"
#include "log/write.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

enum { PIDS = 4096 };               /* of services whose pids are known */

static struct mark mark;            /* of the last line */
static bool known;                  /* the last line was read */
static uint64_t skip_ms;            /* up to then, the present ring is written */
static int32_t pids[PIDS];          /* of the processes that ran last */
static bool pids_known;             /* of those from before the ledger was
                                       mapped, too */

static const char *const fact_word[] = {
#define FACT(name, sentence) #name,
#include "model/fact.def"
#undef FACT
};

enum { FACTS_ALL = sizeof(fact_word) / sizeof(fact_word[0]) };

static char *put(char *to, const char *text)
{
	while (*text != '\0')
		*to++ = *text++;
	return to;
}

static char *put_number(char *to, const char *key, int64_t value)
{
	struct digits d;

	return put(put(to, key), text_number(&d, value));
}

static char *put_string(char *to, const char *key, const char *text)
{
	to = line_string(put(to, key), text, text_length(text));
	return put(to, "\"");
}

/* Begins a line about a moment of CLOCK_MONOTONIC, which is shown as what the
 * clock of the day would have been then by what it is now. */
static char *begin(char *to, uint64_t at_ms, const char *event)
{
	struct __kernel_timespec t = { 0, 0 };
	struct line l;
	int64_t ms;

	(void)sys_clock_gettime(CLOCK_REALTIME, &t); /* it cannot fail */
	ms = t.tv_sec * 1000 + t.tv_nsec / 1000000 -
	     (int64_t)(clock_now_ms() - at_ms);
	ms = ms > 0 ? ms : 0;
	line_time(&l, ms / 1000, (uint32_t)(ms % 1000) * 1000000);
	to = put_string(to, "{\"time\":\"", l.time);
	return put_string(to, ",\"event\":\"", event);
}

/* Ends the line, and writes it: then `then` is how far the history goes. */
static int end(char *line, char *at, struct mark then)
{
	int error;

	at = mark_write(put(at, ","), &then);
	at = put(at, "}\n");
	error = past_add(line, (uint32_t)(at - line));
	if (error >= 0)
		mark = then;
	return error;
}

/* The beginning of the machine's boot id, as a number; 0: there is none. */
static uint64_t boot_id(void)
{
	char text[8] = { 0 };
	int fd = sys_openat(AT_FDCWD, "/proc/sys/kernel/random/boot_id",
	                    O_RDONLY | O_CLOEXEC, 0);
	uint64_t id = 0;

	if (fd < 0)
		return 0;
	(void)sys_read(fd, text, sizeof(text)); /* else 0 */
	(void)sys_close(fd);        /* it was only read */
	for (int k = 0; k < 8; k++)
		id = id * 16 + (uint64_t)(text[k] & 15) +
		     (text[k] > '9' ? 9 : 0);
	return id;
}

static int begin_session(uint64_t boot)
{
	char line[PAST_LINE], *at;
	struct mark then = {
		.boot = boot,
		.session_ms = source->session_ms,
		.supervisord = (uint32_t)source->supervisord,
		.images = source->report.images,
		.successions = source->report.successions,
	};

	if (mark.session_ms != 0 && mark.boot == boot &&
	    mark.session_ms == source->session_ms)
		return 0;
	at = begin(line, source->session_ms,
	           mark.boot != boot ? "boot" : "session");
	return end(line, at, then);
}

static char *put_death(char *to)
{
	const struct report *r = &source->report;
	struct digits d;

	switch ((enum death)r->death) {
	case DEATH_KILLED:
		to = put(to, ",\"why\":\"killed by SIG");
		return put(put(to, text_signal(&d, r->status)), "\"");
	case DEATH_EXITED:
		to = put_number(to, ",\"why\":\"exited with ", r->status);
		return put(to, "\"");
	case DEATH_LATE:
		return put(to, ",\"why\":\"it did not get ready\"");
	case DEATH_STUCK:
		return put(to, ",\"why\":\"it read no message\"");
	case DEATH_CANNOT:
		return put(to, ",\"why\":\"it cannot be run\"");
	case DEATH_NONE:
		break;
	}
	return to;
}

/* What became of connate and supervisord since the last line: a death, which
 * shows as another pid, and another image. */
static int add_manager(void)
{
	char line[PAST_LINE], *at = line;
	struct mark then = mark;
	uint64_t images = source->report.images;
	bool lives = mark.successions != source->report.successions;
	int error = 0;

	then.supervisord = (uint32_t)source->supervisord;
	then.successions = source->report.successions;
	if (then.supervisord != mark.supervisord) {
		at = begin(line, source->started_ms,
		           lives ? "succession" : "supervisord");
		at = lives ? at : put_death(at);
		at = put_number(at, ",\"pid\":", source->supervisord);
		error = end(line, at, then);
	}
	if (error < 0 || images == mark.images)
		return error;
	then = mark;
	then.images = images;
	at = begin(line, source->started_ms,
	           images > mark.images ? "upgrade" : "rollback");
	return end(line, put_number(at, ",\"images\":", (int64_t)images), then);
}

static int add_lost(uint32_t lost, uint32_t next)
{
	char line[PAST_LINE], *at = begin(line, clock_now_ms(), "lost");
	struct mark then = mark;

	then.next = next;
	return end(line, put_number(at, ",\"count\":", lost), then);
}

static char *put_facts(char *to, uint32_t facts)
{
	bool comma = false;

	to = put(to, ",\"facts\":[");
	for (int k = 0; k < FACTS_ALL; k++) {
		if ((facts >> k & 1) == 0)
			continue;
		to = put(to, comma ? ",\"" : "\"");
		comma = true;
		for (const char *c = fact_word[k]; *c != '\0'; c++)
			*to++ = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a')
			                               : *c;
		*to++ = '"';
	}
	return put(to, "]");
}

static char *put_end(char *to, const struct event *e)
{
	struct digits d;

	if (e->code == 0 || (e->kind == EVENT_STATE &&
	                     (e->facts & (FACT_ENDED | FACT_LOST)) == 0))
		return to;
	if (e->code == ENDING_EXITED)
		return put_number(to, ",\"exit\":", e->status);
	to = put(to, e->status < 32 ? ",\"signal\":\"SIG" : ",\"signal\":\"");
	return put(put(to, text_signal(&d, e->status)), "\"");
}

/* pid and attempt, as far as they are known: the record is that of the event if
 * it has not changed since. A process that has ended has left its pid here. */
static char *put_process(char *to, const struct event *e)
{
	const struct table *t = ledger_table(source);
	struct table_service s = table_service_read(t, e->service);
	struct record r = ledger_read(source, e->service);
	bool same = r.phase.state == e->to &&
	            r.phase.since_low_ms == (e->at_ms & MOMENT_MASK);
	int32_t *pid = e->service < PIDS ? &pids[e->service] : NULL;

	if (pid != NULL && same && record_pid(&s, &r) != 0)
		*pid = record_pid(&s, &r);
	if (pid != NULL && *pid > 0)
		to = put_number(to, ",\"pid\":", *pid);
	if (pid != NULL && !state_active((enum state)e->to))
		*pid = 0;
	return same ? put_number(to, ",\"attempt\":", r.phase.attempt) : to;
}

static int add_event(uint32_t k, const struct event *e)
{
	char line[PAST_LINE], why[REASON_BYTES], *at;
	struct mark then = mark;

	then.next = k + 1;
	then.at_ms = e->at_ms;
	at = begin(line, e->at_ms, event_label[e->kind]);
	at = put_string(at, ",\"service\":\"",
	                table_name(ledger_table(source), e->service));
	at = put_string(at, ",\"from\":\"", state_label[e->from]);
	at = put_string(at, ",\"to\":\"", state_label[e->to]);
	at = put_string(at, ",\"target\":\"", target_label[e->target]);
	at = put_facts(at, e->facts);
	reason_write(why, k, e);
	at = put_string(at, ",\"why\":\"", why);
	at = put_end(at, e);
	return end(line, put_process(at, e), then);
}

/* Where reading goes on. A ledger that was put back, as its successor was taken
 * out of force, has a lower number: then by the time. */
static uint32_t next_event(uint32_t now, bool put_back)
{
	uint32_t next = (uint32_t)mark.next;

	if (put_back || (int32_t)(now - next) < 0) {
		skip_ms = mark.at_ms;
		next = now < LEDGER_EVENTS ? 0 : now - (LEDGER_EVENTS - 1);
	}
	return next;
}

/* Events up to `last`; those from before the present supervisord stand before
 * what became of the one before it. */
static int add_events(uint32_t next, uint32_t last)
{
	uint32_t lost = 0;
	struct event e;
	int error = 0;

	if (last - next >= LEDGER_EVENTS) {
		lost = last - next - (LEDGER_EVENTS - 1);
		next += lost;
	}
	for (; next != last && error >= 0; next++) {
		if (!source_event(next, &e)) {
			lost++;
			continue;
		}
		if (e.at_ms <= skip_ms)
			continue;
		if (lost > 0)
			error = add_lost(lost, next);
		lost = error >= 0 ? 0 : lost;
		if (error >= 0 && e.at_ms >= source->started_ms)
			error = add_manager();
		if (error >= 0)
			error = add_event(next, &e);
	}
	if (error >= 0 && lost > 0)
		error = add_lost(lost, last);
	return error < 0 ? error : add_manager();
}

/* The pids of processes that run already, when all events are written: before
 * that, an event may be of the process before. */
static void find_pids(uint32_t last)
{
	const struct table *t = ledger_table(source);

	for (uint32_t i = 0; i < source->services && i < PIDS; i++) {
		struct table_service s = table_service_read(t, i);
		struct record r = ledger_read(source, i);

		pids[i] = state_active((enum state)r.phase.state)
		                  ? record_pid(&s, &r)
		                  : 0;
	}
	pids_known = source_events() == last;
	if (!pids_known)
		__builtin_memset(pids, 0, sizeof(pids));
}

/* Writes down what has happened since the last line. 0; or -errno: the file can
 * not be read or written now, and it is to be called again. */
int chronicle_go_on(void)
{
	char line[PAST_LINE];
	uint32_t last;
	bool put_back;
	int error;

	if (!known) {
		error = past_last(line);
		if (error < 0)
			return error;
		if (!mark_read(line, (uint32_t)error, &mark))
			mark = (struct mark){ .session_ms = 0 };
		known = true;
	}
	error = begin_session(boot_id());
	if (error < 0)
		return error;
	put_back = source->report.images < mark.images;
	last = source_events();
	error = add_events(next_event(last, put_back), last);
	if (error >= 0 && !pids_known)
		find_pids(last);
	return error;
}

/* Another ledger is mapped: its services have other numbers. */
void chronicle_moved(void)
{
	__builtin_memset(pids, 0, sizeof(pids));
	pids_known = false;
	skip_ms = 0;
}
