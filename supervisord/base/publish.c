/* SPDX-License-Identifier: MIT */
/* The only writer of the ledger. It may be killed between any two stores, and
 * its successor must read what is there correctly; so every update of a record,
 * and of the words of the header that supervisord goes by, is complete or has
 * not happened (model/trust.h): it is stored in the tail, then its sum there,
 * which commits it, then in its place. Killed before the sum: nothing has
 * happened. After it: the successor finishes the update (publish_mend). What a
 * kill leaves of each kind of update:
 *
 *     exit    ending, no pid, one exit more. Killed before: the record has the
 *             pid, the zombie is not reaped yet, so the exit is seen and
 *             recorded again, with the same ending.
 *     launch  board = 0, then clone: the kernel stores life.pid, then the sum
 *             is stored. Killed before clone: the phase says that a launch is
 *             due and there is no pid, so it is launched. After it: the record
 *             fits its sum but for the pid, and a launch was due.
 *     adopted life = { pid of main }. Killed before: the guard's end is seen
 *             again; after: main and life.pid agree, so there is no guard.
 *     leader  ending, life_key = KEY_GROUP: the pid stays, as the number of the
 *             group. Killed before: as with an exit. After it: the end is seen
 *             again, and nothing is stored; the group is looked for.
 *     helper  asked, helper = 0. Killed before: its end is seen again, as the
 *             end of the same command. Of .started that has failed the board
 *             says so before: killed in between, the same is stored again.
 *     change  times and phase. Killed before: the old state with the same
 *             facts takes the same row again.
 *     swap    of two records: see publish_swap().
 *     after   phase, but not its effect: on resuming, each effect is done
 *             again. A launch is not repeated once there is a pid or an end;
 *             a signal sent twice does no harm.
 *
 * Stores to the record are bracketed by its sequence counter for readers; a
 * counter left odd by a kill is made even again on resuming. failure and main
 * are copies of what stands on the board, stored each by itself. */
#include "supervisord/base/publish.h"

#include <linux/futex.h>

#include "model/change.h"
#include "model/said.h"
#include "model/step.h"
#include "model/text.h"
#include "model/trust.h"
#include "supervisord/base/supervisor.h"
#include "sys/message.h"

static bool changed; /* readers are to be woken */

static struct record draft; /* the record as it is to become */

/* Word 0 of a record is sequence and failure, and stays as it is. */
enum { RECORD_WORDS = sizeof(struct record) / 8 };

static struct record *begin_record(uint32_t service)
{
	draft = *record_of(service);
	return &draft;
}

/* Behind all stores before it, before all stores behind it. What a process has
 * stored when it is killed is seen by its successor; so only the compiler has
 * to keep the order. */
static void commit(uint64_t *word, uint64_t value)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static void store_words(struct record *to, const struct record *from)
{
	uint64_t *word = (uint64_t *)(void *)to;
	const uint64_t *value = (const uint64_t *)(const void *)from;

	__atomic_store_n(&to->sequence, to->sequence | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (unsigned k = 1; k < RECORD_WORDS; k++)
		__atomic_store_n(&word[k], value[k], __ATOMIC_RELAXED);
	__atomic_store_n(&to->sequence, to->sequence + 1, __ATOMIC_RELEASE);
	changed = true;
}

/* The draft becomes the record. */
static void end_record(uint32_t service)
{
	struct tail *t = ledger_tail(supervisor.ledger);

	draft.sum = record_sum(&draft);
	commit(&t->record_sum, 0);
	t->service = service;
	t->record = draft;
	commit(&t->record_sum, tail_sum(t));
	store_words(record_of(service), &draft);
}

static struct ledger head_draft; /* the header as it is to become */

static struct ledger *begin_head(void)
{
	head_draft = *supervisor.ledger;
	return &head_draft;
}

/* The words of the header that supervisord goes by; the others stay as they
 * are. */
static void end_head(void)
{
	struct ledger *l = supervisor.ledger;
	struct tail *t = ledger_tail(l);

	commit(&t->head_sum, 0);
	t->head = ledger_head(&head_draft);
	commit(&t->head_sum, head_sum(&t->head));
	ledger_head_store(l, &t->head);
	commit(&t->stored_sum, t->head_sum);
	changed = true;
}

/* How long the phase has lasted, until now; more than 49 days count as 49. */
static uint32_t took_ms(union phase before)
{
	uint64_t now_ms = supervisor.now_ms;
	uint64_t ms = now_ms - phase_since_ms(before, now_ms);

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* The times that are shown. */
static void store_times(struct record *r, const struct change *c)
{
	if (c->to == STATE_WAITING_TO_START)
		r->wanted_ms = supervisor.now_ms;
	if (c->from == STATE_SETTING_UP)
		r->setup_took_ms = took_ms(r->phase);
	if (c->from == STATE_STARTING)
		r->start_took_ms = took_ms(r->phase);
	if (c->to == STATE_UP)
		r->up_ms = supervisor.now_ms;
}

/* The counter is stored last, so a reader that sees it sees the event. */
static void store_event(const struct event *event)
{
	struct ledger *l = supervisor.ledger;
	struct event *at = ledger_event(l, l->events);

	*at = *event;
	at->at_ms = supervisor.now_ms;
	__atomic_store_n(&l->events, l->events + 1, __ATOMIC_RELEASE);
}

static void store_transition(const struct change *c, const struct record *r)
{
	store_event(&(struct event){ .service = c->service,
	                             .facts = c->facts,
	                             .from = (uint8_t)c->from,
	                             .to = (uint8_t)c->to,
	                             .target = (uint8_t)c->phase.target,
	                             .kind = EVENT_STATE,
	                             .code = r->ending.code & 3,
	                             .status = r->ending.status });
}

/* What is no transition. */
static void store_now(uint32_t service, enum event_kind kind,
                      union ending ending)
{
	const struct record *r = record_of(service);

	store_event(&(struct event){ .service = service,
	                             .from = (uint8_t)r->phase.state,
	                             .to = (uint8_t)r->phase.state,
	                             .target = (uint8_t)r->phase.target,
	                             .kind = kind & 15,
	                             .code = ending.code & 3,
	                             .status = ending.status });
	changed = true;
}

/* A change of state or target: the phase, and its time. A change of state is an
 * event as well. */
void publish_change(const struct change *c)
{
	struct record *r = begin_record(c->service);

	if (c->from != c->to)
		store_times(r, c);
	r->phase = c->phase;
	end_record(c->service);
	if (c->from != c->to)
		store_transition(c, r);
}

/* The state of the service begins at that time, CLOCK_MONOTONIC: what it has
 * waited for before does not count. */
void publish_since(uint32_t service, uint64_t since_ms)
{
	begin_record(service)->phase.since_low_ms = since_ms & MOMENT_MASK;
	end_record(service);
}

/* The service has announced that it is ready. */
void publish_ready(uint32_t service)
{
	begin_record(service)->phase.ready = 1;
	end_record(service);
}

/* The service is not to be started by who connects, as it was asked to be down;
 * or it is again. To be stored before its target: killed in between, it stays
 * down. */
void publish_held(uint32_t service, bool held)
{
	demand_of(service)->run = held;
}

/* The name of a descriptor that is stored next. Its number is free until then,
 * so it may be half written. */
void publish_stored(uint32_t number, const char *name, bool watched)
{
	struct said *to = said_entry(supervisor.ledger, number);

	to->run = watched;
	__builtin_memcpy(to->status, name, text_length(name) + 1);
}

/* What the service has said. It is bracketed by the sequence counter of the
 * record. Killed in the middle: the message is still there, and is heard
 * again; what it does not change is the same before and after, or, if another
 * process has said it, does not count before all of it is there. */
static void store_said(uint32_t service, struct said *to,
                       const struct said *said)
{
	struct record *r = record_of(service);
	struct said uncounted = *said;

	uncounted.run = 0;
	__atomic_store_n(&r->sequence, r->sequence | 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	if (to->run != said->run) {
		__atomic_store_n(&to->run, 0, __ATOMIC_RELEASE);
		*to = uncounted;
	}
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	*to = *said;
	__atomic_store_n(&r->sequence, r->sequence + 1, __ATOMIC_RELEASE);
}

/* What the service has said. */
void publish_said(uint32_t service, const struct said *said)
{
	store_said(service,
	           said_entry(supervisor.ledger,
	                      world_socket(&supervisor.world, service)),
	           said);
}

/* What a check of the service has found. Killed in the middle: it does not
 * count, or it does; the next one says all of it again. Another state of its
 * health is an event. */
void publish_health(uint32_t service, const struct health *health)
{
	struct health *to = health_of(service);
	uint32_t before = to->run == health->run ? to->state : HEALTH_UNKNOWN;

	store_said(service, (void *)to, (const void *)health);
	if (before != health->state)
		store_now(service, EVENT_HEALTH,
		          (union ending){ .status = (int32_t)health->state });
}

/* What the helper of the service does. Stored before it is started: while there
 * is none it means nothing. */
void publish_helps(uint32_t service, enum helps helps)
{
	if (configured(service)->check.kind != ACTION_NONE)
		health_of(service)->helps = helps;
}

/* A clean-up keeps what is known of the run before it, which is of more
 * interest. */
static bool is_cleaning_up(const struct record *r)
{
	return r->phase.state == STATE_CLEANING_UP;
}

/* Copies the board entry of the service into its record, each word by itself,
 * as it was stored on the board. */
void publish_board(uint32_t service)
{
	struct record *r = record_of(service);
	const struct board_entry *p = board_entry_of(service);
	uint32_t failure = __atomic_load_n(&p->failure, __ATOMIC_ACQUIRE);
	int32_t before = r->main;

	/* The same one may be of a former definition, which the board does not
	 * say. */
	if (((r->failure ^ failure) & ~(uint32_t)STEP_FORMER) != 0)
		__atomic_store_n(&r->failure, failure, __ATOMIC_RELEASE);
	__atomic_store_n(&r->main, __atomic_load_n(&p->main, __ATOMIC_ACQUIRE),
	                 __ATOMIC_RELEASE);
	changed = true;
	if (main_pid(r->main) != main_pid(before) && r->main_key != 0)
		publish_key(service, PROCESS_MAIN, 0);
}

/* Empties the board entry of the service, and copies that. */
void publish_blank(uint32_t service)
{
	board_entry_of(service)->failure = 0;
	board_entry_of(service)->main = 0;
	publish_board(service);
}

/* The service is to be launched: its board entry is emptied, unless it cleans
 * up. */
void publish_launch(uint32_t service)
{
	if (is_cleaning_up(record_of(service)))
		return;
	publish_blank(service);
}

/* A second process of it goes: which is ready, and which serves, is lost. */
static enum target found_target(uint32_t service)
{
	return table_first(table_in_force(), service) == service ? TARGET_UP
	                                                         : TARGET_DOWN;
}

static void store_found(uint32_t service, int32_t pid, uint64_t key,
                        bool ready)
{
	struct record *r = begin_record(service);
	uint64_t now_ms = supervisor.now_ms;

	r->life.pid = pid;
	r->life_key = key;
	r->wanted_ms = now_ms;
	r->up_ms = ready ? now_ms : 0;
	r->phase = (union phase){ .state = ready ? STATE_UP : STATE_STARTING,
		                  .target = found_target(service),
		                  .ready = ready,
		                  .stale = 1,
		                  .ran = 1,
		                  .launch = r->life.exits & 3,
		                  .since_low_ms = now_ms & MOMENT_MASK };
	r->lost = LOST_NOTHING;
	end_record(service);
}

/* A process was found that runs the service and that supervisord has not
 * started; it has no guard. key: KEY_UNKNOWN, or see
 * supervisord/tree/process.h. */
void publish_found(uint32_t service, int32_t pid, uint64_t key)
{
	publish_orphans();
	board_entry_of(service)->main = pid | MAIN_READY; /* it has no guard */
	publish_board(service);
	store_found(service, pid, key, true);
}

/* A guard of the service was found that supervisord has not started; what it
 * has done is on the board. */
void publish_found_guard(uint32_t service, int32_t pid, uint64_t key)
{
	int32_t main;

	publish_board(service);
	main = record_of(service)->main;
	store_found(service, pid, key, main > 0 && (main & MAIN_READY) != 0);
}

/* The kernel has stored the pid of the process that was launched: the record is
 * summed up with it. */
void publish_launched(uint32_t service)
{
	(void)begin_record(service);
	end_record(service);
}

/* The key of one of the processes of the service; 0: unknown. */
void publish_key(uint32_t service, enum service_process which, uint64_t key)
{
	struct record *r = begin_record(service);

	switch (which) {
	case PROCESS_LIFE:
		r->life_key = key;
		break;
	case PROCESS_MAIN:
		r->main_key = key;
		break;
	case PROCESS_HELPER:
		r->helper_key = key;
		break;
	}
	end_record(service);
}

/* The guard of the service has ended, and its program goes on without it:
 * life.pid becomes that of main. */
void publish_adopted(uint32_t service)
{
	struct record *r = begin_record(service);

	r->life.pid = main_pid(r->main);
	r->life_key = r->main_key;
	end_record(service);
}

/* The service has reloaded, or the command that does it has ended. */
void publish_reloaded(uint32_t service, union ending ending)
{
	store_now(service, EVENT_RELOAD, ending);
}

/* The command of .started has failed: how it ended takes the place of a step
 * that failed. The program runs by then, so no child of the service writes to
 * that word. */
void publish_not_started(uint32_t service, union ending ending)
{
	uint32_t status = (uint32_t)ending.status;

	if (ending.code != ENDING_EXITED)
		status |= SIGNAL_ENDS;
	board_entry_of(service)->failure = STEP_STARTED << STEP_NUMBER | status;
	publish_board(service);
}

/* The helper of the service has ended: the command of .reload, which is an
 * event, or of .stop or .started, or what checks it, or a command that is of no
 * interest any more. */
void publish_helper_end(uint32_t service, enum helper_kind kind,
                        union ending ending)
{
	struct record *r = begin_record(service);

	if (kind == HELPER_STOP || kind == HELPER_START)
		r->phase.asked = 1;
	r->helper = 0;
	r->helper_key = 0;
	end_record(service);
	if (kind == HELPER_RELOAD)
		publish_reloaded(service, ending);
}

static struct record *begin_end(uint32_t service, union ending ending)
{
	struct record *r = begin_record(service);

	ending.state = r->phase.state;
	if (!is_cleaning_up(r))
		r->ending = ending;
	return r;
}

/* The process of the service has ended in a stop, but others of its process
 * group have not: life.pid stays, as the number of the group. */
void publish_leader_end(uint32_t service, union ending ending)
{
	struct record *r = begin_end(service, ending);

	r->life_key = KEY_GROUP;
	r->main_key = 0;
	end_record(service);
}

/* The process of the service has ended: one 64-bit store takes its pid and
 * counts the end. */
void publish_end(uint32_t service, union ending ending)
{
	struct record *r = begin_end(service, ending);

	r->life.pid = 0;
	r->life.exits++;
	r->life_key = r->main_key = 0;
	end_record(service);
}

/* The first place becomes what the second one has for it. */
static void store_first(uint32_t first, const struct record *second)
{
	struct record *r = begin_record(first);

	r->life.word = second->main_key;
	r->life_key = second->helper_key;
	r->phase.word = second->ending.word;
	r->wanted_ms = second->wanted_ms;
	r->start_took_ms = second->start_took_ms;
	r->up_ms = second->up_ms;
	r->lost = LOST_NOTHING;
	end_record(first);
}

static void end_swap(uint32_t first, uint32_t second)
{
	struct record *r;

	store_first(first, record_of(second));
	r = begin_record(second);
	r->main_key = r->helper_key = r->ending.word = 0;
	r->lost = LOST_NOTHING;
	end_record(second);
}

/* The processes of the two places of a service, which are both up and have no
 * helper, are exchanged; the second one, which has the former process then, is
 * stopping, as if it were only to be down it could be wanted again before it
 * stops (overlap.h). Three updates. The first one commits: the
 * second place has the former process, and, in words that it does not use, what
 * the first one is to become (LOST_SWAP). Killed before it: nothing has
 * happened, and the swap is decided again. After it: publish_mend() does the
 * others, again or for the first time, from nothing but the second place,
 * before any process is looked for by its pid. */
void publish_swap(uint32_t first, uint32_t second)
{
	const struct record *former = record_of(first);
	struct record *r = begin_record(second);
	union life life = r->life;
	union phase phase = r->phase;

	life.crossed = !former->life.crossed;
	phase.since_low_ms = supervisor.now_ms & MOMENT_MASK;
	r->main_key = life.word;
	r->helper_key = r->life_key;
	r->ending.word = phase.word;
	r->up_ms = supervisor.now_ms;
	r->life = former->life;
	r->life_key = former->life_key;
	r->phase = former->phase;
	r->phase.state = STATE_STOPPING;
	r->phase.asked = 0;
	r->phase.target = TARGET_DOWN;
	r->phase.since_low_ms = phase.since_low_ms;
	r->lost = LOST_SWAP;
	end_record(second);
	end_swap(first, second);
	store_event(&(struct event){ .service = first,
	                             .from = STATE_UP,
	                             .to = STATE_UP,
	                             .target = TARGET_UP,
	                             .kind = EVENT_SWAP });
}

/* The answer to the request `id`: 0, or -errno, and the service that it is
 * about or TABLE_NONE. */
void publish_answer(uint64_t id, int result, uint32_t service)
{
	struct ledger *l = supervisor.ledger;

	*ledger_answer(l, l->answers) = (struct answer){ id, result, service };
	__atomic_store_n(&l->answers, l->answers + 1, __ATOMIC_RELEASE);
	changed = true;
}

/* How the session ends: kind << 8 | code (struct ledger). */
void publish_halt(uint32_t halt)
{
	begin_head()->halt = halt;
	end_head();
}

/* How urgent the end is. */
void publish_escalation(union escalation escalation)
{
	begin_head()->escalation = escalation;
	end_head();
}

/* The end that is planned; 0: none. */
void publish_planned(union planned planned)
{
	begin_head()->planned = planned;
	end_head();
}

/* The first targets of the session are set. */
void publish_seeded(void)
{
	begin_head()->seeded = 1;
	end_head();
}

/* The signals that are to be sent to the primary service: bit n - 1 is signal
 * n. Stored before the message is taken off the link: killed in between, the
 * message is read again. */
void publish_signals(uint64_t signals)
{
	begin_head()->signals = signals;
	end_head();
}

/* SIGHUP came to connate, or is done. */
void publish_hung_up(bool hung_up)
{
	begin_head()->hung_up = hung_up;
	end_head();
}

/* Some services are children neither of supervisord nor of connate. */
void publish_orphans(void)
{
	begin_head()->orphans = 1;
	end_head();
}

/* The request by which another image is tried; 0: none any more. */
void publish_exec(uint64_t id)
{
	struct ledger *l = begin_head();

	l->exec_images = l->report.images;
	l->exec_id = id;
	end_head();
}

/* The request by which connate executes another version of itself; 0: none. */
void publish_reexec(uint64_t id)
{
	begin_head()->reexec_id = id;
	end_head();
}

/* In a ledger that is in force no more: its readers are woken, and look for the
 * new one at descriptor 100. */
void publish_moved(struct ledger *old)
{
	__atomic_store_n(&old->moved, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&old->change, old->change + 1, __ATOMIC_RELEASE);
	(void)sys_futex(&old->change, FUTEX_WAKE, INT32_MAX, NULL);
}

/* No pipes are left that no service needs. */
void publish_tidy(void)
{
	begin_head()->untidy = 0;
	end_head();
}

/* connate has its part of the lock file. */
void publish_locked(void)
{
	begin_head()->locked = 1;
	end_head();
}

/* This supervisord has started: its pid, and when. These words have no sum; the
 * successor stores them anew. */
void publish_start(void)
{
	struct ledger *l = supervisor.ledger;

	l->supervisord = sys_getpid();
	l->moved = 0; /* it may have been taken out of force and put back */
	l->started_ms = supervisor.now_ms;
	l->starts++;
	changed = true;
}

/* What a predecessor has left */

/* Nothing in the record is believed: the process of the service, if there is
 * one, is to be found (rediscover.c). */
void publish_lost(uint32_t service)
{
	struct record *r = begin_record(service);
	const struct record none = { .sequence = r->sequence,
		                     .failure = r->failure,
		                     .main = r->main };

	*r = none;
	r->lost = LOST_ALL;
	r->phase.since_low_ms = supervisor.now_ms & MOMENT_MASK;
	end_record(service);
}

/* The pid in the record is to be checked, or was (enum lost). */
void publish_unsure(uint32_t service, bool unsure)
{
	begin_record(service)->lost = unsure ? LOST_UNSURE : LOST_NOTHING;
	end_record(service);
}

/* The helper in the record is none of this service. */
void publish_no_helper(uint32_t service)
{
	struct record *r = begin_record(service);

	r->helper = 0;
	r->helper_key = 0;
	end_record(service);
}

static void mend_record(uint32_t service)
{
	struct ledger *l = supervisor.ledger;
	struct record *r = record_of(service);

	switch (record_trust(l, service)) {
	case TRUST_WHOLE:
		if ((r->sequence & 1) != 0)
			store_words(r, begin_record(service));
		break;
	case TRUST_LAUNCHED:
		publish_unsure(service, true);
		break;
	case TRUST_TORN:
		store_words(r, &ledger_tail(l)->record);
		break;
	case TRUST_CHANGED:
		publish_lost(service);
		break;
	}
}

/* Requests have to be repeated: an end that was not asked for is worse than one
 * that has to be asked for again. */
static void lose_head(void)
{
	struct ledger *l = begin_head();

	l->escalation.word = l->planned.word = 0;
	l->signals = l->exec_id = l->reexec_id = 0;
	l->halt = l->untidy = l->locked = 0;
	l->hung_up = 0;
	l->seeded = l->orphans = 1;
	l->session_ms = supervisor.now_ms;
	end_head();
	message("supervisord: the header of the ledger was changed by "
	        "something else: an end that was asked for or planned has to "
	        "be asked for again", NULL);
}

static void mend_head(void)
{
	struct ledger *l = supervisor.ledger;

	switch (head_trust(l)) {
	case TRUST_WHOLE:
	case TRUST_LAUNCHED:
		break;
	case TRUST_TORN:
		ledger_head_store(l, &ledger_tail(l)->head);
		commit(&ledger_tail(l)->stored_sum, ledger_tail(l)->head_sum);
		break;
	case TRUST_CHANGED:
		lose_head();
		break;
	}
}

/* Finishes the update during which a predecessor was killed, and finds what was
 * changed by something else, which is not believed. For a ledger of this
 * layout. The pid that the kernel has stored counts first: the tail may be
 * about the record as it was before that (trust.c looks in the same order). */
void publish_mend(void)
{
	mend_head();
	for (uint32_t i = 0; i < supervisor.ledger->services; i++) {
		mend_record(i);
		if (record_of(i)->lost == LOST_SWAP) /* behind its first one */
			end_swap(table_first(ledger_table(supervisor.ledger), i), i);
	}
}

static bool is_no_pid(int32_t pid)
{
	return pid < 0 || pid == 1 || pid == supervisor.connate;
}

/* A record without a sum, as an older version has left it, is believed if its
 * words are in range. A time in the future becomes now. */
void publish_repair(uint32_t service)
{
	const struct record *r = record_of(service);
	uint64_t since_ms;

	if (is_no_pid(r->life.pid) || is_no_pid(r->helper) ||
	    r->phase.state >= STATES)
		publish_lost(service);
	since_ms = phase_since_ms(r->phase, supervisor.now_ms) & MOMENT_MASK;
	if (r->phase.since_low_ms == since_ms)
		return;
	begin_record(service)->phase.since_low_ms = since_ms;
	end_record(service);
}

/* Wakes the readers of the ledger once for all that has changed in this pass
 * (futex on ledger.change). */
void publish_wake(void)
{
	struct ledger *l = supervisor.ledger;

	if (!changed)
		return;
	changed = false;
	__atomic_store_n(&l->change, l->change + 1, __ATOMIC_RELEASE);
	(void)sys_futex(&l->change, FUTEX_WAKE, INT32_MAX, NULL);
}
