/* SPDX-License-Identifier: MIT */
/* Service descriptions of dinit to drafts, dinit-service(5). */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "import/source.h"
#include "import/split.h"
#include "import/text.h"
#include "import/value.h"
#include "import/word.h"

enum { START_MS = 60000, STOP_MS = 10000, DELAY_MS = 200, LIMIT_MS = 10000,
       RESTARTS = 3, RESTARTS_MOST = 999, READY_FD = 3 };

static const struct rest rests[] = {
	{ "start-timeout", "nothing here takes time to start", NULL },
	{ "stop-timeout", "nothing here takes time to stop", NULL },
	{ "restart*", "it runs nothing", NULL },
	{ "log-buffer-size", "output goes where that of connate goes", NULL },
	{ "log-type", "output goes where that of connate goes", NULL },
	{ "inittab-*", "for utmp", NULL },
	{ "@meta", "for other programs", NULL },
	{ "waits-for.d", "what is enabled is said by .target", NULL },
	{ "depends-on.d", NULL, "write its services into .binds" },
	{ "depends-ms.d", NULL, "write its services into .needs" },
	{ "pid-file", "a guard knows the main process", NULL },
	{ "smooth-recovery", "a program is started again by itself", NULL },
	{ "description", "for people", NULL },
	{ "provides", NULL, "name this service where that name stands" },
	{ "chain-to", NULL, "let that service have .after this one" },
	{ "consumer-of", NULL, "write .log = LOG_TO(this one) there" },
	{ "socket-*", NULL, "waits for .listen; until then let the program "
	                    "open its socket itself" },
	{ "env-file", NULL, "waits for .env_file; until then read the file in "
	                    "a shell" },
	{ "@*", NULL, "put the lines of that file here" },
	{ "*", NULL, "write by hand what it does" },
};

enum { RESTS = sizeof(rests) / sizeof(rests[0]) };

static bool is_yes(const struct item *it)
{
	return text_same(it->value, "yes") || text_same(it->value, "true");
}

/* A value without its quotes and backslashes. */
static const char *plain(const struct item *it)
{
	struct words w = { 0 };
	struct text t = { 0 };

	if (split_dinit(&w, it->value) < 0)
		return it->value;
	for (size_t i = 0; i < w.count; i++)
		text_format(&t, i > 0 ? " %s" : "%s", w.word[i]);
	return text_end(&t);
}

/* --- Commands: dinit replaces $NAME and ${NAME} when it loads the service, by
 * its own environment; a shell does that when it starts. */

static const char *shell_word(const char *word)
{
	struct text t = { 0 };

	if (strchr(word, '$') == NULL) {
		text_shell(&t, word);
		return text_end(&t);
	}
	text_char(&t, '"');
	for (; *word != '\0'; word++) {
		if (*word == '$' && word[1] == '$') {
			text_put(&t, "\\$");
			word++;
			continue;
		}
		if (strchr("\"`\\", *word) != NULL)
			text_char(&t, '\\');
		text_char(&t, *word);
	}
	text_char(&t, '"');
	return text_end(&t);
}

static bool has_variable(const struct words *w)
{
	for (size_t i = 0; i < w->count; i++)
		if (strchr(w->word[i], '$') != NULL)
			return true;
	return false;
}

static const char *words_shell(const struct words *w)
{
	struct text t = { 0 };

	for (size_t i = 0; i < w->count; i++) {
		if (i > 0)
			text_char(&t, ' ');
		text_put(&t, shell_word(w->word[i]));
	}
	return text_end(&t);
}

static const char *words_exec(const struct words *w)
{
	struct text t = { 0 };

	text_put(&t, "EXEC(");
	for (size_t i = 0; i < w->count; i++)
		text_format(&t, i > 0 ? ", %s" : "%s", text_quoted(w->word[i]));
	text_char(&t, ')');
	return text_end(&t);
}

/* The variable that names the descriptor of readiness, or NULL. */
static const char *ready_variable(const struct source *s)
{
	const struct item *it = source_item(s, "ready-notification");

	return it != NULL && text_starts(it->value, "pipevar:")
	               ? it->value + strlen("pipevar:")
	               : NULL;
}

static void set_command(struct source *s, const char *key, const char *field)
{
	struct item *it = source_item(s, key);
	struct item *folder = source_item(s, "working-dir");
	bool named = text_same(field, ".run") && ready_variable(s) != NULL;
	const char *cd = folder != NULL && strchr(folder->value, '$') != NULL
	                         ? plain(folder)
	                         : NULL;
	struct words w = { 0 }, own = { 0 };

	if (it == NULL)
		return;
	if (split_dinit(&own, it->value) < 0 || own.count == 0) {
		draft_decide(&s->draft, it, "a quote is not closed");
		return;
	}
	if (named || *own.word[0] != '/')
		words_add(&w, "/usr/bin/env");
	if (named)
		words_add(&w, text_of("%s=%d", ready_variable(s), READY_FD));
	for (size_t i = 0; i < own.count; i++)
		words_add(&w, own.word[i]);
	if (cd != NULL || has_variable(&w))
		draft_set(&s->draft, it, field, "SHELL(%s)", text_quoted(
			text_of("%s%s%sexec %s", cd != NULL ? "cd " : "",
		                cd != NULL ? shell_word(cd) : "",
		                cd != NULL ? " && " : "", words_shell(&w))));
	else
		draft_set(&s->draft, it, field, "%s", words_exec(&w));
	draft_carry(&s->draft, cd != NULL ? folder : NULL);
}

/* --- Type */

static void map_ready(struct source *s)
{
	struct item *it = source_item(s, "ready-notification");
	long long fd;

	if (it == NULL)
		return;
	if (text_starts(it->value, "pipefd:") &&
	    value_number(it->value + strlen("pipefd:"), 10, 3, 1023, &fd))
		draft_set(&s->draft, it, ".ready", "READY_FD(%lld)", fd);
	else if (ready_variable(s) != NULL)
		draft_set(&s->draft, it, ".ready", "READY_FD(%d)", READY_FD);
	if (draft_has(&s->draft, ".ready"))
		draft_note(&s->draft, "%s: it is ready when it writes a newline"
		           " there; for dinit any byte is enough",
		           item_place(it));
}

static void map_type(struct source *s)
{
	struct item *it = source_item(s, "type");
	const char *type = it != NULL ? it->value : "process";

	if (text_same(type, "scripted")) {
		set_command(s, "command", ".setup");
		set_command(s, "stop-command", ".cleanup");
	} else if (text_same(type, "process") || text_same(type, "bgprocess")) {
		set_command(s, "command", ".run");
		set_command(s, "stop-command", ".stop");
		map_ready(s);
	} else if (!text_same(type, "internal")) {
		draft_decide(&s->draft, it, "there is no such type");
		return;
	}
	if (text_same(type, "bgprocess"))
		draft_set(&s->draft, it, ".ready", "READY_DAEMONIZE");
	if (it != NULL)
		draft_carry(&s->draft, it);
}

/* --- Times, in seconds with a fraction */

static long long seconds(struct source *s, const char *key, long long first_ms,
                         struct item **found)
{
	struct item *it = source_item(s, key);
	char *end;
	double n;

	*found = NULL;
	if (it == NULL)
		return first_ms;
	n = strtod(it->value, &end);
	if (!isdigit((unsigned char)*it->value) || *end != '\0' || n > 1e9) {
		draft_decide(&s->draft, it, "no number of seconds");
		return first_ms;
	}
	*found = it;
	draft_carry(&s->draft, it);
	return (long long)(n * 1000);
}

static void set_seconds(struct source *s, const char *key, const char *field,
                        long long first_ms)
{
	struct item *it;
	long long ms = seconds(s, key, first_ms, &it);

	draft_set(&s->draft, it, field, "%s", value_ms(ms > 0 ? ms : -1));
}

static void map_times(struct source *s)
{
	struct draft *d = &s->draft;

	if (draft_has(d, ".setup"))
		set_seconds(s, "start-timeout", ".max_setup", START_MS);
	if (draft_has(d, ".ready"))
		set_seconds(s, "start-timeout", ".max_ready", START_MS);
	if (draft_has(d, ".run"))
		set_seconds(s, "stop-timeout", ".max_stop", STOP_MS);
	if (draft_has(d, ".cleanup"))
		set_seconds(s, "stop-timeout", ".max_cleanup", STOP_MS);
}

/* --- Restart: as often as restart-limit-count within restart-limit-interval */

static void map_retry(struct source *s)
{
	struct item *restart = source_item(s, "restart"), *it;
	struct item *limit = source_item(s, "restart-limit-count");
	long long delay = seconds(s, "restart-delay", DELAY_MS, &it);
	long long interval = seconds(s, "restart-limit-interval", LIMIT_MS, &it);
	long long count = RESTARTS, healthy;
	bool some = restart != NULL && text_same(restart->value, "on-failure");

	if (limit != NULL &&
	    !value_number(limit->value, 10, 0, RESTARTS_MOST, &count))
		draft_decide(&s->draft, limit, "no number, or too large");
	draft_carry(&s->draft, limit);
	if (restart != NULL && !is_yes(restart) && !some) {
		draft_set(&s->draft, restart, ".retry", "RETRY_NEVER");
		return;
	}
	healthy = count > 0 ? interval / count - delay : 0;
	draft_set(&s->draft, restart, ".retry",
	          "RETRY_FIXED(.after = %s%s%s)", value_ms(delay),
	          healthy > 0 ? text_of(", .attempts = %lld", count + 1) : "",
	          some && draft_has(&s->draft, ".run")
	                  ? ", .on_failure_only = true"
	                  : "");
	if (healthy > 0)
		draft_set(&s->draft, NULL, ".healthy", "%s", value_ms(healthy));
}

/* --- Who, and where */

static void map_user(struct source *s, const struct host *host)
{
	struct item *it = source_item(s, "run-as");
	struct item *load = source_item(s, "load-options");
	const char *user, *colon;
	struct account a;

	if (it != NULL) {
		user = plain(it);
		colon = strchr(user, ':');
		if (colon != NULL)
			draft_set(&s->draft, it, ".group", "%s",
			          text_quoted(colon + 1));
		user = colon != NULL ? text_part(user, colon) : user;
		draft_set(&s->draft, it, ".user", "%s", text_quoted(user));
	}
	if (load == NULL || strstr(load->value, "export-passwd-vars") == NULL)
		return;
	if (it == NULL)
		account_find(host->passwd, "root", &a);
	else if (!account_find(host->passwd, plain(it), &a)) {
		draft_decide(&s->draft, load, "the user is not known here: "
		             "import where it is, or write .env with HOME");
		return;
	}
	draft_list(&s->draft, load, ".env", "\1INHERIT(\"PATH\")");
	draft_list(&s->draft, load, ".env", "\1INHERIT(\"LANG\")");
	draft_list(&s->draft, load, ".env", text_of("HOME=%s", a.home));
	draft_list(&s->draft, load, ".env", text_of("SHELL=%s", a.shell));
	draft_list(&s->draft, load, ".env", text_of("USER=%s", a.name));
	draft_list(&s->draft, load, ".env", text_of("LOGNAME=%s", a.name));
}

static void map_log(struct source *s)
{
	struct item *it = source_item(s, "logfile");
	struct item *type = source_item(s, "log-type");
	struct item *mode = source_item(s, "logfile-permissions");
	long long bits = 0600;

	if (mode != NULL && value_number(mode->value, 8, 0, 0777, &bits))
		draft_carry(&s->draft, mode);
	if (it != NULL && *it->value == '/' && strchr(it->value, '$') == NULL)
		draft_set(&s->draft, it, ".log", "LOG_FILE(%s, .mode = 0%llo)",
		          text_quoted(plain(it)), bits);
	else if (it == NULL && type != NULL && text_same(type->value, "buffer"))
		draft_set(&s->draft, type, ".log", "LOG_INHERIT");
	else if (it == NULL)
		draft_set(&s->draft, NULL, ".log", "LOG_NONE");
}

static void map_signal(struct source *s)
{
	static const char *const keys[] = { "term-signal", "termsignal" };

	for (size_t i = 0; i < 2; i++) {
		struct item *it = source_item(s, keys[i]);
		int n = it != NULL ? value_signal(it->value) : VALUE_WRONG;

		if (n != VALUE_WRONG)
			draft_set(&s->draft, it, ".stop", "SIGNAL(%s)",
			          value_signal_c(n));
	}
}

static void map_limits(struct source *s)
{
	for (size_t i = 0; i < s->items.count; i++) {
		struct item *it = &s->items.item[i];
		const char *name = it->key + strlen("rlimit-"), *colon;
		const char *soft, *hard;

		if (!text_starts(it->key, "rlimit-") ||
		    (!text_same(name, "nofile") && !text_same(name, "core") &&
		     !text_same(name, "data")))
			continue;
		colon = strchr(it->value, ':');
		soft = colon != NULL ? text_part(it->value, colon) : it->value;
		hard = colon != NULL ? colon + 1 : soft;
		soft = value_limit(text_same(soft, "-") ? "infinity" : soft,
		                   name);
		hard = value_limit(text_same(hard, "-") ? "infinity" : hard,
		                   name);
		if (soft != NULL && hard != NULL)
			draft_list(&s->draft, it, ".rlimits", text_of(
				"\1LIMIT(\"%s\", %s, %s)", name, soft, hard));
	}
}

/* "^cap_net_bind_service": the ambient ones, with commas. */
static void map_capabilities(struct source *s)
{
	struct item *it = source_item(s, "capabilities");
	const char *at;

	if (it == NULL)
		return;
	for (at = it->value; *at != '\0'; at += *at == ',') {
		size_t size = strcspn(at, ",");
		struct text name = { 0 };

		if (*at != '^')
			return;
		for (size_t i = 1; i < size; i++)
			text_char(&name, (char)toupper((unsigned char)at[i]));
		draft_list(&s->draft, it, ".capabilities", text_end(&name));
		at += size;
	}
}

static void map_place(struct source *s)
{
	struct item *folder = source_item(s, "working-dir");
	struct item *group = source_item(s, "run-in-cgroup");
	struct item *nice = source_item(s, "nice");
	struct item *oom = source_item(s, "oom-score-adj");
	long long n;

	if (folder != NULL && *folder->value == '/')
		draft_set(&s->draft, folder, ".chdir", "%s",
		          text_quoted(plain(folder)));
	if (group != NULL && *group->value == '/')
		draft_set(&s->draft, group, ".cgroup", "%s",
		          text_quoted(plain(group)));
	if (nice != NULL && value_number(nice->value, 10, -20, 19, &n))
		draft_set(&s->draft, nice, ".nice", "%lld", n);
	if (oom != NULL && value_number(oom->value, 10, -1000, 1000, &n))
		draft_set(&s->draft, oom, ".oom_score_adj", "%lld", n);
}

/* --- Options */

static void map_option(struct source *s, struct item *it, const char *word)
{
	static const char harmless[] =
		" starts-log shares-console start-interruptible "
		"signal-process-only unmask-intr starts-rwfs "
		"export-passwd-vars export-service-name sub-vars no-sub-vars ";

	if (text_same(word, "no-new-privs"))
		draft_set(&s->draft, it, ".no_new_privs", "true");
	else if (strstr(harmless, text_of(" %s ", word)) == NULL)
		draft_decide(&s->draft, it, "there is nothing like '%s': %s",
		             word, strstr(word, "console") != NULL
		                     ? "write .tty where the vocabulary has it"
		                     : "write by hand what it does");
}

static void map_options(struct source *s)
{
	for (size_t i = 0; i < s->items.count; i++) {
		struct item *it = &s->items.item[i];
		const char *at = it->value, *word;

		if (!text_same(it->key, "options") &&
		    !text_same(it->key, "load-options"))
			continue;
		while ((word = text_next(&at)) != NULL)
			map_option(s, it, word);
		draft_drop(&s->draft, it, "this is so here, or changes nothing "
		                          "that the program sees");
	}
}

/* --- Others */

/* A service that is needed need not be wanted, too. */
static bool has_stronger(const struct draft *d, const char *field,
                         const char *name)
{
	static const char *const fields[] = { ".binds", ".needs", ".wants" };

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		if (text_same(fields[i], field))
			return false;
		if (draft_lists(d, fields[i], name))
			return true;
	}
	return false;
}

static void relate_one(struct sources *all, struct source *s, struct item *it,
                       const char *field)
{
	const char *name = plain(it);
	struct source *other = source_find(all, name);
	bool back = text_same(it->key, "before");
	bool must = text_starts(it->key, "depends-");

	if (other != NULL && other != s) {
		struct draft *of = back ? &other->draft : &s->draft;

		name = back ? s->draft.name : other->draft.name;
		if (!has_stronger(of, field, name))
			draft_list(of, it, field, name);
		draft_carry(&s->draft, it);
	} else if (!must || host_lacks(all->host, name))
		draft_drop(&s->draft, it, "it is not part of this import");
	else if (text_ends(name, ".target"))
		draft_drop(&s->draft, it, "a milestone of dinit's boot, and "
		                          "not part of this import");
	else
		draft_decide(&s->draft, it, "%s is not part of this import: "
		             "give it, too, or say --without %s", name, name);
}

static void map_relations(struct sources *all, struct source *s)
{
	static const char *const fields[][2] = {
		{ "depends-on", ".binds" }, { "depends-ms", ".needs" },
		{ "waits-for", ".wants" }, { "after", ".after" },
		{ "before", ".after" },
	};

	for (size_t k = 0; k < sizeof(fields) / sizeof(*fields); k++)
		for (size_t i = 0; i < s->items.count; i++)
			if (text_same(s->items.item[i].key, fields[k][0]))
				relate_one(all, s, &s->items.item[i],
				           fields[k][1]);
}

static void map_env_file(struct source *s)
{
	struct item *it = source_item(s, "env-file");

	if (it != NULL && word_known(".env_file") && *it->value == '/')
		draft_list(&s->draft, it, ".env_file", plain(it));
}

/* Makes the drafts of all services of dinit. */
void dinit_map(struct sources *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct source *s = &all->source[i];

		map_type(s);
		map_times(s);
		if (draft_has(&s->draft, ".run") ||
		    draft_has(&s->draft, ".setup"))
			map_retry(s);
		map_user(s, all->host);
		map_log(s);
		map_signal(s);
		map_limits(s);
		map_capabilities(s);
		map_place(s);
		map_env_file(s);
		map_options(s);
	}
	for (size_t i = 0; i < all->count; i++)
		map_relations(all, &all->source[i]);
	for (size_t i = 0; i < all->count; i++)
		source_finish(&all->source[i], rests, RESTS);
}
