/* SPDX-License-Identifier: MIT */
/* The command line: options, the command's row of verb.def, and the result of
 * its function. Knows no service. */
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/change/change.h"
#include "conctl/complete.h"
#include "conctl/habit.h"
#include "conctl/help.h"
#include "conctl/machine/machine.h"
#include "conctl/session/session.h"
#include "conctl/show/show.h"
#include "conctl/upgrade/upgrade.h"
#include "model/halt.h"
#include "model/table.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"
#include "sys/start.h"

enum { COLUMNS_MAX = 10000 };

typedef int verb_run(const struct order *o);

/* The functions are named here, where they are called: so the compiler sees
 * which functions can be called, and the stack has a bound (t/stack-bound). */
static verb_run *const functions[VERBS] = {
#define VERB(name, group, options, arguments, least, most, reaches, run,      \
             detail, help)                                                    \
	run,
#include "conctl/verb.def"
#undef VERB
};

static int usage_error(const struct verb *v)
{
	usage_line(&out_report, v);
	if (v == NULL)
		out_text(&out_report, "conctl help lists the commands\n");
	return EXIT_USAGE;
}

/* Options may stand anywhere; -- ends them. The other words are moved to the
 * start of argv: the command and its names. */
struct line {
	struct order order;
	size_t row;                 /* of verbs, if order.verb is set */
	char **argv;
	int argc, at;
	bool ended;                 /* by -- */
};

static int unknown_option(const struct line *l, char letter)
{
	const char option[] = { '-', letter, '\0' };
	const struct verb *v = l->order.verb;

	if (v == NULL && habit_explain(option))
		return EXIT_USAGE;
	complain(v != NULL ? v->name : "", v != NULL ? ": " : "",
	         "unknown option ", option,
	         v == NULL ? "; options of a command stand behind its name"
	                   : "",
	         NULL);
	return usage_error(v);
}

/* The rest of this word, or the next word. */
static const char *option_value(struct line *l, const char **rest)
{
	const char *text = *rest;

	*rest = "";
	if (*text != '\0')
		return text;
	return l->at < l->argc ? l->argv[l->at++] : NULL;
}

static int option_needs(char letter, const char *wants)
{
	const char option[] = { '-', letter, '\0' };

	complain("option ", option, " needs ", wants, NULL);
	return EXIT_USAGE;
}

static int take_timeout(struct order *o, const char *text)
{
	uint64_t ms;

	if (text == NULL || !time_parse(text, &ms))
		return option_needs('t', "a number of SECONDS");
	o->timed = true;
	o->timeout = text;
	o->deadline_ms = clock_now_ms() + ms;
	return 0;
}

static int take_interval(struct order *o, const char *text)
{
	return text != NULL && time_parse(text, &o->interval_ms) &&
	                       o->interval_ms > 0
	               ? 0
	               : option_needs('d', "a number of SECONDS");
}

static int take_at_once(struct order *o, const char *text)
{
	uint64_t number;

	if (text == NULL || !text_to_number(text, UINT32_MAX, &number) ||
	    number == 0)
		return option_needs('A', "a number of services");
	o->rolling = true;
	o->at_once = (uint32_t)number;
	return 0;
}

static int take_sort(struct order *o, const char *text)
{
	o->sort = text;
	return text != NULL ? 0 : option_needs('s', "an ORDER");
}

static int take_moment(const char **moment, char letter, const char *text)
{
	*moment = text;
	return text != NULL ? 0 : option_needs(letter, "a TIME");
}

static int take_lines(struct order *o, const char *text)
{
	o->lines_given = true;
	return text != NULL && text_to_number(text, INT64_MAX, &o->lines)
	               ? 0
	               : option_needs('n', "a COUNT of lines");
}

static int take_level(struct order *o, const char *text)
{
	o->level = text;
	return text != NULL ? 0 : option_needs('L', "a LEVEL");
}

static int take_pid(struct order *o, const char *text)
{
	uint64_t number;

	o->locator.pid = text;
	return text != NULL && find_is_pid(text, &number)
	               ? 0
	               : option_needs('p', "a process id");
}

/* After help or the version the rest of the line is not looked at. */
static _Noreturn void finish(void)
{
	sys_exit(out_flush(&out_result) < 0 ? EXIT_MISSED : EXIT_DONE);
}

static int take_flag(struct order *o, char letter)
{
	o->json |= letter == 'j';
	o->quiet |= letter == 'q';
	o->waits |= letter == 'w';
	o->follows |= letter == 'f';
	o->lenient |= letter == 'i';
	o->itself |= letter == '1';
	o->failed |= letter == 'F';
	o->tries |= letter == 'n';
	o->rolling |= letter == 'R';
	o->classic |= letter == 'c';
	o->batch |= letter == 'b';
	return 0;
}

/* One that not every command takes. */
static int take_own_option(struct line *l, char letter, const char **rest)
{
	struct order *o = &l->order;

	switch (letter) {
	case 't':
		return take_timeout(o, option_value(l, rest));
	case 'd':
		return take_interval(o, option_value(l, rest));
	case 'A':
		return take_at_once(o, option_value(l, rest));
	case 's':
		return take_sort(o, option_value(l, rest));
	case 'S':
		return take_moment(&o->since, letter, option_value(l, rest));
	case 'N':
		return take_lines(o, option_value(l, rest));
	case 'L':
		return take_level(o, option_value(l, rest));
	case 'U':
		return take_moment(&o->until, letter, option_value(l, rest));
	default:
		return take_flag(o, letter);
	}
}

static int take_option(struct line *l, char letter, const char **rest)
{
	struct order *o = &l->order;

	if (letter == 'n' && verb_takes(o->verb, 'N'))
		letter = 'N';       /* as tail(1) has it */
	switch (letter) {
	case 'p':
		return take_pid(o, option_value(l, rest));
	case 'l':
		o->locator.lock_file = option_value(l, rest);
		return o->locator.lock_file != NULL ? 0
		               : option_needs('l', "a FILE");
	case 'h':
		help_about(o->verb);
		finish();
	case 'j':
	case 'q':
		return take_flag(o, letter);
	default:
		return verb_takes(o->verb, letter)
		               ? take_own_option(l, letter, rest)
		               : unknown_option(l, letter);
	}
}

static int take_long_option(struct line *l, const char *word)
{
	const struct option *row = option_find(word);
	const char *value = "";

	if (row != NULL) {
		/* What stands behind =, if it does. */
		value = word + text_length(row->word);
		value += *value == '=';
		return take_option(l, row->letter, &value);
	}
	if (text_equal(word, "--version")) {
		(void)version_run(&l->order);
		finish();
	}
	complain("unknown option ", word, NULL);
	return usage_error(l->order.verb);
}

static int take_options(struct line *l, const char *word)
{
	int code = 0;

	if (word[1] == '-' && word[2] != '\0')
		return take_long_option(l, word);
	l->ended = word[1] == '-';
	for (word++; code == 0 && !l->ended && *word != '\0';) {
		char letter = *word++;

		code = take_option(l, letter, &word);
	}
	return code;
}

/* As service(8) and rc-service(8) have it: the service, then the command. */
static bool is_turned_round(const struct line *l, const char *word)
{
	size_t k = l->at < l->argc ? verb_find(l->argv[l->at]) : VERBS;

	if (k == VERBS || !text_starts(verbs[k].arguments, "SERVICE") ||
	    !table_is_name(word))
		return false;
	complain("the command stands first: conctl ", verbs[k].name, " ", word,
	         NULL);
	return true;
}

/* A word of another service manager that means the same. Its argument, if it
 * has one, takes the place of the word itself. False: it is none. */
static bool take_habit(struct line *l, const char *word)
{
	const char *argument, *command = habit_takes(word, &argument);

	if (command == NULL)
		return false;
	l->row = verb_find(command);
	if (argument != NULL)
		l->order.names[l->order.count++] = (char *)(uintptr_t)argument;
	return l->row < VERBS;
}

static int take_command(struct line *l, const char *word)
{
	l->row = verb_find(word);
	if (l->row == VERBS && !take_habit(l, word))
		return is_turned_round(l, word) ? EXIT_USAGE
		                                : unknown_command(word);
	l->order.verb = &verbs[l->row];
	/* The words of another line follow, with its options. */
	l->ended |= l->order.verb->group == GROUP_HIDDEN;
	return 0;
}

static int check_count(const struct order *o)
{
	const struct verb *v = o->verb;

	if (v == NULL) {
		complain("no command is given", NULL);
		return usage_error(NULL);
	}
	if ((int64_t)o->count >= v->least && (int64_t)o->count <= v->most)
		return 0;
	complain(v->name, ": ",
	         (int64_t)o->count < v->least ? "too few arguments"
	                                      : "too many arguments",
	         NULL);
	return usage_error(v);
}

static int line_parse(struct line *l)
{
	int code = 0;

	l->order.names = l->argv;
	while (code == 0 && l->at < l->argc) {
		char *word = l->argv[l->at++];

		if (!l->ended && word[0] == '-' && word[1] != '\0')
			code = take_options(l, word);
		else if (l->order.verb == NULL)
			code = take_command(l, word);
		else
			l->order.names[l->order.count++] = word;
	}
	return code != 0 ? code : check_count(&l->order);
}

/* The value behind NAME= in the environment, if it is not empty. */
static const char *variable(char **envp, const char *name)
{
	for (; *envp != NULL; envp++)
		if (text_starts(*envp, name) &&
		    (*envp)[text_length(name)] != '\0')
			return *envp + text_length(name);
	return NULL;
}

/* Are characters written in UTF-8? The first of these variables that is set
 * says it, behind its dot (locale(7)): C.UTF-8, de_DE.utf8@euro … */
static bool is_utf8(char **envp)
{
	static const char *const names[] = { "LC_ALL=", "LC_CTYPE=", "LANG=" };
	const char *value = NULL;

	for (size_t k = 0; k < 3 && value == NULL; k++)
		value = variable(envp, names[k]);
	for (; value != NULL && *value != '\0'; value++)
		if (text_starts(value, ".UTF-8") ||
		    text_starts(value, ".utf8") ||
		    text_starts(value, ".UTF8") ||
		    text_starts(value, ".utf-8"))
			return true;
	return false;
}

static void take_environment(struct order *o, char **envp)
{
	const char *term = variable(envp, "TERM=");
	const char *columns = variable(envp, "COLUMNS=");
	uint64_t width;

	o->locator.envp = envp;
	o->locator.env_pid = variable(envp, "CONNATE_PID=");
	o->locator.env_lock_file = variable(envp, "CONNATE_LOCK_FILE=");
	o->plain = variable(envp, "NO_COLOR=") != NULL ||
	           (term != NULL && text_equal(term, "dumb"));
	o->utf8 = is_utf8(envp);
	if (columns != NULL && text_to_number(columns, COLUMNS_MAX, &width))
		o->columns = (uint32_t)width;
}

static int line_run(const struct line *l)
{
	const struct order *o = &l->order;

	out_result.muted = out_report.muted = o->quiet;
	if (verbs[l->row].reaches && session_open(&o->locator) < 0)
		return EXIT_UNREACHABLE;
	return functions[l->row](o);
}

/* A reader that goes away is to be an error of write(2), not a signal. */
static void ignore_pipe_signal(void)
{
	uint64_t set = SIGNAL_BIT(SIGPIPE);

	(void)sys_sigprocmask(SIG_BLOCK, &set, NULL);   /* it cannot fail */
}

static int conctl_main(struct line *l, char **envp)
{
	int code;

	l->order.deadline_ms = NEVER_MS;
	take_environment(&l->order, envp);
	code = line_parse(l);
	return code == 0 ? line_run(l) : code;
}

/* The program conctl, or the applet that it is called by. Returns its exit
 * code: EXIT_MISSED if standard output cannot be written. */
int main(int argc, char **argv, char **envp)
{
	struct line line = { .argv = argv, .argc = argc, .at = 1 };
	struct digits d;
	int code;

	ignore_pipe_signal();
	if (!applet_main(argc, argv, &code))
		code = conctl_main(&line, envp);
	(void)out_flush(&out_report);   /* there is no other way to report */
	/* A reader that stops reading, as head(1) does, is no failure. */
	if (out_flush(&out_result) == 0 || out_result.error == -EPIPE)
		return code;
	complain("cannot write: ", text_error(&d, out_result.error), NULL);
	return EXIT_MISSED;
}
