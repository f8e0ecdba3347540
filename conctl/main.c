/* SPDX-License-Identifier: MIT */
/* The command line: options, the command's row of verb.def, and what comes
 * of it. Knows no service. */
#include "conctl/conctl.h"
#include "sys/call.h"
#include "sys/start.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

enum { ALONE = false, REACH = true, MANY = INT32_MAX, NAME_WIDTH = 11 };

static const struct verb verbs[] = {
#define VERB(name, options, arguments, least, most, reaches, run, detail, \
             help)                                                        \
	{ name, options, arguments, least, most, reaches, run, detail, help },
#include "conctl/verb.def"
#undef VERB
};

enum { VERBS = sizeof(verbs) / sizeof(verbs[0]) };

static void usage_line(struct out *out, const struct verb *v)
{
	out_texts(out, "usage: conctl [-q] [-p PID | -l LOCKFILE] ",
	          v != NULL ? v->name : "COMMAND",
	          v == NULL || v->arguments[0] != '\0' ? " " : "",
	          v != NULL ? v->arguments : "[ARGUMENT...]", "\n", NULL);
}

static int misused(const struct verb *v)
{
	usage_line(&out_report, v);
	if (v == NULL)
		out_text(&out_report, "conctl help lists the commands\n");
	return EXIT_USAGE;
}

int version_run(const struct order *o)
{
	(void)o;
	out_text(&out_result, "conctl " VERSION "\n");
	return EXIT_DONE;
}

/* VERBS if there is none of that name. */
static size_t verb_find(const char *name)
{
	size_t k = 0;

	while (k < VERBS && !text_equal(verbs[k].name, name))
		k++;
	return k;
}

static int unknown_command(const char *name)
{
	const char *other = NULL;

	for (size_t k = 0; k < VERBS && other == NULL; k++)
		if (near(name, verbs[k].name))
			other = verbs[k].name;
	if (other != NULL)
		complain("unknown command '", name, "'; did you mean '", other,
		         "'?", NULL);
	else
		complain("unknown command '", name, "'", NULL);
	return misused(NULL);
}

static void help_line(const char *name, const char *help)
{
	size_t length = text_length(name);

	out_texts(&out_result, "  ", name, NULL);
	out_spaces(&out_result,
	           length < NAME_WIDTH ? (uint32_t)(NAME_WIDTH - length) : 1);
	out_texts(&out_result, help, "\n", NULL);
}

static void help_all(void)
{
	usage_line(&out_result, NULL);
	out_text(&out_result, "\ncommands:\n");
	for (size_t k = 0; k < VERBS; k++)
		help_line(verbs[k].name, verbs[k].help);
	out_text(&out_result, "\noptions:\n");
	help_line("-p PID", "the connate with this process id");
	help_line("-l FILE", "the connate that holds this lock file");
	help_line("-q", "print nothing but errors");
	help_line("-w", "wait until the services are there");
	help_line("-t SECONDS", "give up waiting then, with exit code 124");
	out_text(&out_result,
	         "\nWithout -p and -l: $CONNATE_PID, $CONNATE_LOCK_FILE, the "
	         "configured lock\nfile, process 1. conctl help COMMAND tells "
	         "how that is used.\n");
}

int help_run(const struct order *o)
{
	size_t k;

	if (o->count == 0) {
		help_all();
		return EXIT_DONE;
	}
	k = verb_find(o->names[0]);
	if (k == VERBS)
		return unknown_command(o->names[0]);
	usage_line(&out_result, &verbs[k]);
	out_texts(&out_result, verbs[k].help, "\n", NULL);
	return EXIT_DONE;
}

/* Parsing. Options may stand anywhere; -- ends them. What is left of argv is
 * moved to its start: the command and its names. */
struct line {
	struct order order;
	size_t row;                 /* of verbs, if order.verb is set */
	char **argv;
	int argc, at;
	bool ended;                 /* by -- */
};

static bool allowed(const struct verb *v, char letter)
{
	for (const char *o = v != NULL ? v->options : ""; *o != '\0'; o++)
		if (*o == letter)
			return true;
	return false;
}

static int misplaced(const struct line *l, char letter)
{
	const char option[] = { '-', letter, '\0' };
	const struct verb *v = l->order.verb;

	complain(v != NULL ? v->name : "", v != NULL ? ": " : "",
	         "unknown option ", option, NULL);
	return misused(v);
}

/* The rest of this word, or the next word. */
static const char *value(struct line *l, const char **rest)
{
	const char *text = *rest;

	*rest = "";
	if (*text != '\0')
		return text;
	return l->at < l->argc ? l->argv[l->at++] : NULL;
}

static int no_value(char letter, const char *wants)
{
	const char option[] = { '-', letter, '\0' };

	complain("option ", option, " needs ", wants, NULL);
	return EXIT_USAGE;
}

static int timeout(struct order *o, const char *text)
{
	uint64_t ms;

	if (text == NULL || !moment_parse(text, &ms))
		return no_value('t', "a number of SECONDS");
	o->timed = true;
	o->timeout = text;
	o->deadline_ms = now_ms() + ms;
	return 0;
}

static int pid(struct order *o, const char *text)
{
	uint64_t number;

	o->place.pid = text;
	return text != NULL && find_is_pid(text, &number)
	               ? 0
	               : no_value('p', "a process id");
}

static int option(struct line *l, char letter, const char **rest)
{
	struct order *o = &l->order;

	switch (letter) {
	case 'p':
		return pid(o, value(l, rest));
	case 'l':
		o->place.lock_file = value(l, rest);
		return o->place.lock_file != NULL ? 0
		                                  : no_value('l', "a FILE");
	case 'q':
		out_result.muted = true;
		return 0;
	case 'h':
		help_all();
		sys_exit(out_flush(&out_result) < 0 ? EXIT_MISSED : EXIT_DONE);
	case 'j':
		complain("-j (JSON) is not supported by this version", NULL);
		return EXIT_USAGE;
	case 'w':
		o->waits = true;
		return allowed(o->verb, 'w') ? 0 : misplaced(l, 'w');
	case 't':
		return allowed(o->verb, 't') ? timeout(o, value(l, rest))
		                             : misplaced(l, 't');
	default:
		return misplaced(l, letter);
	}
}

static int options(struct line *l, const char *word)
{
	int code = 0;

	if (text_equal(word, "--help"))
		word = "-h";
	if (text_equal(word, "--version")) {
		(void)version_run(&l->order);
		sys_exit(out_flush(&out_result) < 0 ? EXIT_MISSED : EXIT_DONE);
	}
	if (word[1] == '-' && word[2] != '\0') {
		complain("unknown option ", word, NULL);
		return misused(l->order.verb);
	}
	l->ended = word[1] == '-';
	for (word++; code == 0 && !l->ended && *word != '\0';) {
		char letter = *word++;

		code = option(l, letter, &word);
	}
	return code;
}

static int command(struct line *l, const char *word)
{
	l->row = verb_find(word);
	if (l->row == VERBS)
		return unknown_command(word);
	l->order.verb = &verbs[l->row];
	return 0;
}

static int counted(const struct order *o)
{
	const struct verb *v = o->verb;

	if (v == NULL) {
		complain("no command is given", NULL);
		return misused(NULL);
	}
	if ((int64_t)o->count >= v->least && (int64_t)o->count <= v->most)
		return 0;
	complain(v->name, ": ",
	         (int64_t)o->count < v->least ? "too few arguments"
	                                      : "too many arguments",
	         NULL);
	return misused(v);
}

static int parse(struct line *l)
{
	int code = 0;

	l->order.names = l->argv;
	while (code == 0 && l->at < l->argc) {
		char *word = l->argv[l->at++];

		if (!l->ended && word[0] == '-' && word[1] != '\0')
			code = options(l, word);
		else if (l->order.verb == NULL)
			code = command(l, word);
		else
			l->order.names[l->order.count++] = word;
	}
	return code != 0 ? code : counted(&l->order);
}

/* What follows NAME= in the environment, if that is not empty. */
static const char *variable(char **envp, const char *name)
{
	for (; *envp != NULL; envp++)
		if (text_starts(*envp, name) &&
		    (*envp)[text_length(name)] != '\0')
			return *envp + text_length(name);
	return NULL;
}

static void environment(struct order *o, char **envp)
{
	const char *term = variable(envp, "TERM=");

	o->place.env_pid = variable(envp, "CONNATE_PID=");
	o->place.env_lock_file = variable(envp, "CONNATE_LOCK_FILE=");
	o->plain = variable(envp, "NO_COLOR=") != NULL ||
	           (term != NULL && text_equal(term, "dumb"));
}

/* The table is named here, where it is called through: so it can be seen who
 * may be called, and how deep the stack can get. */
static int run(const struct line *l)
{
	const struct order *o = &l->order;

	if (verbs[l->row].reaches && session_open(&o->place) < 0)
		return EXIT_UNREACHABLE;
	return verbs[l->row].run(o);
}

/* A reader that goes away is an error of write(2), not a signal. */
static void ignore_pipe_signal(void)
{
	uint64_t set = SIGNAL_BIT(SIGPIPE);

	(void)sys_sigprocmask(SIG_BLOCK, &set, NULL);   /* it cannot fail */
}

int main(int argc, char **argv, char **envp)
{
	struct line line = { .argv = argv, .argc = argc, .at = 1 };
	struct digits d;
	int code;

	ignore_pipe_signal();
	line.order.deadline_ms = NEVER;
	environment(&line.order, envp);
	code = parse(&line);
	if (code == 0)
		code = run(&line);
	(void)out_flush(&out_report);   /* there is nobody left to tell */
	if (out_flush(&out_result) < 0) {
		complain("cannot write: ", text_error(&d, out_result.error),
		         NULL);
		return EXIT_MISSED;
	}
	return code;
}
