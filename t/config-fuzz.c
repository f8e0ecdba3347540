/* SPDX-License-Identifier: MIT */
/* Random configurations in memory, some of them right and some as wrong as C
 * allows, through all checks of concheck. None may crash; what passes becomes
 * a table that table_check() takes. The same, written as C and read by
 * connate-build's reader, has as many findings and the same table. Run by 1502-config-fuzz.t:
 *
 *     config-fuzz SEED FIRST COUNT
 *
 * makes the rounds FIRST … FIRST + COUNT - 1 of that seed; each depends on
 * nothing but its number. Prints how many were accepted and refused. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/check/check.h"
#include "reader/unit.h"

enum {
	SERVICES = 12,
	WORDS = 4,   /* of a list, at most */
	BATCH = 100, /* rounds of a process: memory is not freed */
	BUDGET_ODDS = 4,
	READ_EACH = 4, /* of so many one is read again */
};

static uint64_t state;

static uint32_t number(void) /* splitmix64 */
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return (uint32_t)((z ^ z >> 31) >> 32);
}

static uint32_t below(uint32_t n)
{
	return number() % n;
}

static unsigned wildness; /* 0: only what may be right */

static bool wild(void)
{
	return wildness > 0 && below(200) < wildness;
}

#define PICK(list) (list)[below(sizeof(list) / sizeof((list)[0]))]

static const char *const names[SERVICES] = {
	"a",
	"b",
	"web",
	"db",
	"log",
	"log-2",
	"A.b_c@d:e",
	"0",
	"x",
	"y",
	"zz",
	"a-service-with-a-name-that-has-sixty-three-bytes-not-one-more-0",
};
static const char *const wild_texts[] = {
	NULL,
	"",
	" ",
	"a",
	"=",
	"A=1",
	"A",
	"\001",
	"\001A=",
	"\001PATH",
	"CONNATE_PID=1",
	"/",
	"//",
	"/bin/cat",
	"bin/cat",
	"/no/such",
	"web ",
	"-",
	"..",
	"\xff\xfe",
	"%s%n",
	"webdb",
	"4294967295",
	"4294967296",
	"1,",
	"0-",
	"1023",
	"1024",
	"99999999999999999999",
	"cap_",
	"core",
	"net",
	"a-name-that-has-sixty-four-bytes-which-is-one-more-than-there-can-be",
};

static const char *text(const char *const *list, size_t count)
{
	return wild() ? PICK(wild_texts) : list[below((uint32_t)count)];
}

#define TEXT(list) text(list, sizeof(list) / sizeof((list)[0]))

static struct config_list list_of(const char *const *from, uint32_t from_count,
                                  uint32_t count)
{
	const char **item = memory_new(count, sizeof(*item));
	uint32_t start = below(from_count);

	for (uint32_t k = 0; k < count; k++)
		item[k] = wild() ? PICK(wild_texts)
		                 : from[(start + k) % from_count];
	return (struct config_list){
		.item = wild() ? NULL : item,
		.count = count,
		.given = !wild(),
	};
}

#define LIST_OF(from, count) \
	list_of(from, sizeof(from) / sizeof((from)[0]), count)

/* A few earlier services, so that there is no cycle; or any, if wild. */
static struct config_list services_of(uint32_t i)
{
	uint32_t last = wild() ? SERVICES : i;

	if (last == 0 || below(4) != 0)
		return (struct config_list){ NULL, 0, false };
	return list_of(names, last, below(last < WORDS ? last + 1 : WORDS));
}

static struct config_time time_of(void)
{
	static const long long good[] = {
		1, 10, 2000, 60000, 4233600000ll, CONFIG_FOREVER_MS,
	};
	static const long long bad[] = {
		0,
		-1,
		4233600001ll,
		CONFIG_FOREVER_MS - 1,
		-CONFIG_FOREVER_MS - 1,
	};

	return (struct config_time){
		.unit = wild() ? (int)number() : CONFIG_UNIT_MS,
		.ms = wild() ? PICK(bad) : PICK(good),
	};
}

/* Zero is right, and for ever is not. */
static struct config_time settle_of(void)
{
	return wild() ? time_of()
	              : (struct config_time)MILLISECONDS(below(2) * 10);
}

static struct config_action action_of(void)
{
	static const char *const words[] = {
		"/bin/cat", "x", "", "a b", ">", "~/x", "\"quoted\"",
	};
	static const char *const functions[] = { "f", "g", "_h1" };
	static const char *const shell[] = { "/bin/sh", "-c", "echo 'x'" };
	static const struct config_action root; /* as it is when flattened */
	struct config_action a = { .action = CONFIG_ACTION_EXEC };

	switch (below(4)) {
	case 0:
		a.action = CONFIG_ACTION_CALL;
		a.function = TEXT(functions);
		break;
	case 1:
		a.action = CONFIG_ACTION_SHELL;
		a.words = (struct config_list){ shell, SHELL_WORDS, true };
		break;
	default:
		a.words = LIST_OF(words, 1 + below(WORDS));
		if (a.words.item != NULL && !wild())
			((const char **)a.words.item)[0] = "/bin/cat";
	}
	if (wild())
		a.action = (enum config_action_kind)below(7);
	if (below(16) == 0)
		a.as_root = &root;
	if (wild())
		a.words = LIST_OF(words, below(WORDS));
	a.signal = (int)below(70);
	return a;
}

static struct config_action stop_of(bool runs)
{
	static const int good[] = { 1, 2, 9, 15, 34, 64 };

	if (wild() || (runs && below(4) == 0))
		return action_of();
	return (struct config_action)SIGNAL(wild() ? (int)number()
	                                           : PICK(good));
}

static struct config_ready ready_of(bool runs)
{
	if (!runs && !wild())
		return (struct config_ready)READY_AT_ONCE;
	return (struct config_ready){
		.ready = (enum config_ready_kind)below(wild() ? 9 : 4),
		.fd = wild() ? (int)number() : (int)(3 + below(1000)),
	};
}

static struct config_log log_of(uint32_t i)
{
	static const char *const paths[] = { "/dev/null", "/dev/console" };

	return (struct config_log){
		.log = (enum config_log_kind)below(wild()  ? 7
		                                   : i > 0 ? 4
		                                           : 3),
		.path = TEXT(paths),
		.service = wild() ? PICK(wild_texts) : names[i > 0 ? i - 1 : 0],
		.overwrite = below(2) != 0,
		.mode = wild() ? (int)number() : (int)below(01000),
	};
}

static struct config_retry retry_of(void)
{
	struct config_retry r = RETRY_DOUBLING();

	if (below(3) == 0)
		r = (struct config_retry)RETRY_FIXED(.attempts = 7);
	if (wild())
		r.after = time_of();
	if (wild())
		r.max = time_of();
	if (wild())
		r.retry = (enum config_retry_kind)below(5);
	if (wild())
		r.attempts = (long)number() - (1l << 31);
	r.on_failure_only = below(2) != 0;
	return r;
}

static struct config_limits limits_of(void)
{
	static const char *const limits[] = { "core", "nofile", "cpu" };
	static const unsigned long long values[] = { 0, 1, 64, UNLIMITED };
	struct config_limit *first = memory_new(WORDS, sizeof(*first));
	uint32_t count = below(WORDS);

	for (uint32_t k = 0; k < count; k++)
		first[k] = (struct config_limit){
			.limit = wild() ? PICK(wild_texts) : limits[k],
			.soft = wild() ? PICK(values) : 1,
			.hard = wild() ? PICK(values) : 64,
		};
	return (struct config_limits){ wild() ? NULL : first, count };
}

static void set_edges(struct config_service *s, uint32_t i)
{
	struct config_list *lists[] = { &s->needs, &s->wants,  &s->binds,
		                        &s->after, &s->groups, &s->conflicts,
		                        &s->follows, &s->requires_up,
		                        &s->reload_with };
	uint32_t kinds = wild() ? sizeof(lists) / sizeof(lists[0]) : 1;

	for (uint32_t k = 0; k < kinds; k++)
		*lists[wild() ? k : below(5)] = services_of(i);
}

static const char *const made[] = {
	RUNTIME("x", .mode = 0700), CACHE("y/z"),
	FOLDER("/x", .user = "12", .group = "0"), FOLDER("/y"),
};

/* Those that are done before a program runs, and its ends. */
static void set_rare(struct config_service *s)
{
	static const char *const files[] = { "/etc/x", "-/etc/y", "/z" };
	static const char *const conditions[] = {
		"path:/x", "!container", "capability:CAP_KILL", "ac-power",
	};
	static const char *const ends[] = { "0", "143", "SIGUSR1", "TERM" };
	static const char *const signals[] = { "SIGPIPE", "HUP" };

	if (below(8) == 0)
		s->env_file = LIST_OF(files, below(WORDS));
	if (below(8) == 0)
		s->folders = LIST_OF(made, below(WORDS));
	if (below(8) == 0)
		s->only_if = LIST_OF(conditions, below(WORDS));
	if (below(8) == 0)
		s->success = LIST_OF(ends, below(WORDS));
	if (below(8) == 0)
		s->never_retry = LIST_OF(ends, below(WORDS));
	if (below(8) == 0)
		s->ignore = LIST_OF(signals, below(3));
	if (below(8) == 0)
		s->tty = TEXT(files);
	if (below(8) == 0)
		s->check = (struct config_check){
			.command = action_of(), .every = time_of(),
			.timeout = time_of(), .start = time_of(),
			.failures = 1 + (int)below(4), .on_failure = below(2),
			.given = true,
		};
	if (s->check.given && below(4) == 0)
		s->ready.ready = CONFIG_READY_CHECK;
}

static void set_surroundings(struct config_service *s)
{
	static const char *const entries[] = {
		"A=1", "B=", "\001PATH", "C=$B", "D=\xc3\xa4",
	};
	static const char *const users[] = { "0", "12", "root" };
	static const char *const folders[] = { "/", "/tmp", "/bin" };
	static const char *const capabilities[] = { "CAP_KILL", "chown" };
	static const char *const namespaces[] = { "net", "uts", "mount" };
	static const char *const cpus[] = { "0", "0-3,8", "1023" };

	if (below(2) == 0)
		s->env = LIST_OF(entries, below(WORDS));
	if (below(4) == 0) {
		s->user = TEXT(users);
		s->group = TEXT(users);
	}
	if (below(8) == 0)
		s->extra_groups = LIST_OF(users, below(3));
	if (below(8) == 0)
		s->chdir = TEXT(folders);
	if (below(8) == 0)
		s->chroot = TEXT(folders);
	if (below(8) == 0)
		s->cgroup = TEXT(folders);
	if (below(8) == 0)
		s->capabilities = LIST_OF(capabilities, below(3));
	if (below(8) == 0)
		s->namespaces = LIST_OF(namespaces, below(WORDS));
	if (below(8) == 0)
		s->cpus = TEXT(cpus);
	if (below(8) == 0)
		s->rlimits = limits_of();
	set_rare(s);
	if (below(8) == 0)
		s->ioprio = (struct config_ioprio){
			.io = below(wild() ? 9 : 4),
			.level = (int)below(wild() ? 9 : 8),
		};
}

static void set_numbers(struct config_service *s)
{
	s->umask = wild() ? (int)number() : CONFIG_UNSET;
	s->oom_score_adj = wild() ? (int)number() : CONFIG_UNSET;
	s->nice = wild() ? (int)number() : (int)below(20);
	s->target = (enum config_target)below(wild() ? 5 : 3);
	s->stop_all = below(2) != 0;
	s->hands_over = below(2) != 0;
	s->no_new_privs = below(2) != 0;
	s->primary = wild();
	s->restart = below(8) == 0 ? (enum config_restart)below(3) : IN_TURN;
}

static void set_service(struct service *s, uint32_t i)
{
	struct config_service *is = &s->is;
	bool runs = below(4) != 0;

	*s = (struct service){ .file = "fuzz.c", .line = i + 1 };
	is->name = wild() ? PICK(wild_texts) : names[i];
	if (wild())
		is->name = names[below(SERVICES)];
	set_edges(is, i);
	if (runs)
		is->run = action_of();
	if (below(4) == 0)
		is->setup = action_of();
	if (below(4) == 0)
		is->cleanup = action_of();
	is->stop = stop_of(runs);
	if (wild() || (runs && below(4) == 0))
		is->reload = action_of();
	if (wild() || (runs && below(4) == 0))
		is->started = action_of();
	is->ready = ready_of(runs);
	is->max_setup = time_of();
	is->max_ready = time_of();
	is->max_stop = time_of();
	is->max_cleanup = time_of();
	is->healthy = time_of();
	is->settle = settle_of();
	is->retry = retry_of();
	is->log = log_of(i);
	set_surroundings(is);
	set_numbers(is);
}

static struct config config_of(void)
{
	static const char *const locks[] = { "/tmp/lock", "/run/x" };
	static const char *const signals[] = { "SIGUSR2", "64", "HUP" };
	static struct service services[SERVICES];
	struct config c = {
		.file = "fuzz.c",
		.line = SERVICES + 1,
		.services = services,
		.count = below(SERVICES + 1),
	};

	for (uint32_t i = 0; i < c.count; i++)
		set_service(&services[i], i);
	if (below(2) == 0)
		c.is.lock_file = TEXT(locks);
	if (below(BUDGET_ODDS) == 0)
		c.is.stop_budget = time_of();
	if (below(BUDGET_ODDS) == 0)
		c.is.end_signals = (struct config_list){ signals, 1 + below(3),
			                                 true };
	if (below(BUDGET_ODDS) == 0)
		c.is.max_rest = time_of();
	return c;
}

/* --- The same as C, for the other reader */

static void put_text(FILE *to, const char *text)
{
	if (text == NULL) {
		fputs("NULL", to);
		return;
	}
	putc('"', to);
	for (; *text != '\0'; text++)
		fprintf(to, "\\%03o", (unsigned char)*text);
	putc('"', to);
}

static void put_field_text(FILE *to, const char *field, const char *text)
{
	fprintf(to, ".%s = ", field);
	put_text(to, text);
	fputs(", ", to);
}

/* An item of a list: a text, or, by its mark, a folder. */
static void put_item(FILE *to, const char *item)
{
	const struct config_folder *f = (const void *)item;

	if (item == NULL || strcmp(item, CONFIG_FOLDER_MARK) != 0) {
		put_text(to, item);
		return;
	}
	fprintf(to,
	        "(const char *)(const void *)&(const struct config_folder){ "
	        ".mark = CONFIG_FOLDER_MARK, .folder = %d, .mode = %d, ",
	        (int)f->folder, f->mode);
	put_field_text(to, "path", f->path);
	put_field_text(to, "user", f->user);
	put_field_text(to, "group", f->group);
	fputs("}", to);
}

static void put_list(FILE *to, const char *field, const struct config_list *l)
{
	fprintf(to, ".%s = { .count = %zu, .given = %d, ", field, l->count,
	        l->given);
	if (l->item != NULL) {
		fputs(".item = (const char *const[]){ ", to);
		for (size_t k = 0; k < l->count; k++) {
			put_item(to, l->item[k]);
			fputs(", ", to);
		}
		fputs(l->count == 0 ? "NULL }, " : "}, ", to);
	}
	fputs("}, ", to);
}

static void put_time(FILE *to, const char *field, const struct config_time *t)
{
	/* The least number has no constant of its own. */
	fprintf(to, ".%s = { %d, %lldLL - %d }, ", field, t->unit,
	        t->ms + (t->ms < 0), t->ms < 0);
}

static void put_action(FILE *to, const char *field,
                       const struct config_action *a)
{
	fprintf(to, ".%s = %s { .action = %d, .signal = %d, ", field,
	        a->as_root != NULL ? "AS_ROOT(" : "", (int)a->action,
	        a->signal);
	put_field_text(to, "function", a->function);
	put_list(to, "words", &a->words);
	fputs(a->as_root != NULL ? "}),\n" : "},\n", to);
}

static void put_limits(FILE *to, const struct config_limits *l)
{
	fprintf(to, ".rlimits = { .limits = %zu, ", l->limits);
	if (l->first != NULL) {
		fputs(".first = (const struct config_limit[]){ { NULL }, ", to);
		for (size_t k = 0; k < l->limits; k++) {
			fprintf(to, "[%zu] = { ", k);
			put_text(to, l->first[k].limit);
			fprintf(to, ", %lluULL, %lluULL }, ",
			        l->first[k].soft, l->first[k].hard);
		}
		fputs("}, ", to);
	}
	fputs("}, ", to);
}

static void put_kinds(FILE *to, const struct config_service *s)
{
	fprintf(to, ".ready = { .ready = %d, .fd = %d }, ", (int)s->ready.ready,
	        s->ready.fd);
	fprintf(to, ".log = { .log = %d, .overwrite = %d, .mode = %d, ",
	        (int)s->log.log, s->log.overwrite, s->log.mode);
	put_field_text(to, "path", s->log.path);
	put_field_text(to, "service", s->log.service);
	fprintf(to, "}, .retry = { .retry = %d, .attempts = %ld, ",
	        (int)s->retry.retry, s->retry.attempts);
	fprintf(to, ".on_failure_only = %d, ", s->retry.on_failure_only);
	put_time(to, "after", &s->retry.after);
	put_time(to, "max", &s->retry.max);
	fprintf(to, "}, .ioprio = { .io = %d, .level = %d }, ",
	        (int)s->ioprio.io, s->ioprio.level);
	put_limits(to, &s->rlimits);
}

static void put_check(FILE *to, const struct config_check *c)
{
	fprintf(to, ".check = { .failures = %d, .on_failure = %d, .given = %d, ",
	        c->failures, (int)c->on_failure, c->given);
	put_time(to, "every", &c->every);
	put_time(to, "timeout", &c->timeout);
	put_time(to, "start", &c->start);
	put_action(to, "command", &c->command);
	fputs("},\n", to);
}

static void put_fields(FILE *to, const struct config_service *s)
{
	put_field_text(to, "chdir", s->chdir);
	put_field_text(to, "user", s->user);
	put_field_text(to, "group", s->group);
	put_field_text(to, "chroot", s->chroot);
	put_field_text(to, "cgroup", s->cgroup);
	put_field_text(to, "cpus", s->cpus);
	put_field_text(to, "tty", s->tty);
	fprintf(to, ".umask = %d, .oom_score_adj = %d, .nice = %d, ", s->umask,
	        s->oom_score_adj, s->nice);
	fprintf(to, ".target = %d, .stop_all = %d, .hands_over = %d, ",
	        (int)s->target, s->stop_all, s->hands_over);
	fprintf(to, ".no_new_privs = %d, .primary = %d, .restart = %d,\n",
	        s->no_new_privs, s->primary, (int)s->restart);
}

static void put_service(FILE *to, const struct service *s)
{
	const struct config_service *is = &s->is;

	fprintf(to, "{ .file = \"%s\", .line = %u, .is = { ", s->file, s->line);
	put_field_text(to, "name", is->name);
#define LIST_(f) put_list(to, #f, &is->f)
#define TIME_(f) put_time(to, #f, &is->f)
#define ACTION_(f) put_action(to, #f, &is->f)
	LIST_(needs), LIST_(binds), LIST_(wants), LIST_(after);
	LIST_(conflicts), LIST_(members), LIST_(groups), LIST_(env);
	LIST_(extra_groups), LIST_(capabilities), LIST_(namespaces);
	LIST_(env_file), LIST_(folders), LIST_(only_if), LIST_(success);
	LIST_(never_retry), LIST_(ignore);
	LIST_(follows), LIST_(requires_up), LIST_(reload_with);
	TIME_(max_setup), TIME_(max_ready), TIME_(max_stop);
	TIME_(max_cleanup), TIME_(healthy), TIME_(settle);
	ACTION_(setup), ACTION_(run), ACTION_(cleanup), ACTION_(stop);
	ACTION_(reload), ACTION_(started);
	put_kinds(to, is);
	put_check(to, &is->check);
	put_fields(to, is);
	fputs("} },\n", to);
}

static char *as_text(const struct config *c, size_t *size)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, size);

	if (to == NULL)
		abort();
	fputs("#include <connate/config.h>\n"
	      "static const struct service services[] = {\n",
	      to);
	for (size_t k = 0; k < c->count; k++)
		put_service(to, &c->services[k]);
	fprintf(to, "};\nconst struct config connate_config = { "
	            ".file = \"%s\", .line = %u, .services = services, "
	            ".count = sizeof(services) / sizeof(struct service), "
	            ".is = { ",
	        c->file, c->line);
	put_field_text(to, "lock_file", c->is.lock_file);
	put_time(to, "stop_budget", &c->is.stop_budget);
	put_time(to, "max_rest", &c->is.max_rest);
	put_list(to, "end_signals", &c->is.end_signals);
	fputs("} };\n", to);
	fclose(to);
	return text;
}

/* What is wrong with it, and the table of what is right. */
struct findings {
	uint32_t errors, warnings;
	struct checked k;
	const struct table *t;
	const char *why;
};

static struct findings findings_of(const struct config *c,
                                   const struct options *o)
{
	struct findings f = { .k = checks_run(c, o) };

	f.errors = report_errors();
	f.warnings = report_warnings();
	report_forget();
	if (f.errors == 0)
		f.t = compose(c, &f.k.graph, &f.k.functions, f.k.accounts,
		              &f.why);
	return f;
}

/* connate-build reads the same, and makes the same table of it. */
static void read_again(const struct config *c, const struct options *o,
                       const struct findings *f, uint64_t seed, uint64_t round)
{
	size_t size;
	char *text = as_text(c, &size);
	struct reading r;
	struct findings other;
	bool same = reading_of_text("fuzz.c", text, size, &r);

	if (same) {
		r.config = checks_prepare(&r.config);
		other = findings_of(&r.config, o);
		same = other.errors == f->errors &&
		       other.warnings == f->warnings &&
		       (other.t == NULL) == (f->t == NULL) &&
		       (f->t == NULL ||
		        (other.t->size == f->t->size &&
		         memcmp(other.t, f->t, f->t->size) == 0));
	}
	if (!same) {
		printf("seed %llu round %llu: read otherwise:\n%s",
		       (unsigned long long)seed, (unsigned long long)round,
		       text);
		fflush(stdout);
		abort();
	}
	/* Nothing is given back: the checks keep names that they have seen. */
}

/* All that is printed of a table, into the void. */
static void emit_all(const struct config *c, const struct checked *k,
                     const struct table *t)
{
	char *bytes = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&bytes, &size);

	if (to == NULL)
		abort();
	emit_table(to, &k->functions, t);
	emit_conctl(to, t);
	emit_list(to, c, &k->functions, t);
	emit_names(to, t);
	emit_dot(to, c, &k->graph);
	fclose(to);
	free(bytes);
}

enum outcome { REFUSED, ACCEPTED };

static enum outcome make_round(uint64_t seed, uint64_t round)
{
	static const unsigned degrees[] = { 0, 1, 3, 20 };
	struct options o = { .host_checks = false };
	struct findings f;
	struct config c;

	state = seed * 0x2545f4914f6cdd1dull + round;
	(void)number();
	wildness = PICK(degrees);
	c = config_of();
	o.host_checks = below(16) == 0;
	f = findings_of(&c, &o);
	if (!o.host_checks && round % READ_EACH == 0)
		read_again(&c, &o, &f, seed, round);
	if (f.errors > 0)
		return REFUSED;
	if (f.t == NULL) {
		printf("seed %llu round %llu: accepted, but %s\n",
		       (unsigned long long)seed, (unsigned long long)round,
		       f.why);
		fflush(stdout);
		abort();
	}
	emit_all(&c, &f.k, f.t);
	return ACCEPTED;
}

/* In a process of their own, which adds to *accepted. */
static void make_batch(uint64_t seed, uint64_t first, uint64_t count,
                       uint64_t *accepted)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		for (uint64_t k = 0; k < count; k++)
			*accepted += make_round(seed, first + k) == ACCEPTED;
		_exit(0);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
		return;
	printf("failed: seed %llu, one of %llu rounds from %llu on\n",
	       (unsigned long long)seed, (unsigned long long)count,
	       (unsigned long long)first);
	exit(1);
}

int main(int argc, char **argv)
{
	uint64_t seed, round, end, all;
	uint64_t *accepted =
		mmap(NULL, sizeof(*accepted), PROT_READ | PROT_WRITE,
	             MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (argc != 4 || accepted == MAP_FAILED) {
		fprintf(stderr, "usage: config-fuzz SEED FIRST COUNT\n");
		return 2;
	}
	seed = strtoull(argv[1], NULL, 10);
	round = strtoull(argv[2], NULL, 10);
	all = strtoull(argv[3], NULL, 10);
	for (end = round + all; round < end; round += BATCH)
		make_batch(seed, round,
		           end - round < BATCH ? end - round : BATCH, accepted);
	printf("accepted %llu refused %llu\n", (unsigned long long)*accepted,
	       (unsigned long long)(all - *accepted));
	return 0;
}
