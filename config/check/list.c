/* SPDX-License-Identifier: MIT */
/* What the binary will hold, for display: read from the table itself, so that
 * it is what supervisord will see. Values that are the default are left out. */
#include <inttypes.h>
#include <string.h>

#include "config/check/check.h"
#include "model/calendar.h"
#include "model/descriptor.h"
#include "model/ledger.h"
#include "model/state.h"
#include "model/text.h"
#include "model/words.h"
#include "model/world.h"

enum {
	LAUNCHES = 32, /* CHILD_SLOTS of supervisord/base/image.h */
};

struct listing {
	FILE *to;
	const struct config *c;
	const struct functions *f;
	const struct table *t;
};

static void list_field(const struct listing *l, const char *name)
{
	fprintf(l->to, "  %-12s", name);
}

/* 0.1 s, 10 s, forever */
static void list_print_time(const struct listing *l, uint32_t ms)
{
	uint32_t part = ms % 1000;
	int digits = 3;

	if (ms == TABLE_FOREVER) {
		fprintf(l->to, "forever");
		return;
	}
	for (; part != 0 && part % 10 == 0; part /= 10)
		digits--;
	fprintf(l->to, "%" PRIu32, ms / 1000);
	if (part != 0)
		fprintf(l->to, ".%0*" PRIu32, digits, part);
	fprintf(l->to, " s");
}

static bool is_plain(const char *word)
{
	return *word != '\0' &&
	       word[strcspn(word, " \t\n'\"\\$&|;<>*?()`")] == '\0';
}

/* As a shell would take it, on one line. */
static void print_word(const struct listing *l, const char *word)
{
	if (is_plain(word)) {
		fprintf(l->to, " %s", word);
		return;
	}
	fprintf(l->to, " '");
	for (; *word != '\0'; word++)
		if (*word == '\'')
			fprintf(l->to, "'\\''");
		else
			fputc((unsigned char)*word < ' ' ? ' ' : *word, l->to);
	fprintf(l->to, "'");
}

static void print_words(const struct listing *l, uint32_t at, uint32_t count)
{
	for (uint32_t k = 0; k < count; k++)
		print_word(l, table_text(l->t, table_list(l->t, at)[k]));
}

static void print_action(const struct listing *l, const char *name,
                         const struct table_action *a)
{
	list_field(l, name);
	switch ((enum action_kind)a->kind) {
	case ACTION_EXEC:
		print_words(l, a->at, a->count);
		break;
	case ACTION_CALL:
		fprintf(l->to, " %s()", l->f->name[a->at]);
		break;
	case ACTION_SIGNAL:
		fprintf(l->to, " signal %" PRIu32 "%s", a->at,
		        a->count > 0 ? ", then READY=1" : "");
		break;
	case ACTION_NONE:
		break;
	}
}

static void print_unlimited(const struct listing *l, const char *name,
                            const struct table_action *a)
{
	if (a->kind == ACTION_NONE)
		return;
	print_action(l, name, a);
	fputc('\n', l->to);
}

static void print_limited(const struct listing *l, const char *name,
                          const struct table_action *a, uint32_t ms)
{
	if (a->kind == ACTION_NONE)
		return;
	print_action(l, name, a);
	fprintf(l->to, "  (at most ");
	list_print_time(l, ms);
	fprintf(l->to, ")\n");
}

/* A time that is 0 where it was not given. */
static void print_length(const struct listing *l, const char *name,
                         uint32_t ms)
{
	if (ms == 0)
		return;
	list_field(l, name);
	fputc(' ', l->to);
	list_print_time(l, ms);
	fputc('\n', l->to);
}

static void print_ready(const struct listing *l, const struct table_service *s,
                        const struct table_profile *p)
{
	struct table_list rest = s->words;
	const char *bus = word_next(l->t, &rest, WORD_BUS);

	if (s->run.kind == ACTION_NONE)
		return;
	list_field(l, "ready");
	switch ((enum ready_kind)s->ready) {
	case READY_KIND_AT_ONCE:
		fprintf(l->to, " at once\n");
		return;
	case READY_KIND_NOTIFY:
		fprintf(l->to, " by conctl ready");
		break;
	case READY_KIND_DAEMONIZE:
		fprintf(l->to, " when it is in the background");
		break;
	case READY_KIND_FD:
		if (bus != NULL)
			fprintf(l->to, " when %s is owned on the %s bus",
			        bus + 1, *bus == 's' ? "session" : "system");
		else
			fprintf(l->to, " by a newline on descriptor %d",
			        s->ready_fd);
		break;
	case READY_KIND_SD_NOTIFY:
		fprintf(l->to, " by READY=1%s",
		        s->ready_fd == NOTIFY_FROM_MAIN
		                ? " of its main process"
		                : "");
		break;
	case READY_KIND_CHECK:
		fprintf(l->to, " when a check succeeds");
		break;
	}
	fprintf(l->to, ", after at most ");
	list_print_time(l, p->max_ready_ms);
	fputc('\n', l->to);
	print_length(l, "watchdog", s->watchdog_ms);
}

static void print_retry(const struct listing *l, const struct table_profile *p)
{
	list_field(l, "retry");
	if (p->retry_kind == RETRY_KIND_NEVER) {
		fprintf(l->to, " never\n");
		return;
	}
	fprintf(l->to, " after ");
	list_print_time(l, p->retry_after_ms);
	if (p->retry_kind == RETRY_KIND_DOUBLING) {
		fprintf(l->to, ", doubling to ");
		list_print_time(l, p->retry_max_ms);
	}
	if (p->retry_attempts != 0)
		fprintf(l->to, ", at most %d times", p->retry_attempts);
	fprintf(l->to, "%s\n", p->on_failure_only == RETRY_ABNORMAL
	                         ? ", on abnormal ends only"
	                 : p->on_failure_only ? ", on failure only"
	                                      : "");
}

static void print_log(const struct listing *l, const struct table_service *s)
{
	list_field(l, "log");
	switch ((enum log_kind)s->log_kind) {
	case LOG_KIND_INHERIT:
		fprintf(l->to, " inherited\n");
		break;
	case LOG_KIND_NONE:
		fprintf(l->to, " none\n");
		break;
	case LOG_KIND_FILE:
		fprintf(l->to, " %s, mode 0%o%s\n", table_text(l->t, s->log_at),
		        s->log_mode, s->log_overwrite ? ", overwritten" : "");
		break;
	case LOG_KIND_TO:
		fprintf(l->to, " to %s\n", table_name(l->t, s->log_at));
		break;
	}
}

/* One line for each kind that there is; log has its own. */
static void print_edges(const struct listing *l, uint32_t i)
{
	const struct table_service *s = table_service(l->t, i);
	const uint32_t *edge = table_edges(l->t);
	int kind = EDGE_LOGS;

	for (uint32_t e = s[0].edge_first; e < s[1].edge_first; e++) {
		if (edge_kind(edge[e]) == EDGE_LOGS)
			continue; /* its service is there already */
		if ((int)edge_kind(edge[e]) != kind) {
			if (kind != EDGE_LOGS)
				fputc('\n', l->to);
			kind = (int)edge_kind(edge[e]);
			list_field(l, edge_label(edge[e]));
		}
		fprintf(l->to, " %s", table_name(l->t, edge_service(edge[e])));
	}
	if (kind != EDGE_LOGS)
		fputc('\n', l->to);
}

static void print_account(const struct listing *l,
                          const struct table_profile *p)
{
	if (p->uid != TABLE_NONE) {
		list_field(l, "user");
		fprintf(l->to, " %" PRIu32 "\n", p->uid);
	}
	if (p->gid != TABLE_NONE) {
		list_field(l, "group");
		fprintf(l->to, " %" PRIu32 "\n", p->gid);
	}
	if (p->has_groups) {
		list_field(l, "extra groups");
		for (uint32_t k = 0; k < p->groups.count; k++)
			fprintf(l->to, " %" PRIu32,
			        table_list(l->t, p->groups.at)[k]);
		fprintf(l->to, "%s\n", p->groups.count == 0 ? " none" : "");
	}
}

static void print_text(const struct listing *l, const char *name, uint32_t text)
{
	if (text == TABLE_NONE)
		return;
	list_field(l, name);
	print_word(l, table_text(l->t, text));
	fputc('\n', l->to);
}

static void print_surroundings(const struct listing *l,
                               const struct table_profile *p)
{
	if (p->has_env) {
		list_field(l, "env");
		print_words(l, p->env.at, p->env.count);
		fprintf(l->to, "%s\n", p->env.count == 0 ? " empty" : "");
	}
	print_text(l, "chroot", p->chroot);
	print_text(l, "chdir", p->chdir);
	print_text(l, "cgroup", p->cgroup);
	print_account(l, p);
	if (p->umask != TABLE_NONE)
		fprintf(l->to, "  %-12s 0%" PRIo32 "\n", "umask", p->umask);
	if (p->nice != 0)
		fprintf(l->to, "  %-12s %" PRId32 "\n", "nice", p->nice);
	if (p->oom_score_adj != TABLE_UNSET)
		fprintf(l->to, "  %-12s %" PRId32 "\n", "oom_score",
		        p->oom_score_adj);
	if (p->no_new_privs)
		fprintf(l->to, "  %-12s yes\n", "no_new_privs");
}

static void print_list(const struct listing *l, const char *name,
                       const struct config_list *list)
{
	if (list->item == NULL)
		return;
	list_field(l, name);
	for (size_t k = 0; k < list->count; k++)
		fprintf(l->to, " %s", list->item[k]);
	fprintf(l->to, "%s\n", list->count == 0 ? " none" : "");
}

static void print_bound(const struct listing *l, unsigned long long bound)
{
	if (bound == UNLIMITED)
		fprintf(l->to, " unlimited");
	else
		fprintf(l->to, " %llu", bound);
}

static void print_limits(const struct listing *l, const struct config_limits *r)
{
	for (size_t k = 0; k < r->limits; k++) {
		list_field(l, "limit");
		fprintf(l->to, " %s", r->first[k].limit);
		print_bound(l, r->first[k].soft);
		print_bound(l, r->first[k].hard);
		fputc('\n', l->to);
	}
}

static void print_folders(const struct listing *l, const struct config_list *list)
{
	static const char *const kinds[] = {
		[CONFIG_RUNTIME] = "runtime", [CONFIG_STATE] = "state",
		[CONFIG_CACHE] = "cache",     [CONFIG_LOGS] = "logs",
		[CONFIG_CONFIG] = "config",   [CONFIG_PATH] = "path",
	};

	for (size_t k = 0; k < list->count; k++) {
		const struct config_folder *f = folder_of(list->item[k]);

		list_field(l, "folder");
		fprintf(l->to, " %s %s", kinds[f->folder], f->path);
		if (f->mode != CONFIG_UNSET)
			fprintf(l->to, ", mode 0%o", (unsigned)f->mode);
		if (f->user != NULL)
			fprintf(l->to, ", user %s", f->user);
		if (f->group != NULL)
			fprintf(l->to, ", group %s", f->group);
		fputc('\n', l->to);
	}
}

static void print_rooted(const struct listing *l,
                         const struct config_service *s)
{
	struct process all[PROCESSES];
	bool some = false;

	actions_list(s, all);
	for (int k = 0; k < PROCESSES; k++) {
		if (all[k].action->as_root == NULL)
			continue;
		if (!some)
			list_field(l, "as root");
		some = true;
		fprintf(l->to, " %s", all[k].field + 1);
	}
	if (some)
		fputc('\n', l->to);
}

/* By their names, which the table has no more. */
static void print_named(const struct listing *l, const struct config_service *s)
{
	static const char *const classes[] = {
		[CONFIG_IO_RT] = "realtime",
		[CONFIG_IO_BE] = "best effort",
		[CONFIG_IO_IDLE] = "idle",
	};

	if (s->ioprio.io != CONFIG_IO_INHERIT)
		fprintf(l->to, "  %-12s %s %d\n", "ioprio",
		        classes[s->ioprio.io], s->ioprio.level);
	if (s->cpus != NULL)
		fprintf(l->to, "  %-12s %s\n", "cpus", s->cpus);
	print_limits(l, &s->rlimits);
	print_list(l, "env_file", &s->env_file);
	print_folders(l, &s->folders);
	print_list(l, "only_if", &s->only_if);
	print_list(l, "ignore", &s->ignore);
	if (s->errors.log == CONFIG_LOG_FILE)
		fprintf(l->to, "  %-12s %s, mode 0%o%s\n", "errors",
		        s->errors.path, (unsigned)s->errors.mode,
		        s->errors.overwrite ? ", overwritten" : "");
	if (s->errors.log == CONFIG_LOG_NONE)
		fprintf(l->to, "  %-12s none\n", "errors");
	if (s->tty != NULL)
		fprintf(l->to, "  %-12s %s\n", "tty", s->tty);
	print_rooted(l, s);
	print_list(l, "success", &s->success);
	print_list(l, "never_retry", &s->never_retry);
	print_list(l, "capabilities", &s->capabilities);
	print_list(l, "namespaces", &s->namespaces);
}

static void print_check(const struct listing *l, const struct table_service *s)
{
	struct table_list rest = s->words;
	const char *word = word_next(l->t, &rest, WORD_CHECK);
	uint32_t failures, start_ms;

	if (word == NULL)
		return;
	print_unlimited(l, "check", &s->check);
	list_field(l, "");
	fprintf(l->to, " every ");
	list_print_time(l, word_number(&word));
	fprintf(l->to, ", for at most ");
	list_print_time(l, word_number(&word));
	failures = word_number(&word);
	start_ms = word_number(&word);
	fprintf(l->to, "; after %" PRIu32 " failures %s", failures,
	        word_number(&word) != 0 ? "told" : "restarted");
	if (start_ms != 0) {
		fprintf(l->to, "; not within ");
		list_print_time(l, start_ms);
	}
	fputc('\n', l->to);
}

static void print_sockets(const struct listing *l,
                          const struct table_service *s)
{
	for (uint32_t k = 0; k < table_sockets(s); k++)
		print_text(l, "listen", table_socket(l->t, s, k)->text);
	if (s->store.count > 0) {
		list_field(l, "fd store");
		fprintf(l->to, " %" PRIu32 "\n", s->store.count);
	}
	if (s->on_demand != TARGET_DOWN) {
		list_field(l, "on demand");
		fprintf(l->to, " %s\n", target_label[s->on_demand]);
	}
}

static void print_every(const struct listing *l, const struct table_service *s)
{
	const uint32_t *word = table_list(l->t, s->every.at);
	const struct table_every *every = (const void *)word;

	if (!table_timed(s))
		return;
	if (s->every.count == EVERY_WORDS)
		print_length(l, "every", every->every_ms);
	for (uint32_t at = EVERY_WORDS; at < s->every.count;
	     at += CALENDAR_WORDS)
		print_text(l, "every", word[at + CALENDAR_WORDS - 1]);
	print_length(l, "splay", every->splay_ms);
	if (every->catch_up) {
		list_field(l, "catch up");
		fprintf(l->to, " once\n");
	}
}

static void print_service(const struct listing *l, uint32_t i)
{
	const struct table_service *s = table_service(l->t, i);
	const struct table_profile *p = table_profile(l->t, s->profile);

	fprintf(l->to, "%s\n", table_name(l->t, i));
	list_field(l, "target");
	fprintf(l->to, " %s%s (line %d)\n",
	        s->target == TARGET_RESTART ? "up, at its times"
	                                    : target_label[s->target],
	        i == l->t->primary ? ", primary" : "", s->line);
	print_edges(l, i);
	print_limited(l, "setup", &s->setup, p->max_setup_ms);
	print_unlimited(l, "run", &s->run);
	print_ready(l, s, p);
	print_sockets(l, s);
	print_length(l, "settle", s->settle_ms);
	print_every(l, s);
	if (s->run.kind != ACTION_NONE) {
		print_limited(l, s->stop_all ? "stop all" : "stop", &s->stop,
		              p->max_stop_ms);
		if (s->hands_over) {
			list_field(l, "hands over");
			fprintf(l->to, " to a child\n");
		}
		print_retry(l, p);
		print_log(l, s);
		if (s->reads_each) {
			list_field(l, "reads");
			fprintf(l->to, " each service's pipe\n");
		}
		if (s->other != 0) {
			list_field(l, "restart");
			fprintf(l->to, " beside the old one\n");
		}
	}
	print_unlimited(l, "started", &s->started);
	print_unlimited(l, "reload", &s->reload);
	print_check(l, s);
	if (!word_removes(l->t, &s->cleanup))
		print_limited(l, "cleanup", &s->cleanup, p->max_cleanup_ms);
	if (s->run.kind != ACTION_NONE || s->setup.kind != ACTION_NONE ||
	    s->cleanup.kind != ACTION_NONE) {
		print_surroundings(l, p);
		print_named(l, service_of(l->c, i));
	}
	fputc('\n', l->to);
}

/* Without what the environment takes that it is given. */
static uint64_t working_memory(const struct table *t)
{
	return world_bytes(t->services) + t->services * sizeof(uint32_t) +
	       2ull * LAUNCHES * t->vector_max * sizeof(const char *);
}

static void print_count(const struct listing *l, const char *name,
                        uint64_t count, const char *unit)
{
	fprintf(l->to, "  %-12s %8" PRIu64 "%s\n", name, count, unit);
}

static void print_signals(const struct listing *l, const char *name,
                          uint64_t set)
{
	struct digits d;

	if (set == 0)
		return;
	fprintf(l->to, "  %-12s", name);
	for (int n = 1; n <= 64; n++)
		if ((set >> (n - 1) & 1) != 0)
			fprintf(l->to, " %s", text_signal(&d, n));
	fputc('\n', l->to);
}

static void print_totals(const struct listing *l)
{
	const struct table *t = l->t;
	struct ledger ledger = ledger_layout(t);
	const uint64_t fixed = 0
#define DESCRIPTOR(name, number, what) +1
#include "model/descriptor.def"
#undef DESCRIPTOR
	                       - 1; /* LOG_FIRST is where the pipes begin */

	fprintf(l->to, "all of %s\n", table_text(t, t->source));
	print_text(l, "lock file", t->lock_file);
	print_signals(l, "end signals", table_end_signals(t));
	list_field(l, "rest");
	fprintf(l->to, " at most ");
	list_print_time(l, table_max_rest_ms(t));
	fputc('\n', l->to);
	print_count(l, "services", l->c->count, "");
	print_count(l, "edges", t->edges, "");
	print_count(l, "profiles", t->profiles, "");
	print_count(l, "functions", t->calls, "");
	print_count(l, "loggers", t->loggers, "");
	print_count(l, "pipes", t->pipes, "");
	print_count(l, "descriptors", fixed + 2ull * t->pipes, ", at most");
	print_count(l, "table", t->size, " bytes");
	print_count(l, "records", t->services * sizeof(struct record),
	            " bytes");
	print_count(l, "ledger", ledger.size,
	            " bytes: table, records, events and answers");
	print_count(l, "memory", working_memory(t),
	            " bytes: what supervisord works with besides");
}

void emit_list(FILE *to, const struct config *c, const struct functions *f,
               const struct table *t)
{
	const struct listing l = { to, c, f, t };

	for (uint32_t i = 0; i < c->count; i++)
		print_service(&l, i);
	print_totals(&l);
}

void emit_names(FILE *to, const struct table *t)
{
	for (uint32_t i = 0; i < t->services; i++)
		if (table_first(t, i) == i)
			fprintf(to, "%s\n", table_name(t, i));
}
