/* SPDX-License-Identifier: MIT */
/* The world without a kernel. It follows supervisord/main.c, effect.c,
 * spawn.c, children.c, requests.c and resume.c line by line; what they do to
 * the kernel is done to struct process. */
#include "t/model.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/step.h"

/* Tables */

struct spec spec_plain(const char *name)
{
	struct spec s = {
		.run = true,
		.profile = {
			.max_setup_ms = 10000, .max_ready_ms = 10000,
			.max_stop_ms = 2000, .max_cleanup_ms = 10000,
			.healthy_ms = 10000,
			.retry_kind = RETRY_KIND_DOUBLING,
			.retry_after_ms = 100, .retry_max_ms = 10000,
			.chdir = TABLE_NONE, .uid = TABLE_NONE,
			.gid = TABLE_NONE, .umask = TABLE_NONE,
			.ioprio = TABLE_NONE, .oom_score_adj = TABLE_UNSET,
			.chroot = TABLE_NONE, .cgroup = TABLE_NONE,
			.has_env = 1, .has_groups = 1,
		},
	};

	snprintf(s.name, sizeof(s.name), "%s", name);
	return s;
}

static int by_from(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Edges as concheck sorts them: by the end that they are listed for (upper
 * half), then by kind and the other end. */
static uint32_t sorted_edges(uint64_t *out, const struct arc *arcs,
                             uint32_t count, bool back)
{
	uint32_t edges = 0, kept = 0;

	for (uint32_t k = 0; k < count; k++) {
		const struct arc *a = &arcs[k];
		uint32_t from = back ? a->to : a->from;
		uint32_t to = back ? a->from : a->to;

		out[edges++] = (uint64_t)from << 32 | edge_make(a->kind, to);
		if (a->kind == EDGE_CONFLICTS)
			out[edges++] = (uint64_t)to << 32 |
			               edge_make(a->kind, from);
	}
	qsort(out, edges, sizeof(*out), by_from);
	for (uint32_t k = 0; k < edges; k++)
		if (k == 0 || out[k] != out[kept - 1])
			out[kept++] = out[k];
	return kept;
}

/* The list area: what to run and its argument, a variable, a group id, an exit
 * code. */
enum { LIST_RUN, LIST_ARGUMENT, LIST_ENV, LIST_GROUP, LIST_CODE, LIST_WORDS };

static const char texts[] = "/bin/run\0-x\0A=b\0config.c";

enum { TEXT_RUN = 0, TEXT_X = 9, TEXT_ENV = 12, TEXT_SOURCE = 16,
	TEXT_NAMES = sizeof(texts),
	TEXT_IS = sizeof(TABLE_NAME_IS) - 1,
	TEXT_EACH = TEXT_IS + sizeof(((struct spec *)0)->name) };

static uint32_t place(uint32_t *at, uint64_t bytes)
{
	uint32_t here = *at;

	*at += (uint32_t)((bytes + 7) & ~7ull);
	return here;
}

static struct table head(uint32_t services, uint32_t edges)
{
	struct table t = {
		.magic = TABLE_MAGIC, .version = TABLE_VERSION,
		.services = services, .profiles = services, .edges = edges,
		.calls = 1, .list_words = LIST_WORDS, .vector_max = 6,
		.text_bytes = TEXT_NAMES + services * TEXT_EACH,
		.board_entries = services,
		.service_bytes = sizeof(struct table_service),
		.profile_bytes = sizeof(struct table_profile),
		.lock_file = TABLE_NONE, .source = TEXT_SOURCE,
		.primary = TABLE_NONE,
	};
	uint32_t at = sizeof(t);

	t.service_at = place(&at, (services + 1ull) *
	                                  sizeof(struct table_service));
	t.profile_at = place(&at, (uint64_t)services *
	                                  sizeof(struct table_profile));
	t.by_name_at = place(&at, services * 4ull);
	t.edge_at = place(&at, edges * 4ull);
	t.back_at = place(&at, edges * 4ull);
	t.list_at = place(&at, LIST_WORDS * 4ull);
	t.text_at = place(&at, t.text_bytes);
	t.size = at;
	return t;
}

static void fill_list(struct table *t)
{
	uint32_t *list = (uint32_t *)table_list(t, 0);

	list[LIST_RUN] = TEXT_RUN;
	list[LIST_ARGUMENT] = TEXT_X;
	list[LIST_ENV] = TEXT_ENV;
	list[LIST_GROUP] = 1000;
	list[LIST_CODE] = SPEC_CODE;
	memcpy((char *)table_text(t, 0), texts, sizeof(texts));
}

static void fill_service(struct table *t, uint32_t i, const struct spec *spec)
{
	const struct table_action none = { .kind = ACTION_NONE };
	const struct table_action exec = { ACTION_EXEC, 0, 2, LIST_RUN };
	const struct table_action call = { ACTION_CALL, 0, 0, 0 };
	struct table_service *s = (void *)table_service(t, i);
	struct table_profile *p = (void *)table_profile(t, i);

	s->name = TEXT_NAMES + i * TEXT_EACH + TEXT_IS;
	s->board_entry = i;
	memcpy((char *)table_text(t, s->name - TEXT_IS), TABLE_NAME_IS,
	       TEXT_IS);
	memcpy((char *)table_text(t, s->name), spec->name, sizeof(spec->name));
	s->profile = i;
	s->setup = spec->setup ? call : none;
	s->run = spec->run ? exec : none;
	s->cleanup = spec->cleanup ? exec : none;
	s->stop = (struct table_action){ ACTION_SIGNAL, 0, 0, SIGTERM };
	if (spec->asks)
		s->stop = call;
	s->reload = call;
	s->started = spec->started ? call : none;
	s->check = spec->checked ? exec : none;
	s->stop_all = spec->guarded;
	s->pipe = s->ready_pipe = TABLE_NONE;
	s->ready = spec->notify       ? READY_KIND_NOTIFY
	           : spec->daemonizes ? READY_KIND_DAEMONIZE
	                              : READY_KIND_AT_ONCE;
	if (spec->watchdog_ms != 0)
		s->ready = READY_KIND_SD_NOTIFY;
	s->watchdog_ms = spec->watchdog_ms;
	s->target = (uint8_t)spec->target;
	s->settle_ms = spec->settle_ms;
	s->every.count = spec->timed;
	s->success = (struct table_list){ spec->good_code, LIST_CODE };
	s->never_retry = (struct table_list){ spec->last_code, LIST_CODE };
	*p = spec->profile;
	p->env = (struct table_list){ 1, LIST_ENV };
	p->groups = (struct table_list){ 1, LIST_GROUP };
}

static void fill_logs(struct table *t, const struct arc *arcs, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++) {
		struct table_service *from, *to;

		if (arcs[k].kind != EDGE_LOGS)
			continue;
		from = (void *)table_service(t, arcs[k].from);
		to = (void *)table_service(t, arcs[k].to);
		from->log_kind = LOG_KIND_TO;
		from->log_at = arcs[k].to;
		if (to->pipe == TABLE_NONE)
			to->pipe = t->loggers++;
		t->pipes = t->loggers;
	}
}

static void fill_sockets(struct table *t)
{
	for (uint32_t i = 0; i < t->services; i++) {
		struct table_service *s = (void *)table_service(t, i);

		if (s->ready == READY_KIND_SD_NOTIFY)
			s->ready_pipe = t->pipes++;
		if (s->check.kind != ACTION_NONE)
			s->check_pipe = ++t->pipes;
	}
}

/* Where each service's edges begin, and those edges. */
static void fill_edges(struct table *t, const uint64_t *edges, bool back)
{
	struct table_service *s = (void *)table_service(t, 0);
	uint32_t *out = (uint32_t *)(back ? table_back(t) : table_edges(t));
	uint32_t k = 0;

	for (uint32_t i = 0; i <= t->services; i++) {
		while (k < t->edges && edges[k] >> 32 < i) {
			out[k] = (uint32_t)edges[k];
			k++;
		}
		*(back ? &s[i].back_first : &s[i].edge_first) = k;
	}
}

static const struct table *being_sorted;

static int by_name(const void *a, const void *b)
{
	return strcmp(table_name(being_sorted, *(const uint32_t *)a),
	              table_name(being_sorted, *(const uint32_t *)b));
}

static void fill_names(struct table *t)
{
	uint32_t *order = (uint32_t *)table_by_name(t);

	for (uint32_t i = 0; i < t->services; i++)
		order[i] = i;
	being_sorted = t;
	qsort(order, t->services, sizeof(*order), by_name);
}

static void *zeroed(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size);

	if (memory == NULL)
		abort();
	return memory;
}

struct table *table_build(const struct spec *specs, uint32_t services,
                          const struct arc *arcs, uint32_t count)
{
	uint64_t *edges = zeroed(2 * count, sizeof(*edges));
	struct table h = head(services,
	                      sorted_edges(edges, arcs, count, false));
	struct table *t = zeroed(1, h.size);

	*t = h;
	fill_list(t);
	for (uint32_t i = 0; i < services; i++)
		fill_service(t, i, &specs[i]);
	fill_edges(t, edges, false);
	sorted_edges(edges, arcs, count, true);
	fill_edges(t, edges, true);
	fill_logs(t, arcs, count);
	fill_sockets(t);
	fill_names(t);
	t->digest = table_digest(t);
	free(edges);
	if (table_check(t, t->size) != NULL) {
		fprintf(stderr, "table_build: %s\n", table_check(t, t->size));
		abort();
	}
	return t;
}

/* The world's memory */

static void world_begin(struct world *w, struct fake *f)
{
	uint32_t services = f->table->services;
	uint32_t pids = 4;

	while (pids < 2 * services)
		pids *= 2;
	w->table = f->table;
	w->records = f->records;
	w->said = f->said;
	w->works = zeroed(services, sizeof(*w->works));
	w->dirty.item = zeroed(services, 4);
	w->targets.item = zeroed(services, 4);
	w->members.item = zeroed(services, 4);
	w->reached = zeroed(services, 4);
	w->due = zeroed(services, 4);
	w->pids = zeroed(pids, 4);
	w->pids_mask = pids - 1;
	world_rebuild(w, f->now_ms);
}

static void world_end(struct world *w)
{
	free(w->works);
	free(w->dirty.item);
	free(w->targets.item);
	free(w->members.item);
	free(w->reached);
	free(w->due);
	free(w->pids);
}

void fake_begin(struct fake *f, struct table *table)
{
	memset(f, 0, sizeof(*f));
	f->table = table;
	f->records = zeroed(table->services, sizeof(*f->records));
	f->processes = zeroed(table->services, sizeof(*f->processes));
	f->said = zeroed(table->pipes, sizeof(*f->said));
	f->waiting.item = zeroed(table->services, 4);
	f->waiting.max = table->services;
	f->now_ms = FIRST_MS;
	f->next_pid = 100;
	f->slots = SLOTS;
	f->commits_max = 64 * (table->services + 1);
	world_begin(&f->world, f);
	world_begin(&f->recount, f);
}

void fake_end(struct fake *f)
{
	world_end(&f->world);
	world_end(&f->recount);
	free(f->waiting.item);
	free(f->processes);
	free(f->said);
	free(f->records);
	free(f->table);
}

static void must(struct fake *f, bool good, const char *otherwise)
{
	if (!good && f->wrong == NULL)
		f->wrong = otherwise;
}

static void happens(struct fake *f, struct moment m)
{
	if (f->moment_count < MOMENTS)
		f->moments[f->moment_count++] = m;
}

/* A store to the ledger that others may rely on: the last one, perhaps. */
static void commit(struct fake *f)
{
	f->commits++;
	f->stores++;
	if (f->crash_in > 0 && --f->crash_in == 0)
		longjmp(f->crashed, 1);
}

/* effect.c, spawn.c */

static bool cleans(const struct record *r)
{
	return r->phase.state == STATE_CLEANING_UP;
}

static void wait_for_slot(struct fake *f, uint32_t i)
{
	if (f->world.works[i].waiting)
		return;
	f->world.works[i].waiting = 1;
	queue_push(&f->waiting, i);
}

/* The kernel's part of clone: there is a process, and the record knows it. */
static void clone_process(struct fake *f, uint32_t i)
{
	struct process *p = &f->processes[i];

	must(f, p->pid == 0 && p->main == 0 && !p->rest,
	     "a second process was started");
	p->pid = f->next_pid++;
	p->told = p->killed = p->drains = p->zombie = false;
	f->records[i].life.pid = p->pid;
	commit(f);
}

/* A forked child has no slot. False: not yet. */
static bool spawn(struct fake *f, uint32_t i)
{
	struct work *work = &f->world.works[i];
	bool forked = f->records[i].phase.state == STATE_SETTING_UP;

	if (f->slots_used == f->slots) {
		wait_for_slot(f, i);
		return false;
	}
	if (!cleans(&f->records[i]))
		f->records[i].failure = f->records[i].main = 0;
	if (f->refuse > 0) {
		f->refuse--;
		due_set(&f->world, i, f->now_ms + AGAIN_MS);
		return false;
	}
	clone_process(f, i);
	work->own = 1;
	work->execed = forked;
	work->slot = forked ? NO_SLOT : 0;
	f->slots_used += !forked;
	pid_add(&f->world, i, ROLE_LIFE);
	return true;
}

static void launch(struct fake *f, uint32_t i)
{
	union phase phase = f->records[i].phase;

	if (!phase_pending(phase, f->records[i].life))
		return;
	if (spawn(f, i))
		due_set(&f->world, i,
		        clock_of(&f->world, i, f->now_ms));
}

/* helper.c */

static void clone_helper(struct fake *f, uint32_t i)
{
	struct process *p = &f->processes[i];

	must(f, p->helper == 0, "a second helper was started");
	p->helper = f->next_pid++;
	p->helper_zombie = p->helper_killed = false;
	p->helpers++;
	f->records[i].helper = p->helper;
	commit(f);
	f->world.works[i].own_helper = 1;
	pid_add(&f->world, i, ROLE_HELPER);
}

static void delay_stop(struct fake *f, uint32_t i, uint32_t ms)
{
	uint64_t again_ms = f->now_ms + ms;
	uint64_t limit_ms = clock_looks(&f->world, i, f->now_ms);

	f->world.works[i].stop_delayed = 1;
	due_set(&f->world, i, again_ms < limit_ms ? again_ms : limit_ms);
}

static void follow_by_signal(struct fake *f, uint32_t i, bool failed)
{
	f->world.works[i].stop_by_signal = 1;
	if (!failed)
		delay_stop(f, i, STOP_COMMAND_MS);
}

static struct health *health_of(struct fake *f, uint32_t i)
{
	return (void *)&f->said[table_service(f->table, i)->check_pipe - 1];
}

/* Is its helper what checks it? */
static bool checks(const struct fake *f, uint32_t i)
{
	return table_service(f->table, i)->check.kind != ACTION_NONE &&
	       health_of((struct fake *)(uintptr_t)f, i)->helps != HELPS_NOT;
}

static void helps(struct fake *f, uint32_t i, enum helps what)
{
	if (table_service(f->table, i)->check.kind == ACTION_NONE)
		return;
	health_of(f, i)->helps = what;
	commit(f);
}

static void spawn_helper(struct fake *f, uint32_t i, enum helper_kind kind)
{
	f->world.works[i].helper_kind = (uint8_t)kind;
	if (f->slots_used == f->slots) {
		wait_for_slot(f, i);
	} else if (f->refuse > 0) {
		f->refuse--;
		delay_stop(f, i, AGAIN_MS);
	} else {
		clone_helper(f, i);
	}
}

static void start_helper(struct fake *f, uint32_t i, enum helper_kind kind)
{
	helps(f, i, HELPS_NOT);
	spawn_helper(f, i, kind);
}

static void check(struct fake *f, uint32_t i)
{
	helps(f, i, HELPS_CHECK);
	spawn_helper(f, i, HELPER_RELOAD);
}

static void ask(struct fake *f, uint32_t i)
{
	if (f->records[i].phase.asked)
		follow_by_signal(f, i, false);
	if (!phase_asks(table_service(f->table, i), &f->records[i]))
		return;
	start_helper(f, i, HELPER_STOP);
}

/* A command asks; the signal follows some time after its end. */
static void stop(struct fake *f, uint32_t i)
{
	const struct table_service *s = table_service(f->table, i);
	struct work *work = &f->world.works[i];
	struct process *p = &f->processes[i];

	if (s->stop.kind == ACTION_SIGNAL || !f->records[i].phase.ran ||
	    work->stop_by_signal)
		p->told = p->pid != 0;
	else
		ask(f, i);
	if (!work->stop_delayed)
		work->stop_by_signal = 0;
}

static void kill_all(struct fake *f, uint32_t i)
{
	struct process *p = &f->processes[i];

	p->killed = p->pid != 0;
	p->helper_killed = p->helper != 0;
}

static void effect_do(struct fake *f, uint32_t i, enum effect effect,
                      bool enters)
{
	enum state state = f->records[i].phase.state;

	enum helper_kind kind = f->world.works[i].helper_kind;

	if ((kind == HELPER_RELOAD && effect != EFFECT_CHECK &&
	     state != STATE_UP && state != STATE_WAITING_TO_STOP) ||
	    (kind == HELPER_START && state != STATE_STARTING))
		f->processes[i].helper_killed = true;
	if (kind == HELPER_START && state != STATE_STARTING)
		f->world.works[i].helper_kind = HELPER_NOTHING;
	if (state != STATE_STOPPING || enters)
		f->world.works[i].stop_by_signal =
			f->world.works[i].stop_delayed = 0;
	switch (effect) {
	case EFFECT_SET_UP:
	case EFFECT_RUN:
	case EFFECT_CLEAN_UP:
		launch(f, i);
		break;
	case EFFECT_SIGNAL:
		stop(f, i);
		break;
	case EFFECT_KILL:
		kill_all(f, i);
		break;
	case EFFECT_DRAIN:
		f->processes[i].drains = true;
		break;
	case EFFECT_STARTED:
		start_helper(f, i, HELPER_START);
		break;
	case EFFECT_CHECK:
		check(f, i);
		break;
	case EFFECT_NOTHING:
	case EFFECTS:
		break;
	}
}

/* main.c */

/* Nothing may begin before all that it stands on is up and all that it
 * excludes is out. Said here in other words than those of the model. */
static void check_begin(struct fake *f, const struct change *c)
{
	struct edges e = edges_from(f->table, c->service);

	if (c->from != STATE_WAITING_TO_START || c->to == STATE_DOWN)
		return;
	for (; e.at < e.end; e.at++) {
		union phase other = f->records[edge_service(*e.at)].phase;
		enum edge_kind kind = edge_kind(*e.at);

		if (kind == EDGE_NEEDS || kind == EDGE_BINDS ||
		    kind == EDGE_LOGS || kind == EDGE_REQUIRES)
			must(f, (kind == EDGE_NEEDS &&
			         other.state == STATE_SKIPPED) ||
			        (other.state == STATE_UP &&
			        f->now_ms - phase_since_ms(other, f->now_ms) >=
			                table_service(f->table, edge_service(*e.at))
			                        ->settle_ms),
			     "it began before what it needs was up");
		if (kind == EDGE_CONFLICTS)
			must(f, f->processes[edge_service(*e.at)].pid == 0,
			     "it began beside what it conflicts with");
	}
}

/* What could not be launched: settle.c's keep_since(). */
static void keep_since(struct fake *f, const struct change *c,
                       union phase before)
{
	struct record *r = &f->records[c->service];

	if (c->from != c->to || !phase_pending(r->phase, r->life))
		return;
	r->phase.since_low_ms = before.since_low_ms;
	commit(f);
}

static void carry_out(struct fake *f, const struct change *c)
{
	union phase before = f->records[c->service].phase;

	check_begin(f, c);
	if (c->from != c->to && c->to == STATE_WAITING_TO_START)
		f->records[c->service].wanted_ms = f->now_ms;
	if (c->from != c->to && c->to == STATE_UP)
		f->records[c->service].up_ms = f->now_ms;
	f->records[c->service].phase = c->phase;
	commit(f);
	world_changed(&f->world, c->service, before);
	if (c->from != c->to)
		happens(f, (struct moment){ c->service, c->from, c->to,
		                            EFFECT_NOTHING });
	if (c->effect != EFFECT_NOTHING)
		happens(f, (struct moment){ c->service, c->to, c->to,
		                            c->effect });
	due_set(&f->world, c->service,
	        effect_launches(c->effect)
	                ? NEVER_MS
	                : clock_looks(&f->world, c->service, f->now_ms));
	effect_do(f, c->service, c->effect, c->from != c->to);
	keep_since(f, c, before);
}

/* guard.c. Its stores are not ours: we may be killed meanwhile, it goes on. */

static void program_ends(struct fake *f, uint32_t i, union ending ending)
{
	struct process *p = &f->processes[i];

	f->records[i].main = main_end(ending.code, ending.status);
	p->main = 0;
	if (!p->rest) {
		p->zombie = true;
		p->ending = (union ending){ .code = ENDING_EXITED };
	}
	world_touch(&f->world, i);
}

/* How a child ends whose way to exec failed, or that found that a condition does
 * not hold. */
static union ending way_ending(uint32_t failure)
{
	return (union ending){
		.status = (failure & STEP_ERROR) != 0 ? 127 : 0,
		.code = ENDING_EXITED,
	};
}

static void guard_begins(struct fake *f, uint32_t i)
{
	struct process *p = &f->processes[i];

	p->main = f->next_pid++;
	f->records[i].main = p->main;
	f->records[i].failure = p->failure;
	if (p->failure != 0)
		program_ends(f, i, way_ending(p->failure));
	else if (table_service(f->table, i)->ready != READY_KIND_DAEMONIZE)
		f->records[i].main |= MAIN_READY;
}

static bool is_guard(const struct fake *f, uint32_t i)
{
	return record_guarded(table_service(f->table, i), &f->records[i]);
}

/* The child has done exec, or failed on its way and died. */
static void arrive(struct fake *f, uint32_t i)
{
	struct work *work = &f->world.works[i];
	struct process *p = &f->processes[i];

	work->slot = NO_SLOT;
	f->slots_used--;
	if (is_guard(f, i)) {
		work->execed = 1;
		guard_begins(f, i);
		world_touch(&f->world, i);
		return;
	}
	if (p->failure != 0) {
		f->records[i].failure = p->failure;
		p->zombie = true;
		p->ending = way_ending(p->failure);
	}
	work->execed = p->failure == 0;
	world_touch(&f->world, i);
}

static void admit_waiting(struct fake *f)
{
	uint32_t i, room = f->slots - f->slots_used;

	for (; room > 0 && queue_pop(&f->waiting, &i); room--) {
		f->world.works[i].waiting = 0;
		world_touch(&f->world, i);
	}
}

static void look(struct fake *f)
{
	for (uint32_t i = 0; !f->slow && i < f->table->services; i++)
		if (f->world.works[i].slot != NO_SLOT)
			arrive(f, i);
	admit_waiting(f);
}

/* children.c */

static void adopt(struct fake *f, uint32_t i)
{
	struct record *r = &f->records[i];

	r->life.pid = main_pid(r->main);
	commit(f);
	pid_add(&f->world, i, ROLE_LIFE);
	world_touch(&f->world, i);
}

static void life_ended(struct fake *f, uint32_t i, int32_t pid,
                       union ending ending)
{
	struct record *r = &f->records[i];
	bool guarded = is_guard(f, i);

	pid_remove(&f->world, i, ROLE_LIFE, pid);
	if (f->world.works[i].slot != NO_SLOT)
		f->slots_used--;
	f->world.works[i].slot = NO_SLOT;
	if (guarded && main_pid(r->main) != 0) {
		adopt(f, i);
		return;
	}
	if (guarded && main_ended(r->main))
		ending = main_ending(r->main);
	f->world.works[i].own = 0;
	ending.state = r->phase.state;
	if (!cleans(r))
		r->ending = ending;
	commit(f);
	r->life = (union life){ .exits = r->life.exits + 1 };
	commit(f);
	world_touch(&f->world, i);
}

static void helper_ended(struct fake *f, uint32_t i, int32_t pid,
                         union ending ending)
{
	struct record *r = &f->records[i];
	struct work *work = &f->world.works[i];
	bool checked = checks(f, i);
	enum helper_kind kind = checked ? HELPER_CHECK : work->helper_kind;
	bool good = ending.code == ENDING_EXITED && ending.status == 0;

	if (kind == HELPER_START && ending.code == 0)
		kind = HELPER_NOTHING;
	pid_remove(&f->world, i, ROLE_HELPER, pid);
	work->own_helper = work->helper_kind = 0;
	if (kind == HELPER_START && !good) {
		r->failure = STEP_STARTED << STEP_NUMBER;
		commit(f);
	}
	if (kind == HELPER_STOP || kind == HELPER_START) {
		r->phase.asked = 1;
		commit(f);
	}
	r->helper = 0;
	commit(f);
	if (kind == HELPER_STOP && r->phase.state == STATE_STOPPING)
		follow_by_signal(f, i, !good);
	if (checked && !good &&
	    phase_checks(table_service(f->table, i), r->phase))
		delay_stop(f, i, CHECK_AGAIN_MS);
	world_touch(&f->world, i);
}

static void child_ended(struct fake *f, int32_t pid, bool own,
                        union ending ending)
{
	enum role role = ROLE_LIFE;
	uint32_t i = pid_find(&f->world, pid, own, &role);

	if (i == TABLE_NONE)
		return;
	if (role == ROLE_HELPER)
		helper_ended(f, i, pid, ending);
	else
		life_ended(f, i, pid, ending);
}

/* What a guard leaves is ours, or pid1's, as the guard was. With .stop_all
 * the rest is hunted down when its program ends (leftovers.c). */
static void released(struct fake *f, uint32_t i)
{
	struct process *p = &f->processes[i];

	p->zombie = false;
	p->pid = p->main;
	if (p->main != 0) {
		p->main = 0;
		return;
	}
	p->rest = false;
	p->ends++;
	must(f, f->records[i].life.exits == p->ends &&
	                f->records[i].life.pid == 0,
	     "an end was not counted once");
}

/* The zombie is gone only when its end has been written down. */
static void reap(struct fake *f, uint32_t i, bool own)
{
	struct process *p = &f->processes[i];

	if (!p->zombie)
		return;
	child_ended(f, p->pid, own, p->ending);
	released(f, i);
}

static void reap_helper(struct fake *f, uint32_t i, bool own)
{
	struct process *p = &f->processes[i];

	if (!p->helper_zombie)
		return;
	child_ended(f, p->helper, own, p->helper_ending);
	p->helper_zombie = false;
	p->helper = 0;
	must(f, f->records[i].helper == 0, "a helper's end was lost");
}

static bool reap_all(struct fake *f)
{
	bool any = false;

	for (uint32_t i = 0; i < f->table->services; i++) {
		any |= f->processes[i].zombie | f->processes[i].helper_zombie;
		reap(f, i, f->world.works[i].own);
		reap_helper(f, i, f->world.works[i].own_helper);
	}
	return any;
}

bool fake_settle(struct fake *f)
{
	struct change change;

	if (f->hold)
		return true;
	do {
		while (settle_next(&f->world, f->now_ms, &change)) {
			carry_out(f, &change);
			if (f->commits > f->commits_max) {
				must(f, false, "it never becomes quiet");
				return false;
			}
		}
		look(f);
	} while (reap_all(f) || f->world.dirty.count > 0);
	f->commits = 0;
	return true;
}

/* Events */

void fake_set_target(struct fake *f, const uint32_t *services, uint32_t count,
               enum target target)
{
	struct change change;
	uint32_t calls = 0;

	for (uint32_t k = 0; k < count; k++)
		target_set(&f->world, services[k], target);
	while (target_next(&f->world, &change)) {
		union phase before = f->records[change.service].phase;

		f->records[change.service].phase = change.phase;
		commit(f);
		world_changed(&f->world, change.service, before);
		must(f, ++calls <= f->table->services,
		     "a wish reached a service twice");
		if (f->wrong != NULL)
			return;
	}
	fake_settle(f);
}

void fake_exec(struct fake *f, uint32_t i)
{
	arrive(f, i);
	fake_settle(f);
}

void fake_ready(struct fake *f, uint32_t i)
{
	f->records[i].phase.ready = 1;
	commit(f);
	world_touch(&f->world, i);
	fake_settle(f);
}

/* notify.c */
void fake_says(struct fake *f, uint32_t i, uint64_t more_ms)
{
	const struct table_service *s = table_service(f->table, i);
	const struct record *r = &f->records[i];
	struct said *said = &f->said[s->ready_pipe];

	if (said->run != r->life.exits + 1u)
		*said = (struct said){ .run = r->life.exits + 1,
			               .watchdog_ms = s->watchdog_ms };
	said->alive_ms = f->now_ms;
	if (more_ms != 0) {
		said->extended_ms = f->now_ms + more_ms;
		said->extended = r->phase.state;
	}
	commit(f);
	due_set(&f->world, i, clock_looks(&f->world, i, f->now_ms));
	fake_settle(f);
}

static void ends(struct fake *f, uint32_t i, union ending ending)
{
	if (f->processes[i].main != 0) {
		program_ends(f, i, ending);
	} else {
		f->processes[i].zombie = f->processes[i].pid != 0;
		f->processes[i].ending = ending;
	}
	reap_all(f);
	fake_settle(f);
}

void fake_exits(struct fake *f, uint32_t i, int code)
{
	ends(f, i, (union ending){ .status = code, .code = ENDING_EXITED });
}

/* It stores that before it ends; of a child that has done no exec yet it is part
 * of the way to exec. */
void fake_skips(struct fake *f, uint32_t i)
{
	uint32_t failure = STEP_ONLY_IF << STEP_NUMBER;

	if (f->world.works[i].slot != NO_SLOT) {
		f->processes[i].failure = failure;
		fake_exec(f, i);
		return;
	}
	f->records[i].failure = failure;
	fake_exits(f, i, 0);
}

void fake_dies(struct fake *f, uint32_t i, int signal)
{
	ends(f, i, (union ending){ .status = signal, .code = ENDING_KILLED });
}

void fake_rest_ends(struct fake *f, uint32_t i)
{
	struct process *p = &f->processes[i];

	p->rest = false;
	if (p->main == 0) {
		p->zombie = true;
		p->ending = (union ending){ .code = ENDING_EXITED };
	}
	reap_all(f);
	fake_settle(f);
}

void fake_daemonizes(struct fake *f, uint32_t i)
{
	f->processes[i].main = f->next_pid++;
	f->records[i].main = f->processes[i].main | MAIN_READY;
	world_touch(&f->world, i);
	fake_settle(f);
}

void fake_guard_dies(struct fake *f, uint32_t i)
{
	f->processes[i].zombie = true;
	f->processes[i].ending = (union ending){ .status = 9,
		                                 .code = ENDING_KILLED };
	reap_all(f);
	fake_settle(f);
}

void fake_reload(struct fake *f, uint32_t i)
{
	f->world.works[i].helper_kind = HELPER_RELOAD;
	clone_helper(f, i);
	fake_settle(f);
}

void fake_checked(struct fake *f, uint32_t i, bool well)
{
	struct health *h = health_of(f, i);

	h->run = f->records[i].life.exits + 1;
	h->state = well ? HEALTH_HEALTHY : HEALTH_FAILED;
	commit(f);
	world_touch(&f->world, i);
	fake_settle(f);
}

void fake_helper_ends(struct fake *f, uint32_t i, union ending ending)
{
	f->processes[i].helper_zombie = true;
	f->processes[i].helper_ending = ending;
	reap_all(f);
	fake_settle(f);
}

void fake_tick(struct fake *f, uint64_t ms)
{
	uint64_t until = f->now_ms + ms;

	while (f->wrong == NULL && due_next(&f->world) <= until) {
		if (due_next(&f->world) > f->now_ms)
			f->now_ms = due_next(&f->world);
		due_expire(&f->world, f->now_ms);
		fake_settle(f);
	}
	f->now_ms = until;
}

/* resume.c. Zombies of the one that was killed are pid1's; it has said all of
 * them before anything is started. */
void fake_resume(struct fake *f)
{
	f->crash_in = f->commits = 0;
	f->slots_used = f->waiting.first = f->waiting.count = 0;
	world_rebuild(&f->world, f->now_ms);
	for (uint32_t i = 0; i < f->table->services; i++) {
		if (is_guard(f, i) && f->records[i].main == 0)
			guard_begins(f, i); /* it has gone on */
		reap(f, i, false);
		reap_helper(f, i, false);
	}
	for (uint32_t i = 0; i < f->table->services; i++) {
		enum effect effect = state_effect(f->records[i].phase.state);

		if (!effect_launches(effect))
			effect_do(f, i, effect, false);
	}
	fake_settle(f);
}

/* Is it quiet, and is all that is derived what follows from the records? */

static const char *check_counters(const struct fake *f, uint32_t i)
{
	const struct work *is = &f->world.works[i];
	const struct work *should = &f->recount.works[i];

	if (is->unmet != should->unmet)
		return "unmet is not the count of unmet edges";
	if (is->unbound != should->unbound)
		return "unbound is not the count of broken bonds";
	if (is->holding != should->holding)
		return "holding is not the count of services that must stop first";
	if (is->dirty || is->target_spread)
		return "something is left of an earlier pass";
	return NULL;
}

static const char *check_due(const struct fake *f, uint32_t i)
{
	const struct world *w = &f->world;
	const struct work *work = &w->works[i];
	const struct record *r = &f->records[i];
	uint64_t due = f->recount.works[i].due_ms;

	if ((work->due_at == NOT_DUE) != (work->due_ms == NEVER_MS))
		return "a deadline without a place in the heap";
	if (work->due_at != NOT_DUE && w->due[work->due_at] != i)
		return "a deadline is at another's place in the heap";
	if (work->due_at != NOT_DUE && work->due_at > 0 &&
	    w->works[w->due[(work->due_at - 1) / 2]].due_ms > work->due_ms)
		return "the heap is no heap";
	if (phase_pending(r->phase, r->life))
		return work->waiting || work->due_ms != NEVER_MS
		               ? NULL
		               : "a launch that is due is forgotten";
	if (work->stop_delayed && r->phase.state != STATE_STOPPING &&
	    r->phase.state != STATE_STARTING &&
	    !phase_checks(table_service(f->table, i), r->phase))
		return "its next stop would be delayed";
	if (work->stop_delayed)
		return work->due_ms <= due ? NULL : "it is asked too late";
	return work->due_ms == due ||
	                       (work->due_ms == NEVER_MS && due <= f->now_ms)
	               ? NULL
	               : "a deadline is not that of its state";
}

/* Its command may be waiting for room. */
static bool is_told(const struct fake *f, uint32_t i)
{
	const struct work *work = &f->world.works[i];

	return f->processes[i].told || f->processes[i].helper != 0 ||
	       f->records[i].phase.asked || work->waiting || work->stop_delayed ||
	       main_ended(f->records[i].main);
}

static const char *check_helper(const struct fake *f, uint32_t i)
{
	int32_t pid = f->records[i].helper;
	enum role role = ROLE_LIFE;

	if (f->processes[i].helper != pid || f->processes[i].helper_zombie)
		return "the record does not know its helper";
	if (pid != 0 && (pid_find(&f->world, pid, f->world.works[i].own_helper,
	                          &role) != i ||
	                 role != ROLE_HELPER))
		return "a helper is not found by its pid";
	if (started_is_due(&f->world, i) && !f->world.works[i].waiting &&
	    !f->world.works[i].stop_delayed)
		return "the command behind its start is forgotten";
	if (f->world.works[i].stop_by_signal && !f->world.works[i].stop_delayed)
		return "its command has ended, and no signal was sent";
	return NULL;
}

static const char *check_process(const struct fake *f, uint32_t i)
{
	const struct process *p = &f->processes[i];
	int32_t pid = f->records[i].life.pid;
	enum state state = f->records[i].phase.state;
	enum role role = ROLE_HELPER;

	if (p->pid != pid || p->zombie)
		return "the record does not know its process";
	if (p->main != 0 && p->main != main_pid(f->records[i].main))
		return "the record does not know its program";
	if (pid != 0 &&
	    (pid_find(&f->world, pid, f->world.works[i].own, &role) != i ||
	     role != ROLE_LIFE))
		return "a process is not found by its pid";
	if (pid != 0 && state == STATE_DRAINING && !p->drains)
		return "it drains and its input has no end";
	if (pid != 0 && state == STATE_STOPPING && !is_told(f, i))
		return "it is stopping and got no signal";
	if (pid != 0 && state == STATE_FORCE_DOWN && !p->killed)
		return "it is forced down and was not killed";
	return check_helper(f, i);
}

static bool has_begun(const struct fake *f, uint32_t i)
{
	return f->processes[i].pid != 0 ||
	       state_active(f->records[i].phase.state);
}

static const char *check_conflicts(const struct fake *f, uint32_t i)
{
	struct edges e = edges_from(f->table, i);

	for (; e.at < e.end; e.at++)
		if (edge_kind(*e.at) == EDGE_CONFLICTS && has_begun(f, i) &&
		    has_begun(f, edge_service(*e.at)))
			return "two that conflict are active";
	return NULL;
}

static const char *check_service(const struct fake *f, uint32_t i)
{
	const char *wrong = check_counters(f, i);

	if (wrong == NULL)
		wrong = check_due(f, i);
	if (wrong == NULL)
		wrong = check_process(f, i);
	if (wrong == NULL)
		wrong = check_conflicts(f, i);
	if (wrong == NULL &&
	    rule_pick(f->records[i].phase.state,
	              facts_gather(&f->world, i, f->now_ms)) != NULL)
		wrong = "a row holds and the service was not judged";
	return wrong;
}

const char *fake_check(struct fake *f)
{
	const char *wrong = f->wrong;

	f->recount.hurried_ms = f->world.hurried_ms;
	world_rebuild(&f->recount, f->now_ms);
	if (wrong == NULL && f->world.busy != f->recount.busy)
		wrong = "busy is not the count of busy services";
	if (wrong == NULL && f->world.passing != f->recount.passing)
		wrong = "passing is not the count of running clocks";
	for (uint32_t i = 0; wrong == NULL && i < f->table->services; i++)
		wrong = check_service(f, i);
	return wrong;
}
