/* SPDX-License-Identifier: MIT */
/* Service folders of runit and s6, and source folders of s6-rc, to drafts. The
 * scripts stay where they are and as they are; what they would ask their manager
 * is answered for them. An item is a file: its key is the name below the folder,
 * its value what is in it. */
#include <ctype.h>
#include <string.h>

#include "import/source.h"
#include "import/text.h"
#include "import/value.h"
#include "import/word.h"

enum { PAUSE_MS = 1000, FINISH_MS = 5000 };

static const struct rest rests[] = {
	{ "check", "only sv looks at it", NULL },
	{ "conf", "the script reads it", NULL },
	{ "env/*", "the script reads it", NULL },
	{ "data/*", "the script reads it", NULL },
	{ "supervise/*", "belongs to the running supervisor", NULL },
	{ "event/*", "belongs to the running supervisor", NULL },
	{ "log/supervise/*", "belongs to the running supervisor", NULL },
	{ "log/*", "the script of the log reads it", NULL },
	{ "max-death-tally", "for s6-svdt", NULL },
	{ "flag-essential", "only keeps people from a command", NULL },
	{ "nosetsid", "each service has a session of its own", NULL },
	{ "control/*", NULL, "write .stop or .reload as this script does" },
	{ "timeout-up", NULL, "write .max_setup" },
	{ "*", NULL, "the script may read it; if so, this line can go" },
};

enum { RESTS = sizeof(rests) / sizeof(rests[0]) };

static const char *first_line(const struct item *it)
{
	const char *at = it->value, *line = line_next(&at);

	return line != NULL ? text_trim(line) : "";
}

/* --- Scripts that call sv(8) */

static bool is_command(const char *script, const char *at)
{
	return at == script || strchr(" \t\n;&|(!`/", at[-1]) != NULL;
}

/* The script without the lines that are comments. */
static const char *without_comments(const char *script)
{
	struct text t = { 0 };
	const char *line;

	while ((line = line_next(&script)) != NULL)
		if (line[strspn(line, " \t")] != '#')
			text_format(&t, "%s\n", line);
	return text_end(&t);
}

/* The words behind "sv " at *at, up to the end of the command, or before a
 * descriptor that goes elsewhere: 2>/dev/null. */
static const char *sv_words(const char **at)
{
	const char *from = *at + strlen("sv "), *end;

	*at = end = from + strcspn(from, "\n;&|>)<`");
	if (*end == '>' && end - from > 1 && isdigit((unsigned char)end[-1]) &&
	    isspace((unsigned char)end[-2]))
		end--;
	return text_part(from, end);
}

/* The first word that is no option of sv; -w has an argument. */
static const char *sv_verb(const char **words)
{
	const char *verb = text_next(words);

	while (verb != NULL && *verb == '-') {
		if (text_same(verb, "-w"))
			(void)text_next(words); /* the time */
		verb = text_next(words);
	}
	return verb;
}

/* `sv check NAME`, `sv start NAME`: these are needed. True if it is one. */
static bool sv_needs(struct source *s, struct sources *all, struct item *it,
                     const char *words)
{
	static const char asks[] = " check start up once status s u c ";
	const char *verb = sv_verb(&words), *name;

	if (verb == NULL || strstr(asks, text_of(" %s ", verb)) == NULL)
		return false;
	while ((name = text_next(&words)) != NULL) {
		name = text_base(name);
		if (name[strcspn(name, "$\"'*")] != '\0')
			return false;
		if (source_find(all, name) != NULL)
			draft_list(&s->draft, it, ".needs", name);
		else if (!host_lacks(all->host, name))
			draft_decide(&s->draft, it, "the script asks for %s, "
			             "which is not part of this import: give "
			             "it, too, or say --without %s", name,
			             name);
	}
	return true;
}

/* True if the script calls sv for services that it needs. */
static bool script_asks(struct source *s, struct sources *all, struct item *it)
{
	const char *script = without_comments(it->value);
	bool asks = false;

	for (const char *at = script; (at = strstr(at, "sv ")) != NULL;) {
		const char *words;

		if (!is_command(script, at)) {
			at++;
			continue;
		}
		words = sv_words(&at);
		if (sv_needs(s, all, it, words))
			asks = true;
		else
			draft_decide(&s->draft, it, "the script calls sv%s%s: "
			             "let it call conctl", " ", words);
	}
	return asks;
}

static const char *shell_of(const struct item *it)
{
	const char *line = first_line(it);
	const char *path = text_trim(line + 2 * text_starts(line, "#!"));
	const char *shell = text_next(&path);

	if (!text_starts(line, "#!") || shell == NULL)
		return NULL;
	if (text_same(text_base(shell), "env"))
		return NULL;
	return text_ends(shell, "sh") ? shell : NULL;
}

static bool exits_on_error(const struct item *it)
{
	return strstr(first_line(it), " -e") != NULL;
}

/* The script, or the script with an sv that says yes: what it asks for is up
 * by then. */
static void set_run(struct source *s, struct sources *all, struct item *it)
{
	const char *path = text_of("%s/run", s->path);

	if (strstr(it->value, "s6-sv") != NULL ||
	    strstr(it->value, "s6-rc ") != NULL)
		draft_decide(&s->draft, it, "the script calls its manager: let "
		             "it call conctl");
	if (strstr(it->value, "kill 0") != NULL)
		draft_note(&s->draft, "%s: kill 0 ends this service only: it "
		           "has a process group of its own", item_place(it));
	if (!script_asks(s, all, it))
		draft_set(&s->draft, it, ".run", "EXEC(%s)", text_quoted(path));
	else if (shell_of(it) == NULL)
		draft_decide(&s->draft, it, "the script calls sv, and is not "
		             "of a shell: let it call conctl");
	else
		draft_set(&s->draft, it, ".run", "EXEC(%s, \"%s\", %s, %s)",
		          text_quoted(shell_of(it)),
		          exits_on_error(it) ? "-ec" : "-c",
		          text_quoted("sv() { :; }; . \"$0\""),
		          text_quoted(path));
}

/* --- The end */

static void set_finish(struct source *s, struct item *it, bool s6)
{
	const char *path = text_of("%s/finish", s->path);
	bool reads = strstr(it->value, "$1") || strstr(it->value, "$2") ||
	             strstr(it->value, "${1") || strstr(it->value, "elgetpositionals");

	if (s6 && strstr(it->value, "125") != NULL)
		draft_decide(&s->draft, it, "125 keeps s6 from the next start: "
		             "write .retry");
	else if (!reads)
		draft_set(&s->draft, it, ".cleanup", "EXEC(%s)",
		          text_quoted(path));
	else if (word_known("EXIT_STATUS"))
		draft_set(&s->draft, it, ".cleanup", "SHELL(%s)", text_quoted(
			text_of("if [ \"$EXIT_CODE\" = exited ]; then exec %s "
		                "\"$EXIT_STATUS\" 0; else exec %s %s 15; fi",
		                path, path, s6 ? "256" : "-1")));
	else
		draft_decide(&s->draft, it, "the script reads how the program "
		             "ended, which .cleanup is not told");
}

static void set_signal(struct source *s)
{
	struct item *it = source_item(s, "down-signal");
	int n = it != NULL ? value_signal(first_line(it)) : VALUE_WRONG;

	if (n != VALUE_WRONG)
		draft_set(&s->draft, it, ".stop", "SIGNAL(%s)",
		          value_signal_c(n));
}

static void set_ms(struct source *s, const char *key, const char *field,
                   long long first)
{
	struct item *it = source_item(s, key);
	long long ms = first;

	if (it != NULL && value_number(first_line(it), 10, 0, 1LL << 40, &ms))
		draft_set(&s->draft, it, field, "%s",
		          value_ms(ms > 0 ? ms : -1));
	else if (it == NULL)
		draft_set(&s->draft, NULL, field, "%s", value_ms(first));
}

/* --- The logger, a service of its own */

static void set_log(struct sources *all, size_t i)
{
	struct source *s = &all->source[i];
	struct item *it = source_item(s, "log/run");
	const char *name = text_of("%s-log", s->name);
	const char *path = text_of("%s/log", s->path);
	struct source *log;

	if (it == NULL)
		return;
	draft_set(&s->draft, it, ".log", "LOG_TO(%s)", text_quoted(name));
	log = source_add(all, name, path, s->draft.defaults);
	s = &all->source[i];
	it = source_item(s, "log/run");
	draft_set(&log->draft, it, ".run", "EXEC(%s)",
	          text_quoted(text_of("%s/run", path)));
	draft_set(&log->draft, NULL, ".chdir", "%s", text_quoted(path));
	draft_set(&log->draft, NULL, ".target", "DOWN");
	draft_set(&log->draft, NULL, ".retry",
	          "RETRY_FIXED(.after = SECONDS(1))");
	draft_set(&log->draft, NULL, ".max_stop", "FOREVER");
}

/* --- s6-rc: type, up, down, dependencies */

static void set_contents(struct source *s, struct sources *all,
                         const char *file, const char *field)
{
	for (size_t i = 0; i < s->items.count; i++) {
		struct item *it = &s->items.item[i];
		const char *at = it->value, *name;
		bool one = text_starts(it->key, text_of("%s.d/", file));

		if (!one && !text_same(it->key, file))
			continue;
		if (one)
			at = text_base(it->key);
		while ((name = text_next(&at)) != NULL)
			if (source_find(all, name) != NULL)
				draft_list(&s->draft, it, field, name);
			else
				draft_decide(&s->draft, it, "%s is not part of "
				             "this import: give it, too", name);
		draft_carry(&s->draft, it);
	}
}

static void set_script(struct source *s, const char *file, const char *field)
{
	struct item *it = source_item(s, file);

	if (it != NULL && *text_trim(it->value) != '\0')
		draft_set(&s->draft, it, field,
		          "EXEC(\"/usr/bin/env\", \"execlineb\", \"-P\", %s)",
		          text_quoted(text_of("%s/%s", s->path, file)));
	else if (it != NULL)
		draft_carry(&s->draft, it);
}

static void set_pipeline(struct source *s, struct sources *all)
{
	struct item *to = source_item(s, "producer-for");
	struct item *from = source_item(s, "consumer-for");

	if (to != NULL && source_find(all, first_line(to)) != NULL)
		draft_set(&s->draft, to, ".log", "LOG_TO(%s)",
		          text_quoted(first_line(to)));
	else if (to != NULL)
		draft_decide(&s->draft, to, "its reader is not part of this "
		             "import: give it, too");
	if (from != NULL)
		draft_carry(&s->draft, from);
}

static const char *map_s6_rc(struct source *s, struct sources *all)
{
	struct item *type = source_item(s, "type");
	const char *is = type != NULL ? first_line(type) : "longrun";

	if (type != NULL)
		draft_carry(&s->draft, type);
	set_contents(s, all, "dependencies", ".needs");
	set_contents(s, all, "contents", ".members");
	set_pipeline(s, all);
	if (text_same(is, "oneshot")) {
		set_script(s, "up", ".setup");
		set_script(s, "down", ".cleanup");
		set_ms(s, "timeout-up", ".max_setup", -1);
		if (draft_has(&s->draft, ".cleanup"))
			set_ms(s, "timeout-down", ".max_cleanup", -1);
	} else if (!text_same(is, "longrun") && !text_same(is, "bundle"))
		draft_decide(&s->draft, type, "there is no such type");
	return is;
}

/* --- One folder */

static void map_daemon(struct source *s, struct sources *all, bool s6)
{
	struct item *run = source_item(s, "run");
	struct item *finish = source_item(s, "finish");
	struct item *down = source_item(s, "down");
	struct item *ready = source_item(s, "notification-fd");
	long long fd;

	if (run == NULL) {
		draft_decide(&s->draft, NULL, "%s: there is no run", s->path);
		return;
	}
	set_run(s, all, run);
	draft_set(&s->draft, NULL, ".chdir", "%s", text_quoted(s->path));
	if (finish != NULL) {
		set_finish(s, finish, s6);
		if (draft_has(&s->draft, ".cleanup"))
			set_ms(s, "timeout-finish", ".max_cleanup",
			       s6 ? FINISH_MS : -1);
	}
	if (down != NULL)
		draft_set(&s->draft, down, ".target", "DOWN");
	if (ready != NULL &&
	    value_number(first_line(ready), 10, 3, 1023, &fd)) {
		draft_set(&s->draft, ready, ".ready", "READY_FD(%lld)", fd);
		draft_set(&s->draft, NULL, ".max_ready", "FOREVER");
	}
	draft_set(&s->draft, NULL, ".retry",
	          "RETRY_FIXED(.after = %s)", value_ms(PAUSE_MS));
	set_signal(s);
	set_ms(s, "timeout-kill", ".max_stop", -1);
}

static bool is_s6(const struct source *s)
{
	static const char *const files[] = {
		"type", "notification-fd", "timeout-kill", "timeout-finish",
		"down-signal", "max-death-tally",
	};
	const struct item *run = source_item(s, "run");

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (source_item(s, files[i]) != NULL)
			return true;
	return run != NULL && strstr(first_line(run), "execlineb") != NULL;
}

/* Makes the drafts of all folders. */
void folders_map(struct sources *all)
{
	size_t count = all->count;

	for (size_t i = 0; i < count; i++) {
		struct source *s = &all->source[i];
		bool s6 = is_s6(s);

		s->draft.defaults = s6 ? "s6's default" : "runit's default";
		if (text_same(map_s6_rc(s, all), "longrun")) {
			map_daemon(s, all, s6);
			set_log(all, i);
			s = &all->source[i];
		}
		source_finish(s, rests, RESTS);
	}
}
