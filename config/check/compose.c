/* SPDX-License-Identifier: MIT */
/* The table of model/table.h, laid out in memory from a configuration that
 * passed every check. Knows no finding. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/check/check.h"
#include "model/calendar.h"
#include "model/condition.h"
#include "model/state.h"
#include "model/words.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the table is little-endian: build on a little-endian machine"
#endif

/* The parts before it is known how large they are. */
struct parts {
	const struct config *c;
	const struct functions *f;
	struct pool texts, lists, profiles;
	uint32_t vector_max;
	struct table_service *services; /* count + 1 */
	uint32_t count;             /* c->count, and the second places of
	                               services that overlap */
	uint32_t *first;            /* of which service each is a place */
};

static uint32_t compose_text(struct parts *p, const char *text)
{
	if (text == NULL)
		return TABLE_NONE;
	return (uint32_t)pool_add(&p->texts, text, strlen(text) + 1);
}

/* Behind these words, which stand in front of it. */
static uint32_t text_behind(struct parts *p, const char *words,
                            const char *rest)
{
	size_t length = strlen(words);
	char *both;
	uint32_t at;

	if (rest == NULL)
		return TABLE_NONE;
	both = memory_new(1, length + strlen(rest) + 1);
	memcpy(both, words, length);
	strcpy(both + length, rest);
	at = compose_text(p, both);
	free(both);
	return at + (uint32_t)length;
}

static void vector_fits(struct parts *p, size_t words)
{
	if (words > p->vector_max)
		p->vector_max = (uint32_t)words;
}

static struct table_list compose_words(struct parts *p, const uint32_t *word,
                                       size_t count)
{
	return (struct table_list){
		.count = (uint32_t)count,
		.at = (uint32_t)(pool_add(&p->lists, word, 4 * count) / 4),
	};
}

static struct table_list compose_texts(struct parts *p,
                                       const struct config_list *l)
{
	uint32_t *word = memory_new(l->count, sizeof(*word));
	struct table_list list;

	for (size_t k = 0; k < l->count; k++)
		word[k] = compose_text(p, l->item[k]);
	list = compose_words(p, word, l->count);
	free(word);
	return list;
}

static struct table_action exec(struct parts *p, const struct config_list *l)
{
	struct table_list list = compose_texts(p, l);

	vector_fits(p, l->count + 1);           /* and NULL */
	return (struct table_action){
		.kind = ACTION_EXEC,
		.count = (uint16_t)list.count,
		.at = list.at,
	};
}

static struct table_action compose_action(struct parts *p,
                                          const struct config_action *a)
{
	struct table_action made = { .kind = ACTION_NONE };

	switch (a->action) {
	case CONFIG_ACTION_NONE:
		break;
	case CONFIG_ACTION_EXEC:
	case CONFIG_ACTION_SHELL:
		return exec(p, &a->words);
	case CONFIG_ACTION_CALL:
		made.kind = ACTION_CALL;
		made.at = functions_find(p->f, a->function);
		break;
	case CONFIG_ACTION_SIGNAL:
		made.kind = ACTION_SIGNAL;
		made.at = (uint32_t)a->signal;
		made.count = a->notifies;
		break;
	}
	return made;
}

static uint32_t time_ms(const struct config_time *t)
{
	return t->ms == CONFIG_FOREVER_MS ? TABLE_FOREVER : (uint32_t)t->ms;
}

static void set_retry(struct table_profile *t, const struct config_retry *r)
{
	static const uint8_t kinds[] = {
		[CONFIG_RETRY_DOUBLING] = RETRY_KIND_DOUBLING,
		[CONFIG_RETRY_FIXED] = RETRY_KIND_FIXED,
		[CONFIG_RETRY_NEVER] = RETRY_KIND_NEVER,
	};

	t->retry_kind = kinds[r->retry];
	t->retry_attempts = (uint16_t)r->attempts;
	t->retry_after_ms = time_ms(&r->after);
	t->retry_max_ms = r->retry == CONFIG_RETRY_FIXED ? time_ms(&r->after)
	                                                 : time_ms(&r->max);
	t->on_failure_only = r->on_abnormal_only ? RETRY_ABNORMAL
	                                         : r->on_failure_only;
}

/* INHERIT("NAME") is a text without '='. */
static size_t environment_inherited(const char *entry)
{
	return entry[0] == CONFIG_INHERITED;
}

/* What a logger with .reads = EACH is told, behind the rest. How many words. */
static size_t environment_listens(struct parts *p, uint32_t i, uint32_t *word)
{
	char fds[32];
	uint32_t count;
	const char *names = logs_names(p->c, i, &count);

	if (service_of(p->c, i)->reads != EACH)
		return 0;
	snprintf(fds, sizeof(fds), "LISTEN_FDS=%u", count);
	word[0] = compose_text(p, fds);
	word[1] = compose_text(p, memory_join("LISTEN_FDNAMES=", names));
	return 2;
}

static void set_environment(struct parts *p, struct table_profile *t,
                            uint32_t i)
{
	const struct config_list *env = &service_of(p->c, i)->env;
	uint32_t *word = memory_new(env->count + 2, sizeof(*word));
	size_t count = env->count;

	for (size_t k = 0; k < env->count; k++)
		word[k] = compose_text(
			p, env->item[k] + environment_inherited(env->item[k]));
	count += environment_listens(p, i, word + count);
	t->has_env = env->item != NULL;
	t->env = compose_words(p, word, count);
	free(word);
	vector_fits(p, count + ENV_OURS + 1); /* and NULL */
}

static void set_attributes(struct parts *p, struct table_profile *t,
                           const struct config_service *s)
{
	uint32_t mask[CPU_WORDS], count;
	uint32_t *limits = attribute_limits(&s->rlimits, &count);

	t->rlimits = compose_words(p, limits, count);
	free(limits);
	count = attribute_cpus(s->cpus, mask);
	t->cpus = compose_words(p, mask, count);
	t->ioprio = attribute_ioprio(&s->ioprio);
	t->oom_score_adj = s->oom_score_adj == CONFIG_UNSET ? TABLE_UNSET
	                                                    : s->oom_score_adj;
	t->chroot = compose_text(p, s->chroot);
	t->cgroup = TABLE_NONE;
	if (s->cgroup != NULL)
		t->cgroup = compose_text(p, attribute_cgroup(s->cgroup));
	t->has_capabilities = s->capabilities.item != NULL;
	t->capabilities = attribute_capabilities(&s->capabilities);
	t->namespaces = attribute_namespaces(&s->namespaces);
}

/* alone: of a generation that starts beside another one, which is not tried
 * again. */
static uint32_t profile(struct parts *p, uint32_t i, const struct account *a,
                        bool alone)
{
	const struct config_service *s = service_of(p->c, i);
	struct table_profile t = {
		.max_setup_ms = time_ms(&s->max_setup),
		.max_ready_ms = time_ms(&s->max_ready),
		.max_stop_ms = time_ms(&s->max_stop),
		.max_cleanup_ms = time_ms(&s->max_cleanup),
		.healthy_ms = time_ms(&s->healthy),
		.chdir = compose_text(p, s->chdir),
		.uid = a->uid,
		.gid = a->gid,
		.has_groups = a->has_groups,
		.groups = compose_words(p, a->group, a->groups),
		.umask = s->umask == CONFIG_UNSET ? TABLE_NONE
		                                  : (uint32_t)s->umask,
		.nice = s->nice,
		.no_new_privs = s->no_new_privs,
	};

	set_retry(&t, &s->retry);
	if (alone) {
		t.retry_kind = RETRY_KIND_NEVER;
		t.on_failure_only = 0;
	}
	if (timer_is(s) && t.on_failure_only == 0)
		t.on_failure_only = 1; /* a run that has succeeded is over */
	set_environment(p, &t, i);
	set_attributes(p, &t, s);
	return (uint32_t)(pool_add(&p->profiles, &t, sizeof(t)) / sizeof(t));
}

/* The rare words of a service, as model/words.h has them. */
struct sheet {
	struct parts *p;
	uint32_t *word;
	size_t count;
};

static void __attribute__((format(printf, 2, 3)))
sheet_add(struct sheet *s, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		abort(); /* there is no memory */
	s->word = memory_grow(s->word, s->count + 1, sizeof(*s->word));
	s->word[s->count++] = compose_text(s->p, text);
	free(text);
}

static void sheet_texts(struct sheet *s, enum word_kind kind,
                        const struct config_list *l)
{
	for (size_t k = 0; k < l->count; k++)
		sheet_add(s, "%c%s", kind, l->item[k]);
}

static void sheet_condition(struct sheet *s, const char *item)
{
	struct condition c = condition_read(item);
	const char *name = condition_label(c.kind), *not= c.negated ? "!" : "";

	if (c.kind == CONDITION_CAPABILITY)
		sheet_add(s, "%c%s%s:%d %s", WORD_ONLY_IF, not, name,
		          attribute_capability(c.argument), c.argument);
	else
		sheet_add(s, "%c%s", WORD_ONLY_IF, item);
}

static void sheet_folder(struct sheet *s, const struct config_folder *f)
{
	static const uint8_t folders[] = {
		[CONFIG_RUNTIME] = FOLDER_RUNTIME,
		[CONFIG_STATE] = FOLDER_STATE,
		[CONFIG_CACHE] = FOLDER_CACHE,
		[CONFIG_LOGS] = FOLDER_LOGS,
		[CONFIG_CONFIG] = FOLDER_CONFIG,
		[CONFIG_PATH] = FOLDER_PATH,
	};
	struct account owner = owner_find(f->user, f->group);
	bool given = f->mode != CONFIG_UNSET;

	sheet_add(s, "%c%d %d %d %" PRIu32 " %" PRIu32 " %s", WORD_FOLDER,
	          folders[f->folder], given ? f->mode : 0755, given, owner.uid,
	          owner.gid, f->path);
}

static void sheet_check(struct sheet *s, const struct config_check *c)
{
	sheet_add(s, "%c%" PRIu32 " %" PRIu32 " %d %" PRIu32 " %d ", WORD_CHECK,
	          time_ms(&c->every), time_ms(&c->timeout), c->failures,
	          time_ms(&c->start), c->on_failure == TELL);
}

static bool removes_folders(const struct config_service *s)
{
	for (size_t k = 0; k < s->folders.count; k++)
		if (folder_of(s->folders.item[k])->folder == CONFIG_RUNTIME)
			return true;
	return false;
}

/* prepare/ removes them after the clean-up; without one it stands for none. */
static struct table_action compose_removal(struct parts *p)
{
	static const char *const item[] = { WORDS_REMOVE };
	const struct config_list word = { .item = item, .count = 1 };

	return exec(p, &word);
}

static struct table_list compose_rare(struct parts *p,
                                      const struct config_service *s)
{
	struct sheet sheet = { .p = p };
	struct process all[PROCESSES];
	struct table_list list;

	sheet_texts(&sheet, WORD_ENV_FILE, &s->env_file);
	for (size_t k = 0; k < s->only_if.count; k++)
		sheet_condition(&sheet, s->only_if.item[k]);
	for (size_t k = 0; k < s->folders.count; k++)
		sheet_folder(&sheet, folder_of(s->folders.item[k]));
	for (size_t k = 0; k < s->ignore.count; k++)
		sheet_add(&sheet, "%c%d", WORD_IGNORE,
		          end_of(s->ignore.item[k]) - SIGNAL_ENDS);
	if (s->errors.log == CONFIG_LOG_FILE)
		sheet_add(&sheet, "%c%d %d %s", WORD_ERRORS, s->errors.mode,
		          s->errors.overwrite, s->errors.path);
	if (s->errors.log == CONFIG_LOG_NONE)
		sheet_add(&sheet, "%c0 0 /dev/null", WORD_ERRORS);
	if (s->tty != NULL)
		sheet_add(&sheet, "%c%s", WORD_TTY, s->tty);
	actions_list(s, all);
	for (int k = 0; k < PROCESSES; k++)
		if (all[k].action->as_root != NULL)
			sheet_add(&sheet, "%c%s", WORD_AS_ROOT,
			          all[k].field + 1);
	if (s->ready.ready == CONFIG_READY_BUS)
		sheet_add(&sheet, "%c%c%s", WORD_BUS,
		          s->ready.bus == SESSION ? 's' : 'm',
		          s->ready.bus_name);
	if (s->check.given)
		sheet_check(&sheet, &s->check);
	list = compose_words(p, sheet.word, sheet.count);
	vector_fits(p, sheet.count + 1); /* table_check() takes no longer one */
	free(sheet.word);
	return list;
}

static void set_log(struct parts *p, struct table_service *t,
                    const struct config_log *log)
{
	static const uint8_t kinds[] = {
		[CONFIG_LOG_INHERIT] = LOG_KIND_INHERIT,
		[CONFIG_LOG_NONE] = LOG_KIND_NONE,
		[CONFIG_LOG_FILE] = LOG_KIND_FILE,
		[CONFIG_LOG_TO] = LOG_KIND_TO,
	};

	t->log_kind = kinds[log->log];
	t->log_at = 0;
	if (log->log == CONFIG_LOG_TO)
		t->log_at = names_find(p->c, log->service);
	if (log->log != CONFIG_LOG_FILE)
		return;
	t->log_at = compose_text(p, log->path);
	t->log_mode = (uint16_t)log->mode;
	t->log_overwrite = log->overwrite;
}

static struct table_socket compose_socket(struct parts *p,
                                          const struct socket *s)
{
	return (struct table_socket){
		.text = compose_text(p, s->text),
		.address = (uint32_t)pool_add(&p->texts, s->address,
		                              s->address_bytes),
		.address_bytes = s->address_bytes,
		.type = s->type,
		.mode = s->mode,
		.uid = s->uid,
		.gid = s->gid,
		.backlog = s->backlog,
		.device = compose_text(p, s->device),
		.options = compose_words(p, s->option,
		                         (size_t)OPTION_WORDS * s->options),
	};
}

static void set_sockets(struct parts *p, uint32_t i, struct table_service *t)
{
	/* So that what was reported when it was checked is not again. */
	const struct host here = { .look = true, .machine = 1 };
	const struct config_list *l = &service_of(p->c, i)->listen;
	struct table_socket *made = memory_new(l->count, sizeof(*made));
	const char *names = TABLE_NAMES_ARE;
	struct socket s;

	if (l->count == 0 && service_of(p->c, i)->fd_store == 0)
		return;
	for (size_t k = 0; k < l->count; k++) {
		(void)socket_read(p->c, i, &here, l->item[k], &s);
		made[k] = compose_socket(p, &s);
		names = memory_join(names, memory_join(k > 0 ? ":" : "",
		                                       s.name));
	}
	t->listen_names = compose_text(p, names);
	if (l->count == 0)
		return;
	t->listen = (struct table_list){
		.count = (uint32_t)l->count * SOCKET_WORDS,
		.at = (uint32_t)(pool_append(&p->lists, made,
		                             l->count * sizeof(*made)) / 4),
	};
}

static void set_store(struct parts *p, struct table_service *t, int count)
{
	uint32_t *numbers = memory_new((size_t)count, sizeof(*numbers));

	t->store.count = (uint32_t)count;
	if (count > 0)
		t->store.at = (uint32_t)(pool_append(&p->lists, numbers,
		                                     4 * (size_t)count) / 4);
	free(numbers);
}

static struct table_list compose_ends(struct parts *p,
                                      const struct config_list *l)
{
	uint32_t *word = memory_new(l->count, sizeof(*word));
	struct table_list list;

	for (size_t k = 0; k < l->count; k++)
		word[k] = (uint32_t)end_of(l->item[k]);
	list = compose_words(p, word, l->count);
	free(word);
	return list;
}

static void set_every(struct parts *p, struct table_service *t,
                      const struct config_service *s)
{
	const struct config_list *l = &s->every.calendar;
	size_t words = EVERY_WORDS + l->count * CALENDAR_WORDS;
	uint32_t *word = memory_new(words, sizeof(*word));
	struct table_every every = {
		.every_ms = (uint32_t)s->every.ms,
		.splay_ms = time_ms(&s->splay),
		.catch_up = s->catch_up,
	};
	struct calendar c;
	char why[1];

	memcpy(word, &every, sizeof(every));
	for (size_t k = 0; k < l->count; k++) {
		(void)calendar_read(l->item[k], &c, why, sizeof(why));
		c.text = compose_text(p, l->item[k]);
		memcpy(word + EVERY_WORDS + k * CALENDAR_WORDS, &c, sizeof(c));
	}
	if (timer_is(s)) {
		t->every = compose_words(p, word, words);
		t->target = s->target == DOWN ? TARGET_DOWN : TARGET_RESTART;
	}
	free(word);
}

static uint16_t line_of(const struct config *c, uint32_t i)
{
	unsigned line = c->services[i].line;

	return (uint16_t)(line < UINT16_MAX ? line : UINT16_MAX);
}

static void compose_service(struct parts *p, uint32_t i, const struct graph *g,
                            const struct account *a)
{
	static const uint8_t targets[] = {
		[UP] = TARGET_UP, [DOWN] = TARGET_DOWN, [ONCE] = TARGET_ONCE,
	};
	static const uint8_t readies[] = {
		[CONFIG_READY_AT_ONCE] = READY_KIND_AT_ONCE,
		[CONFIG_READY_NOTIFY] = READY_KIND_NOTIFY,
		[CONFIG_READY_DAEMONIZE] = READY_KIND_DAEMONIZE,
		[CONFIG_READY_FD] = READY_KIND_FD,
		[CONFIG_READY_SD_NOTIFY] = READY_KIND_SD_NOTIFY,
		[CONFIG_READY_BUS] = READY_KIND_FD,
		[CONFIG_READY_CHECK] = READY_KIND_CHECK,
	};
	const struct config_service *s = service_of(p->c, i);
	struct table_service *t = &p->services[i];

	t->name = text_behind(p, TABLE_NAME_IS, s->name);
	t->board_entry = i;
	t->profile = profile(p, i, a, false);
	t->edge_first = g->first[i];
	t->back_first = g->back_first[i];
	t->setup = compose_action(p, &s->setup);
	t->run = compose_action(p, &s->run);
	t->cleanup = compose_action(p, &s->cleanup);
	t->stop = compose_action(p, &s->stop);
	t->reload = compose_action(p, &s->reload);
	t->started = compose_action(p, &s->started);
	t->check = compose_action(p, &s->check.command);
	t->ready = readies[s->ready.ready];
	t->ready_fd = t->ready == READY_KIND_SD_NOTIFY
	                      ? (uint16_t)s->notify_from
	                      : (uint16_t)s->ready.fd;
	if (s->watchdog.unit != 0 && s->watchdog.ms != CONFIG_FOREVER_MS)
		t->watchdog_ms = time_ms(&s->watchdog);
	t->stop_all = s->stop_all;
	/* Without a program it does not die. */
	t->settle_ms = t->run.kind != ACTION_NONE ? time_ms(&s->settle) : 0;
	t->hands_over = s->hands_over;
	t->reads_each = s->reads == EACH;
	t->words = compose_rare(p, s);
	t->success = compose_ends(p, &s->success);
	t->never_retry = compose_ends(p, &s->never_retry);
	if (t->cleanup.kind == ACTION_NONE && removes_folders(s))
		t->cleanup = compose_removal(p);
	t->target = targets[s->target];
	t->line = line_of(p->c, i);
	set_log(p, t, &s->log);
	set_sockets(p, i, t);
	set_store(p, t, s->fd_store);
	set_every(p, t, s);
	if (s->on_demand) {
		t->on_demand = s->target == ONCE ? TARGET_ONCE : TARGET_UP;
		t->target = TARGET_DOWN;
	}
}

/* Set-up and clean-up are the service's, not those of a generation. Nothing
 * depends on the second place, and it depends on nothing: it is only started
 * while the service is up, which does not stop before it. */
static void compose_second(struct parts *p, uint32_t i, const struct account *a)
{
	struct table_service *t = &p->services[p->count];

	*t = p->services[i];
	t->name = text_behind(p, TABLE_NAME_IS, overlap_name(p->c, i));
	t->board_entry = p->count;
	t->profile = profile(p, i, a, true);
	t->setup.kind = t->cleanup.kind = ACTION_NONE;
	t->target = t->on_demand = TARGET_DOWN;
	t->other = i + 1;
	p->first[p->count++] = i;
	p->services[i].other = p->count;
}

struct named {
	const char *name;
	uint32_t service;
};

static int service_by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static uint32_t *names_sorted(const struct parts *p)
{
	struct named *names = memory_new(p->count, sizeof(*names));
	uint32_t *order = memory_new(p->count, sizeof(*order));

	for (uint32_t i = 0; i < p->count; i++)
		names[i] = (struct named){
			(char *)p->texts.bytes + p->services[i].name, i
		};
	qsort(names, p->count, sizeof(*names), service_by_name);
	for (uint32_t i = 0; i < p->count; i++)
		order[i] = names[i].service;
	free(names);
	return order;
}

/* Without its folder: the same file gives the same table wherever it lies. */
static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* What is copied to where. */
struct area {
	const void *from;
	uint64_t size;
	uint32_t *at;
};

enum { AREAS = 7 };

static void areas(struct area area[AREAS], struct table *t,
                  const struct parts *p, const struct graph *g)
{
	const uint64_t word = sizeof(uint32_t);
	const struct area all[AREAS] = {
		{ p->services, (t->services + 1ull) * sizeof(*p->services),
		  &t->service_at },
		{ p->profiles.bytes, p->profiles.used, &t->profile_at },
		{ names_sorted(p), t->services * word, &t->by_name_at },
		{ g->edge, t->edges * word, &t->edge_at },
		{ g->back, t->edges * word, &t->back_at },
		{ p->lists.bytes, p->lists.used, &t->list_at },
		{ p->texts.bytes, p->texts.used, &t->text_at },
	};

	memcpy(area, all, sizeof(all));
}

/* Places the areas one after the other; the size of it all. */
static uint64_t areas_lay_out(const struct area area[AREAS])
{
	uint64_t at = sizeof(struct table);

	for (int k = 0; k < AREAS; k++) {
		*area[k].at = (uint32_t)at;
		at += (area[k].size + 7) & ~7ull;
	}
	return at;
}

static uint32_t primary_of(const struct config *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (service_of(c, i)->primary)
			return i;
	return TABLE_NONE;
}

/* Of functions, in the order of their numbers. */
static uint32_t call_names(struct parts *p)
{
	uint32_t *word = memory_new(p->f->count, sizeof(*word)), at;

	for (uint32_t k = 0; k < p->f->count; k++)
		word[k] = compose_text(p, p->f->name[k]);
	at = compose_words(p, word, p->f->count).at;
	free(word);
	return p->f->count > 0 ? at + 1 : 0;
}

static struct table head(struct parts *p, const struct graph *g)
{
	uint32_t names = call_names(p);

	return (struct table){
		.magic = TABLE_MAGIC,
		.version = TABLE_VERSION,
		.services = p->count,
		.profiles = (uint32_t)(p->profiles.used /
		                       sizeof(struct table_profile)),
		.edges = g->edges,
		.calls = p->f->count,
		.list_words = (uint32_t)(p->lists.used / 4),
		.vector_max = p->vector_max,
		.lock_file = text_behind(p, TABLE_LOCK_IS, p->c->is.lock_file),
		.source = compose_text(p, base_name(p->c->file)),
		.primary = primary_of(p->c),
		.board_entries = p->count,
		.service_bytes = sizeof(struct table_service),
		.profile_bytes = sizeof(struct table_profile),
		.call_names = names,
		.end_signals = signals_end(p->c),
		.max_rest_ms = time_ms(&p->c->is.max_rest),
	};
}

/* Each has a number of a pipe, of which it is the reading end. */
static void number_sockets(struct parts *p, struct table *t, uint32_t i)
{
	const struct table_service *s = &p->services[i];
	uint32_t *lists = (uint32_t *)(void *)p->lists.bytes;

	for (uint32_t k = 0; k < table_sockets(s); k++)
		((struct table_socket *)(lists + s->listen.at))[k].pipe =
			t->pipes++;
	for (uint32_t k = 0; k < s->store.count; k++)
		lists[s->store.at + k] = t->pipes++;
}

/* Only by which it says that it is ready is its own; it is no logger. */
static void set_second_pipes(struct table_service *second,
                             const struct table_service *first,
                             struct table *t)
{
	second->pipe = first->pipe;
	second->log_pipe = first->log_pipe;
	second->ready_pipe =
		first->ready_pipe != TABLE_NONE ? t->pipes++ : TABLE_NONE;
}

/* The loggers' pipes first, then those of READY_FD and READY_SD_NOTIFY, with
 * the sockets of .listen and the stores, then those that a logger reads for one
 * service; those of checks are of no pipe. */
static void set_pipes(struct parts *p, struct table *t)
{
	uint32_t *pipe = memory_new(p->c->count, sizeof(*pipe));

	t->pipes = t->loggers = logs_pipes(p->c, pipe);
	for (uint32_t i = 0; i < p->c->count; i++) {
		bool says = table_speaks(&p->services[i]);

		p->services[i].pipe = pipe[i];
		p->services[i].ready_pipe = says ? t->pipes++ : TABLE_NONE;
		number_sockets(p, t, i);
	}
	for (uint32_t i = 0; i < p->c->count; i++)
		if (logs_own_pipe(p->c, i))
			p->services[i].log_pipe = ++t->pipes;
	for (uint32_t i = (uint32_t)p->c->count; i < p->count; i++)
		set_second_pipes(&p->services[i],
		                 &p->services[p->first[i]], t);
	for (uint32_t i = 0; i < p->c->count; i++)
		if (p->services[i].check.kind != ACTION_NONE)
			p->services[i].check_pipe = ++t->pipes;
	free(pipe);
}

static void set_definitions(struct table *t, const struct functions *f)
{
	unsigned char *services = (unsigned char *)t + t->service_at;

	for (uint32_t i = 0; i < t->services; i++)
		((struct table_service *)(void *)services)[i].definition =
			definition_of(t, f, i);
}

static const struct table *assemble(struct parts *p, const struct graph *g)
{
	struct table t = head(p, g), *made;
	struct area area[AREAS];
	uint64_t size;

	set_pipes(p, &t);
	t.text_bytes = (uint32_t)p->texts.used;
	areas(area, &t, p, g);
	size = areas_lay_out(area);
	if (size > UINT32_MAX)
		return NULL;
	t.size = (uint32_t)size;
	made = memory_new(1, (size_t)size);
	memcpy(made, &t, sizeof(t));
	for (int k = 0; k < AREAS; k++)
		if (area[k].size > 0)
			memcpy((unsigned char *)made + *area[k].at,
			       area[k].from, (size_t)area[k].size);
	set_definitions(made, p->f);
	made->digest = table_digest(made);
	return made;
}

const struct table *compose(const struct config *c, const struct graph *g,
                            const struct functions *f,
                            const struct account *accounts,
                            const char **why)
{
	struct parts p = {
		.c = c,
		.f = f,
		.vector_max = 2,
		.services = memory_new(2 * c->count + 1,
		                       sizeof(struct table_service)),
		.count = (uint32_t)c->count,
		.first = memory_new(2 * c->count, sizeof(uint32_t)),
	};
	const struct table *t;

	for (uint32_t i = 0; i < c->count; i++)
		compose_service(&p, i, g, &accounts[i]);
	for (uint32_t i = 0; i < c->count; i++)
		if (service_of(c, i)->restart == OVERLAP)
			compose_second(&p, i, &accounts[i]);
	for (uint32_t i = (uint32_t)c->count; i <= p.count; i++)
		p.services[i].edge_first = p.services[i].back_first = g->edges;
	t = assemble(&p, g);
	*why = t != NULL ? table_check(t, t->size) : "it is larger than 4 GB";
	return *why == NULL ? t : NULL;
}
