/* SPDX-License-Identifier: MIT */
/* Programs of Supervisor's file to drafts. */
#include <ctype.h>
#include <string.h>

#include "import/source.h"
#include "import/split.h"
#include "import/text.h"
#include "import/value.h"
#include "import/word.h"

enum { RETRIES = 3, START_SECONDS = 1, STOP_SECONDS = 10, COPIES_MOST = 1000,
       LOG_BYTES = 50 << 20 };

static const struct rest rests[] = {
	{ "process_name", "a service has one name", NULL },
	{ "numprocs_start", NULL, "name the copies by hand" },
	{ "priority", NULL, "write .after: which starts first?" },
	{ "stdout_capture_maxbytes", "for event listeners", NULL },
	{ "stderr_capture_maxbytes", "for event listeners", NULL },
	{ "stdout_events_enabled", "for event listeners", NULL },
	{ "stderr_events_enabled", "for event listeners", NULL },
	{ "stdout_syslog", NULL, "write .log = LOG_TO(a service that runs logger)" },
	{ "stderr_syslog", NULL, "write .log = LOG_TO(a service that runs logger)" },
	{ "stdout_logfile_*", "belongs to its file", NULL },
	{ "stderr_logfile_*", "belongs to its file", NULL },
	{ "serverurl", "for programs that call Supervisor", NULL },
	{ "numprocs", NULL, "write a service for each, or a macro" },
	{ "stderr_logfile", NULL, "waits for .errors; until then write .log: "
	                          "both go there; or 2> in a shell" },
	{ "exitcodes", NULL, "waits for .success; until then let a shell turn "
	                     "the code into 0" },
};

enum { RESTS = sizeof(rests) / sizeof(rests[0]) };

/* %(program_name)s and the like; *open if only the running machine knows one. */
static const char *expand(const struct source *s, const char *at, long long copy,
                          bool *open)
{
	struct text t = { 0 };

	for (; *at != '\0'; at++) {
		const char *end = text_starts(at, "%(") ? strchr(at, ')') : NULL;
		const char *name;

		if (text_starts(at, "%%")) {
			text_char(&t, *at++);
			continue;
		}
		if (end == NULL) {
			text_char(&t, *at);
			continue;
		}
		name = text_part(at + 2, end);
		if (text_same(name, "program_name") ||
		    text_same(name, "group_name"))
			text_put(&t, s->path);
		else if (text_same(name, "process_num"))
			text_format(&t, "%0*lld", end[1] == '0' &&
			            isdigit((unsigned char)end[2])
			            ? end[2] - '0' : 1, copy);
		else
			*open = true;
		at = end + 1 + strcspn(end + 1, "sd");
		if (*at == '\0')
			break;
	}
	return text_end(&t);
}

/* KEY=value, KEY="value": a value without quotes ends at the first character
 * that is odd in a shell's word, as Supervisor's does. */
static void read_environment(struct source *s, struct words *to,
                             struct item *it)
{
	const char *at = it->value;

	while (*(at += strspn(at, " \t\n,")) != '\0') {
		static const char name_chars[] =
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789_";
		static const char value_chars[] =
			"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			"0123456789_.-/:+*";
		const char *equals = at + strspn(at, name_chars), *end;
		char quote = equals[0] == '=' ? equals[1] : '\0';

		if (*equals != '=' || equals == at) {
			draft_decide(&s->draft, it, "Supervisor reads this "
			             "value otherwise than it looks: put it "
			             "in quotes");
			return;
		}
		if (quote == '"' || quote == '\'') {
			end = strchr(equals + 2, quote);
			if (end == NULL)
				end = equals + strlen(equals);
			words_add(to, text_of("%s=%s", text_part(at, equals),
			          text_part(equals + 2, end)));
			at = end + (*end != '\0');
		} else {
			end = equals + 1 + strspn(equals + 1, value_chars);
			words_add(to, text_part(at, end));
			at = end;
		}
	}
	draft_carry(&s->draft, it);
}

static void map_command(struct source *s, long long copy)
{
	struct item *it = source_item(s, "command");
	struct item *env = source_item(s, "environment");
	struct words w = { 0 };
	bool open = false;
	struct text t = { 0 };

	if (it == NULL) {
		draft_decide(&s->draft, NULL, "%s: there is no command", s->path);
		return;
	}
	if (env != NULL)
		read_environment(s, &w, env);
	if (split_python(&w, it->value) < 0) {
		draft_decide(&s->draft, it, "a quote is not closed");
		return;
	}
	text_put(&t, "EXEC(");
	if (env != NULL || *text_trim(it->value) != '/')
		text_put(&t, "\"/usr/bin/env\", ");
	for (size_t i = 0; i < w.count; i++)
		text_format(&t, i > 0 ? ", %s" : "%s", text_quoted(
			expand(s, w.word[i], copy, &open)));
	text_char(&t, ')');
	if (open)
		draft_decide(&s->draft, it, "write the value of %%(...)s");
	else
		draft_set(&s->draft, it, ".run", "%s", text_end(&t));
}

static long long number_of(struct source *s, const char *key, long long first)
{
	struct item *it = source_item(s, key);
	long long n = first;

	if (it == NULL)
		return first;
	if (value_number(it->value, 10, 0, 1000000, &n))
		draft_carry(&s->draft, it);
	else
		draft_decide(&s->draft, it, "no number");
	return n;
}

/* exitcodes=0,2: the codes beside 0, which is always good here. */
static void map_codes(struct source *s, struct item *codes)
{
	static const char blank[] = " \t,", digits[] = "0123456789";
	const char *at = codes->value + strspn(codes->value, blank);
	bool zero = false;

	for (; *at != '\0'; at += strspn(at, blank)) {
		size_t length = strspn(at, digits);
		const char *code = text_part(at, at + length);

		at += length;
		if (length == 0 || strchr(blank, *at) == NULL) {
			draft_decide(&s->draft, codes, "no list of exit codes");
			return;
		}
		if (text_same(code, "0"))
			zero = true;
		else
			draft_list(&s->draft, codes, ".success", code);
	}
	if (zero)
		draft_carry(&s->draft, codes);
	else
		draft_decide(&s->draft, codes,
		             "exit code 0 is good here; let a shell turn it "
		             "into another one");
}

/* autorestart=unexpected is on any code but those of exitcodes, which is 0. */
static void map_retry(struct source *s)
{
	struct item *it = source_item(s, "autorestart");
	struct item *codes = source_item(s, "exitcodes");
	const char *how = it != NULL ? it->value : "unexpected";
	long long start = number_of(s, "startsecs", START_SECONDS);
	long long retries = number_of(s, "startretries", RETRIES);
	bool some = value_boolean(how) == VALUE_WRONG;

	draft_set(&s->draft, source_item(s, "startsecs"), ".settle", "%s",
	          value_ms(start * 1000));
	if (value_boolean(how) == 0) {
		draft_set(&s->draft, it, ".retry", "RETRY_NEVER");
		return;
	}
	draft_set(&s->draft, it, ".retry", "RETRY_DOUBLING(.after = SECONDS(1),"
	          " .attempts = %lld%s)", retries + 1 <= 1000 ? retries + 1 : 0,
	          some ? ", .on_failure_only = true" : "");
	draft_set(&s->draft, NULL, ".healthy", "%s",
	          value_ms(start > 0 ? start * 1000 : 1));
	if (codes == NULL || text_same(codes->value, "0") || !some) {
		if (codes != NULL)
			draft_carry(&s->draft, codes);
		return;
	}
	if (word_known(".success"))
		map_codes(s, codes);
}

static void map_stop(struct source *s)
{
	struct item *it = source_item(s, "stopsignal");
	struct item *group = source_item(s, "stopasgroup");
	struct item *kill = source_item(s, "killasgroup");
	int n = it != NULL ? value_signal(it->value) : VALUE_WRONG;

	if (n != VALUE_WRONG)
		draft_set(&s->draft, it, ".stop", "SIGNAL(%s)",
		          value_signal_c(n));
	draft_set(&s->draft, source_item(s, "stopwaitsecs"), ".max_stop", "%s",
	          value_ms(1000 * number_of(s, "stopwaitsecs", STOP_SECONDS)));
	if (group != NULL)
		draft_drop(&s->draft, group, "a stop is for the process group");
	if (kill != NULL)
		draft_drop(&s->draft, kill, "a kill is for the process group");
}

/* --- Output */

static bool is_console(const char *path)
{
	return text_starts(path, "/dev/std") || text_starts(path, "/dev/fd/");
}

static bool has_bound(const struct source *s, const char *key)
{
	const struct item *it = source_item(s, key);

	return it == NULL || !text_same(it->value, "0");
}

/* Where one of the two goes, as C; NULL: a decision that is in the draft. */
static const char *output(struct source *s, struct item *it, const char *bound)
{
	const char *path = it != NULL ? it->value : "AUTO";
	bool open = false;

	if (text_same(path, "NONE") || text_same(path, "none"))
		return "LOG_NONE";
	if (text_same(path, "AUTO") || text_same(path, "auto") ||
	    is_console(path))
		return "LOG_INHERIT";
	path = expand(s, path, 0, &open);
	if (*path != '/' || open)
		draft_decide(&s->draft, it, "write .log with an absolute path");
	else if (has_bound(s, bound))
		draft_decide(&s->draft, it, "Supervisor turns this file by size"
		             ": write LOG_TO(a logger), or LOG_FILE() and turn "
		             "it by logrotate(8)");
	else
		return text_of("LOG_FILE(%s, .mode = 0644)", text_quoted(path));
	return NULL;
}

static void map_output(struct source *s)
{
	struct item *out = source_item(s, "stdout_logfile");
	struct item *err = source_item(s, "stderr_logfile");
	struct item *same = source_item(s, "redirect_stderr");
	const char *log = output(s, out, "stdout_logfile_maxbytes"), *errors;

	if (log != NULL)
		draft_set(&s->draft, out, ".log", "%s", log);
	if (same != NULL)
		draft_carry(&s->draft, same);
	if (same != NULL && value_boolean(same->value) == 1) {
		if (err != NULL)
			draft_drop(&s->draft, err, "redirect_stderr is on");
		return;
	}
	errors = output(s, err, "stderr_logfile_maxbytes");
	if (log == NULL || errors == NULL)
		return;
	if (text_same(errors, log)) {
		if (err != NULL)
			draft_carry(&s->draft, err);
	} else if (word_known(".errors"))
		draft_set(&s->draft, err, ".errors", "%s", errors);
	else if (err == NULL)
		draft_decide(&s->draft, out, "standard error goes elsewhere: "
		             "waits for .errors; until then write "
		             "redirect_stderr=true");
}

/* --- Attributes */

static void map_text(struct source *s, const char *key, const char *field)
{
	struct item *it = source_item(s, key);
	bool open = false;
	const char *value;

	if (it == NULL)
		return;
	value = expand(s, it->value, 0, &open);
	if (open || (text_same(field, ".chdir") && *value != '/'))
		draft_decide(&s->draft, it, "write %s", field);
	else
		draft_set(&s->draft, it, field, "%s", text_quoted(value));
}

static void map_program(struct source *s, long long copy)
{
	struct item *mask = source_item(s, "umask");
	struct item *start = source_item(s, "autostart");
	long long bits;

	map_command(s, copy);
	if (start != NULL)
		draft_set(&s->draft, start, ".target", "%s",
		          value_boolean(start->value) == 0 ? "DOWN" : "UP");
	map_retry(s);
	map_stop(s);
	map_output(s);
	map_text(s, "directory", ".chdir");
	map_text(s, "user", ".user");
	if (mask != NULL && value_number(mask->value, 8, 0, 0777, &bits))
		draft_set(&s->draft, mask, ".umask", "0%llo", bits);
	source_finish(s, rests, RESTS);
}

/* --- The file */

static void copy_items(struct source *to, const struct items *all,
                       const char *section)
{
	for (size_t i = 0; i < all->count; i++)
		if (text_same(all->item[i].section, section))
			items_add(&to->items, &all->item[i]);
}

static void add_program(struct sources *s, const struct items *all,
                        const char *section)
{
	const char *name = text_trim(strchr(section, ':') + 1);
	struct item *copies = items_last(all, section, "numprocs");
	long long count = 1;

	if (copies != NULL &&
	    !value_number(copies->value, 10, 1, COPIES_MOST, &count))
		count = 1;
	for (long long i = 0; i < count; i++) {
		const char *own = count > 1 ? text_of("%s-%lld", name, i) : name;
		struct source *one = source_add(s, own, name,
		                                "Supervisor's default");

		copy_items(one, all, section);
		if (count > 1)
			draft_carry(&one->draft, source_item(one, "numprocs"));
		else if (source_item(one, "numprocs") != NULL && copies != NULL &&
		         text_same(copies->value, "1"))
			draft_carry(&one->draft, source_item(one, "numprocs"));
		map_program(one, i);
		one->draft.title = text_of("[%s]", section);
	}
}

static void add_group(struct sources *s, const struct items *all,
                      const char *section)
{
	struct item *it = items_last(all, section, "programs");
	struct source *one = source_add(s, text_trim(strchr(section, ':') + 1),
	                                section, "Supervisor's default");
	const char *at;

	copy_items(one, all, section);
	for (at = it != NULL ? it->value : ""; *at != '\0'; at += *at == ',') {
		size_t size = strcspn(at, ",");

		draft_list(&one->draft, source_item(one, "programs"),
		           ".members", text_trim(text_part(at, at + size)));
		at += size;
	}
	source_finish(one, rests, RESTS);
}

static void add_other(struct sources *s, const struct items *all,
                      const char *path, const char *section)
{
	static const char *const ours[] = {
		"supervisord", "supervisorctl", "unix_http_server",
		"inet_http_server", "ctlplugin:",
	};
	struct source *one;

	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		if (text_starts(section, ours[i]))
			return;
	if (text_starts(section, "rpcinterface:"))
		return;
	one = source_add(s, text_of("%s", section), path,
	                 "Supervisor's default");
	copy_items(one, all, section);
	draft_decide(&one->draft, NULL, "%s: [%s]: %s", path, section,
	             text_same(section, "include")
	                     ? "give these files, too"
	                     : "there is nothing like it: write it by hand");
	for (size_t i = 0; i < one->items.count; i++)
		draft_drop(&one->draft, &one->items.item[i],
		           "belongs to a section that has to be decided");
}

/* Adds the programs of a file. Of two sections with one name, the settings of
 * the later one count. */
void supervisor_map(struct sources *s, const char *path,
                    const struct items *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const char *section = all->item[i].section;
		size_t before = 0;

		while (!text_same(all->item[before].section, section))
			before++;
		if (before < i)
			continue;
		if (text_starts(section, "program:"))
			add_program(s, all, section);
		else if (text_starts(section, "group:"))
			add_group(s, all, section);
		else
			add_other(s, all, path, section);
	}
}
