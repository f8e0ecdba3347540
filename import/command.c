/* SPDX-License-Identifier: MIT */
/* Commands: words, what becomes of variables in them, and how they are written.
 *
 * systemd takes quotes away first. Then a word that begins with $ is a variable,
 * whatever else stands in it, and becomes as many words as its value has; ${A}
 * is replaced anywhere, and stays one word. */
#include <ctype.h>
#include <string.h>

#include "import/command.h"
#include "import/memory.h"
#include "import/text.h"
#include "import/value.h"

void command_add(struct commands *to, const struct command *c)
{
	size_t size = sizeof(struct command);

	if (to->count == to->room) {
		size_t room = to->room * 2 + 4;

		to->command = memory_grow(to->command, to->count * size,
		                          room * size);
		to->room = room;
	}
	to->command[to->count++] = *c;
}

static const char *read_prefixes(struct command *c, const char *word,
                                 bool *named)
{
	for (; *word != '\0' && strchr("@-:+!", *word); word++) {
		c->fails = c->fails && *word != '-';
		c->literal = c->literal || *word == ':';
		c->root = c->root || *word == '+' || *word == '!';
		*named = *named || *word == '@';
	}
	return word;
}

static const char *open_specifier(char open)
{
	return text_of("%%%c is known only on the running machine: write its "
	               "value", open);
}

/* The words up to a ; of its own, or the end. */
static const char *read_words(struct command *c, const char **at,
                              const struct naming *n)
{
	bool bare, wrong = false, named = false;
	const char *word;
	char open = '\0';

	while ((word = split_unit(at, &bare, &wrong)) != NULL) {
		if (bare && text_same(word, ";"))
			break;
		if (bare && text_same(word, "\\;"))
			word = ";";
		if (c->words.count == 0 && c->argv0 == NULL && !named) {
			word = read_prefixes(c, word, &named);
			if (*word == '\0')
				return "there is no program";
		}
		word = specifier_replace(n, word, &open);
		if (named && c->words.count == 1 && c->argv0 == NULL)
			c->argv0 = word;
		else
			words_add(&c->words, word);
	}
	if (wrong)
		return "a quote is not closed: systemd does not load the unit";
	return open != '\0' ? open_specifier(open) : NULL;
}

const char *command_read(struct commands *to, struct item *it,
                         const struct naming *n)
{
	const char *at = it->value, *wrong;

	while (*(at += strspn(at, " \t\r\n")) != '\0') {
		struct command c = { .it = it, .fails = true };

		wrong = read_words(&c, &at, n);
		if (wrong != NULL)
			return wrong;
		if (c.words.count == 0)
			continue;
		if (*c.words.word[0] != '/' &&
		    strchr(c.words.word[0], '/') != NULL)
			return "the program has no absolute path: systemd does "
			       "not load the unit";
		command_add(to, &c);
	}
	return NULL;
}

static const struct item *variable(const struct variables *v, const char *name)
{
	return items_last(&v->set, "", name);
}

static bool is_name(const char *s)
{
	if (!isalpha((unsigned char)*s) && *s != '_')
		return false;
	while (isalnum((unsigned char)*s) || *s == '_')
		s++;
	return *s == '\0';
}

/* Set only when the command runs, so that a shell has to replace it. */
static bool is_open(const struct variables *v, const char *name)
{
	if (!is_name(name))
		return false;
	if (text_same(name, "MAINPID"))
		return v->main_pid != PID_NONE;
	if (text_same(name, "SERVICE_RESULT") ||
	    text_same(name, "EXIT_CODE") || text_same(name, "EXIT_STATUS"))
		return v->ended;
	return v->open;
}

/* What is made of a command: words, or the text of a shell. */
struct made {
	struct words words;     /* each as it is */
	struct text shell;      /* the same as a command line */
	bool needs_shell, splits;
};

static void made_word(struct made *m, const char *word)
{
	words_add(&m->words, word);
	if (m->shell.size > 0)
		text_char(&m->shell, ' ');
	text_shell(&m->shell, word);
}

static void made_shell(struct made *m, const char *text)
{
	if (m->shell.size > 0)
		text_char(&m->shell, ' ');
	text_put(&m->shell, text);
	m->needs_shell = true;
}

/* The value of a variable as words: quotes in it are honoured. */
static void made_split(struct made *m, const char *value)
{
	bool bare, wrong = false;
	const char *word;

	while ((word = split_unit(&value, &bare, &wrong)) != NULL)
		made_word(m, word);
}

/* A word that begins with $: a variable of that name, however odd. */
static void made_variable(struct made *m, const struct variables *v,
                          const char *name)
{
	const struct item *it = variable(v, name);

	if (is_open(v, name)) {
		made_shell(m, text_of("$%s", name));
		m->splits = true;
	} else if (it != NULL)
		made_split(m, it->value);
}

static void add_literal(struct text *shell, struct text *plain, char c)
{
	text_char(plain, c);
	if (strchr("\"$`\\", c) != NULL)
		text_char(shell, '\\');
	text_char(shell, c);
}

/* The end of ${A}, if it stands here; or NULL. */
static const char *braced(const char *s)
{
	const char *end;

	if (*s != '$' || s[1] != '{' || isdigit((unsigned char)s[2]))
		return NULL;
	end = s + 2;
	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	return *end == '}' && end > s + 2 ? end : NULL;
}

/* A word with ${A} or $$ in it, which stays one. */
static void made_mixed(struct made *m, const struct variables *v,
                       const char *word)
{
	struct text shell = { 0 }, plain = { 0 };
	bool open = false;

	for (const char *s = word; *s != '\0'; s++) {
		const char *end = braced(s), *name;
		const struct item *it;

		if (*s == '$' && s[1] == '$')
			add_literal(&shell, &plain, *s++);
		else if (end != NULL) {
			name = text_part(s + 2, end);
			it = variable(v, name);
			if (is_open(v, name)) {
				text_format(&shell, "${%s}", name);
				open = true;
			} else
				for (name = it != NULL ? it->value : "";
				     *name != '\0'; name++)
					add_literal(&shell, &plain, *name);
			s = end;
		} else
			add_literal(&shell, &plain, *s);
	}
	if (open)
		made_shell(m, text_of("\"%s\"", text_end(&shell)));
	else
		made_word(m, text_end(&plain));
}

static void made_argument(struct made *m, const struct variables *v,
                          const char *word)
{
	if (*word == '$' && word[1] != '{' && word[1] != '$')
		made_variable(m, v, word + 1);
	else if (strchr(word, '$') != NULL)
		made_mixed(m, v, word);
	else
		made_word(m, word);
}

static bool needs_env(const struct command *c, const struct variables *v)
{
	return (v->wrap && v->set.count > 0) || *c->words.word[0] != '/';
}

static struct made command_make(const struct command *c,
                                const struct variables *v)
{
	struct made m = { 0 };

	if (c->shell != NULL) {
		made_shell(&m, c->shell);
		return m;
	}
	if (needs_env(c, v))
		made_word(&m, "/usr/bin/env");
	for (size_t i = 0; v->wrap && i < v->set.count; i++)
		made_word(&m, text_of("%s=%s", v->set.item[i].key,
		                      v->set.item[i].value));
	if (c->argv0 != NULL) {
		made_word(&m, "/bin/bash");
		made_word(&m, "-c");
		made_word(&m, "exec -a \"$0\" \"$@\"");
		made_word(&m, c->argv0);
	}
	made_word(&m, c->words.word[0]);
	for (size_t i = 1; i < c->words.count; i++)
		if (c->literal)
			made_word(&m, c->words.word[i]);
		else
			made_argument(&m, v, c->words.word[i]);
	return m;
}

static const char *exec_c(const struct words *w)
{
	struct text t = { 0 };

	text_put(&t, "EXEC(");
	for (size_t i = 0; i < w->count; i++) {
		if (i > 0)
			text_put(&t, ", ");
		text_c(&t, w->word[i]);
	}
	text_put(&t, ")");
	return text_end(&t);
}

/* What the shell does before. */
static const char *shell_before(const struct variables *v, const char *line,
                                bool splits)
{
	bool asks = v->main_pid == PID_ASKED &&
	            (strstr(line, "$MAINPID") || strstr(line, "${MAINPID}"));

	return text_of("%s%s", splits ? "set -f; " : "",
	               asks ? "MAINPID=$(conctl pid \"$CONNATE_SERVICE\") || "
	                      "exit; "
	                    : "");
}

static const char *shell_c(const struct variables *v, const char *exec,
                           const char *line, bool splits)
{
	return text_of("SHELL(%s)", text_quoted(text_of(
		"%s%s%s", shell_before(v, line, splits), exec, line)));
}

const char *command_c(const struct command *c, const struct variables *v)
{
	struct made m = command_make(c, v);

	if (!m.needs_shell)
		return exec_c(&m.words);
	return shell_c(v, c->shell == NULL ? "exec " : "", text_end(&m.shell), m.splits);
}

const char *commands_c(const struct commands *all, const struct variables *v,
                       bool always)
{
	struct text t = { 0 };
	bool splits = false;

	if (all->count == 1 && (all->command[0].fails || always))
		return command_c(&all->command[0], v);
	for (size_t i = 0; i < all->count; i++) {
		const struct command *c = &all->command[i];
		struct made m = command_make(c, v);
		bool fails = c->fails && !always;

		if (i > 0)
			text_put(&t, always ? "; " : " && ");
		text_format(&t, fails || always ? "%s" : "{ %s || :; }",
		            text_end(&m.shell));
		splits = splits || m.splits;
	}
	return shell_c(v, "", text_end(&t), splits);
}

bool command_uses(const struct command *c, const char *name)
{
	const char *bare = text_of("$%s", name), *brace = text_of("${%s}", name);

	for (size_t i = 1; i < c->words.count && !c->literal; i++)
		if (text_same(c->words.word[i], bare) ||
		    strstr(c->words.word[i], brace) != NULL)
			return true;
	return false;
}

/* kill -HUP $MAINPID, kill -s HUP $MAINPID; with SIG, or by number. */
int command_kill(const struct command *c)
{
	const char *const *w = c->words.word;
	size_t n = c->words.count;
	const char *name = NULL;

	if (n < 2 || !text_same(text_base(w[0]), "kill") ||
	    !command_uses(c, "MAINPID") || !*w[n - 1] || w[n - 1][0] != '$')
		return VALUE_WRONG;
	if (n == 2)
		name = "TERM";
	else if (n == 3 && w[1][0] == '-')
		name = w[1] + 1 + (text_starts(w[1], "-s") && w[1][2] != '\0');
	else if (n == 4 && (text_same(w[1], "-s") || text_same(w[1], "-n") ||
	                    text_same(w[1], "--signal")))
		name = w[2];
	return name != NULL ? value_signal(name) : VALUE_WRONG;
}
