/* SPDX-License-Identifier: MIT */
/* The only writer of the ledger. It may be killed between any two stores, and
 * the next supervisord must read what is there correctly; so every update is
 * committed by one 64-bit store (life.word or phase.word), and whatever is
 * stored before that store has no meaning without it:
 *
 *     exit    ending, then life = { 0, exits + 1 }. Killed in between: the
 *             record still has the pid, the zombie is not reaped yet, so the
 *             exit is seen and recorded again, with the same ending.
 *     launch  board = 0, then clone: the kernel stores life.pid. Killed in
 *             between: the phase says that a launch is due and there is no
 *             pid, so it is launched.
 *     adopted life = { pid of main }. Killed before: the guard's end is seen
 *             again; after: main and life.pid agree, so there is no guard.
 *     helper  asked, then helper = 0. Killed in between: its end is seen
 *             again, as the end of the same command.
 *     change  times, then phase. Killed in between: the old state with the
 *             same facts takes the same row again, and sets the times again.
 *     after   phase, but not its effect: on resuming, each effect is done
 *             again. A launch is not repeated once there is a pid or an end;
 *             a signal sent twice does no harm.
 *
 * Stores to the record are bracketed by its sequence counter for readers; a
 * counter left odd by a kill is made even again on resuming.
 */
#include <linux/futex.h>

#include "supervisord/supervisord.h"

static bool changed; /* somebody has to be woken */

static void begin(struct record *r)
{
	__atomic_store_n(&r->sequence, r->sequence + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
}

static void end(struct record *r)
{
	__atomic_store_n(&r->sequence, r->sequence + 1, __ATOMIC_RELEASE);
	changed = true;
}

static void commit(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/* The change is now. More than 49 days are shown as so many. */
static uint32_t took_ms(union phase before)
{
	uint64_t now_ms = supervisor.now_ms;
	uint64_t ms = now_ms - phase_since_ms(before, now_ms);

	return ms < UINT32_MAX ? (uint32_t)ms : UINT32_MAX;
}

/* The time of each phase, for people. */
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

void publish_change(const struct change *c)
{
	struct record *r = &supervisor.records[c->service];

	begin(r);
	if (c->from != c->to)
		store_times(r, c);
	commit(&r->phase.word, c->phase.word);
	end(r);
	if (c->from != c->to)
		store_transition(c, r);
}

void publish_ready(uint32_t service)
{
	struct record *r = &supervisor.records[service];
	union phase phase = r->phase;

	phase.ready = 1;
	begin(r);
	commit(&r->phase.word, phase.word);
	end(r);
}

/* A clean-up leaves what is known of the run before it: that is what people
 * ask about. */
static bool cleans(const struct record *r)
{
	return r->phase.state == STATE_CLEANING_UP;
}

static struct place *place_of(uint32_t service)
{
	return &supervisor.board[table_service(supervisor.world.table, service)
	                                 ->place];
}

/* Each word for itself, as it is stored there. */
void publish_board(uint32_t service)
{
	struct record *r = &supervisor.records[service];
	const struct place *p = place_of(service);

	__atomic_store_n(&r->failure,
	                 __atomic_load_n(&p->failure, __ATOMIC_ACQUIRE),
	                 __ATOMIC_RELEASE);
	__atomic_store_n(&r->main, __atomic_load_n(&p->main, __ATOMIC_ACQUIRE),
	                 __ATOMIC_RELEASE);
	changed = true;
}

void publish_blank(uint32_t service)
{
	place_of(service)->failure = 0;
	place_of(service)->main = 0;
	publish_board(service);
}

void publish_launch(uint32_t service)
{
	if (cleans(&supervisor.records[service]))
		return;
	publish_blank(service);
}

/* A process that we have not started. */
void publish_found(uint32_t service, int32_t pid)
{
	struct record *r = &supervisor.records[service];
	union life life = { .pid = pid, .exits = r->life.exits };
	union phase phase = { .state = STATE_UP,
		              .target = TARGET_UP,
		              .ready = 1,
		              .stale = 1,
		              .ran = 1,
		              .launch = life.exits & 3,
		              .since_low_ms = supervisor.now_ms & MOMENT_MASK };

	supervisor.ledger->orphans = 1;
	place_of(service)->main = pid | MAIN_READY; /* it has no guard */
	publish_board(service);
	begin(r);
	r->wanted_ms = r->up_ms = supervisor.now_ms;
	commit(&r->life.word, life.word);
	commit(&r->phase.word, phase.word);
	end(r);
}

void publish_adopted(uint32_t service)
{
	struct record *r = &supervisor.records[service];
	union life life = r->life;

	life.pid = main_pid(r->main);
	begin(r);
	commit(&r->life.word, life.word);
	end(r);
}

void publish_helper_end(uint32_t service, bool reload, union ending ending)
{
	struct record *r = &supervisor.records[service];
	union phase phase = r->phase;

	phase.asked = 1;
	begin(r);
	if (!reload)
		commit(&r->phase.word, phase.word);
	__atomic_store_n(&r->helper, 0, __ATOMIC_RELEASE);
	end(r);
	if (reload)
		store_event(&(struct event){ .service = service,
		                             .from = (uint8_t)r->phase.state,
		                             .to = (uint8_t)r->phase.state,
		                             .target = (uint8_t)phase.target,
		                             .kind = EVENT_RELOAD,
		                             .code = ending.code & 3,
		                             .status = ending.status });
}

void publish_end(uint32_t service, union ending ending)
{
	struct record *r = &supervisor.records[service];
	union life life = { .exits = r->life.exits + 1 };

	ending.state = r->phase.state;
	begin(r);
	if (!cleans(r))
		commit(&r->ending.word, ending.word);
	commit(&r->life.word, life.word);
	end(r);
}

void publish_answer(uint64_t id, int result, uint32_t service)
{
	struct ledger *l = supervisor.ledger;

	*ledger_answer(l, l->answers) = (struct answer){ id, result, service };
	__atomic_store_n(&l->answers, l->answers + 1, __ATOMIC_RELEASE);
	changed = true;
}

void publish_halt(uint32_t halt)
{
	supervisor.ledger->halt = halt;
	changed = true;
}

void publish_urge(union urge urge)
{
	commit(&supervisor.ledger->urge.word, urge.word);
	changed = true;
}

void publish_planned(union planned planned)
{
	commit(&supervisor.ledger->planned.word, planned.word);
	changed = true;
}

void publish_seeded(void)
{
	__atomic_store_n(&supervisor.ledger->seeded, 1, __ATOMIC_RELEASE);
}

/* Before it is taken off the link: killed in between, it comes again. */
void publish_signals(uint64_t signals)
{
	supervisor.ledger->signals = signals;
}

void publish_hung_up(bool hung_up)
{
	supervisor.ledger->hung_up = hung_up;
}

void publish_exec(uint64_t id)
{
	struct ledger *l = supervisor.ledger;

	l->exec_images = l->note.images;
	__atomic_store_n(&l->exec_id, id, __ATOMIC_RELEASE);
}

void publish_reexec(uint64_t id)
{
	__atomic_store_n(&supervisor.ledger->reexec_id, id, __ATOMIC_RELEASE);
}

void publish_moved(struct ledger *old)
{
	__atomic_store_n(&old->moved, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&old->change, old->change + 1, __ATOMIC_RELEASE);
	(void)sys_futex(&old->change, FUTEX_WAKE, INT32_MAX, NULL);
}

void publish_tidy(void)
{
	supervisor.ledger->untidy = 0;
}

void publish_locked(void)
{
	supervisor.ledger->locked = 1;
}

void publish_start(void)
{
	struct ledger *l = supervisor.ledger;

	l->supervisord = sys_getpid();
	l->started_ms = supervisor.now_ms;
	l->starts++;
	changed = true;
}

/* What no supervisord can have stored is replaced by what is nearest to the
 * truth: a process that lives makes it up, none makes it down. */
void publish_repair(uint32_t service)
{
	struct record *r = &supervisor.records[service];
	union phase phase = r->phase;
	union life life = r->life;

	if ((r->sequence & 1) != 0)
		end(r);
	if (life.pid < 0 || life.pid == 1 || life.pid == supervisor.pid1)
		life.pid = 0;
	if (phase.state >= STATES) {
		phase.state = life.pid != 0 ? STATE_UP : STATE_DOWN;
		phase.launch = life.exits & 3;
		phase.since_low_ms = supervisor.now_ms & MOMENT_MASK;
	}
	phase.since_low_ms =
		phase_since_ms(phase, supervisor.now_ms) & MOMENT_MASK;
	if (r->helper < 0 || r->helper == 1 || r->helper == supervisor.pid1)
		r->helper = 0;
	if (life.word == r->life.word && phase.word == r->phase.word)
		return;
	begin(r);
	commit(&r->life.word, life.word);
	commit(&r->phase.word, phase.word);
	end(r);
}

/* One wake for all that changed in this pass. */
void publish_wake(void)
{
	struct ledger *l = supervisor.ledger;

	if (!changed)
		return;
	changed = false;
	__atomic_store_n(&l->change, l->change + 1, __ATOMIC_RELEASE);
	(void)sys_futex(&l->change, FUTEX_WAKE, INT32_MAX, NULL);
}
