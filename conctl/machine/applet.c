/* SPDX-License-Identifier: MIT */
/* reboot, poweroff, halt, shutdown and telinit, as people have typed them for
 * decades, where conctl is called by that name. They are about the machine, so
 * they talk to process 1 and to nobody else. Knows no service. */
#include "conctl/conctl.h"
#include "sys/call.h"

/* Whose options. */
enum whose { ENDS, SHUTDOWN, TELINIT };

enum meaning {
	AS_IT_IS, HELP, VALUE, FORCE, NO_SYNC, NO_WALL, NOTHING, WARN, CANCEL,
	POWEROFF, HALT, REBOOT,
};

static const struct {
	char letter;
	const char *word;
	enum whose whose;
	enum meaning meaning;
} switches[] = {
#define SWITCH(letter, word, whose, meaning) { letter, word, whose, meaning },
#include "conctl/machine/switch.def"
#undef SWITCH
};

enum { SWITCHES = sizeof(switches) / sizeof(switches[0]) };

/* What was typed. */
struct typed {
	const char *name, *usage;
	enum whose whose;
	enum halt halt;
	uint32_t said;              /* set of enum meaning, a bit each */
	char **words;               /* what is no option */
	int count;
};

typedef int applet_run(struct typed *t);

static bool says(const struct typed *t, enum meaning meaning)
{
	return (t->said >> meaning & 1) != 0;
}

static int misused(const struct typed *t)
{
	out_texts(&out_report, "usage: ", t->name, " ", t->usage, "\n", NULL);
	return EXIT_USAGE;
}

static void mean(struct typed *t, enum meaning meaning)
{
	t->said |= 1u << meaning;
	if (meaning == POWEROFF)
		t->halt = HALT_POWEROFF;
	if (meaning == HALT)
		t->halt = HALT_HALT;
	if (meaning == REBOOT)
		t->halt = HALT_REBOOT;
}

/* The row of that letter, or without one of that word; or SWITCHES. */
static unsigned find(const struct typed *t, char letter, const char *word)
{
	unsigned k = 0;

	for (; k < SWITCHES; k++)
		if (switches[k].whose == t->whose &&
		    (letter != 0 ? switches[k].letter == letter
		                 : text_equal(switches[k].word, word)))
			break;
	return k;
}

static int unknown(const struct typed *t, const char *option)
{
	complain(t->name, ": unknown option ", option, NULL);
	return misused(t);
}

static int word(struct typed *t, const char *option)
{
	unsigned k = find(t, 0, option + 2);

	if (k == SWITCHES && !text_equal(option, "--help"))
		return unknown(t, option);
	mean(t, k == SWITCHES ? HELP : switches[k].meaning);
	return EXIT_DONE;
}

/* Several may stand together. The last may have a value, which is behind it or
 * the next word: *skips says so. */
static int letters(struct typed *t, const char *letter, bool *skips)
{
	for (; *letter != '\0' && !says(t, VALUE); letter++) {
		const char option[] = { '-', *letter, '\0' };
		unsigned k = find(t, *letter, NULL);

		if (k == SWITCHES)
			return unknown(t, option);
		mean(t, switches[k].meaning);
	}
	*skips = says(t, VALUE) && *letter == '\0';
	t->said &= ~(1u << VALUE);
	return EXIT_DONE;
}

static int parse(struct typed *t, int argc, char **argv)
{
	bool ended = false, skips = false;
	int code = EXIT_DONE;

	t->words = argv;
	for (int k = 1; code == EXIT_DONE && k < argc; k++) {
		if (skips)
			skips = false;
		else if (ended || argv[k][0] != '-' || argv[k][1] == '\0')
			t->words[t->count++] = argv[k];
		else if (text_equal(argv[k], "--"))
			ended = true;
		else if (argv[k][1] == '-')
			code = word(t, argv[k]);
		else
			code = letters(t, argv[k] + 1, &skips);
	}
	return code;
}

/* An order to process 1, as if it were conctl's own command of that name. */
static struct order order(const char *verb)
{
	static char *const none[] = { NULL };

	return (struct order){ .verb = &verbs[verb_find(verb)],
		               .deadline_ms = NEVER,
		               .place = { .pid = "1", .envp = none } };
}

static int reach(const struct order *o)
{
	return session_open(&o->place) < 0 ? EXIT_UNREACHABLE : EXIT_DONE;
}

static int end(enum halt halt)
{
	struct order o = order(halt_label[halt]);
	int code = reach(&o);

	return code == EXIT_DONE ? ask_end(&o, REQUEST_HALT, halt) : code;
}

/* Without asking anybody: services and file systems are as they are. */
static int force(const struct typed *t)
{
	struct digits d;
	int error;

	if (!says(t, NO_SYNC))
		sys_sync();
	error = sys_reboot(halt_command[t->halt]);
	complain(t->name, " -f: ", text_error(&d, error), NULL);
	return EXIT_MISSED;
}

static int end_run(struct typed *t)
{
	if (t->count > 0)
		return misused(t);
	if (says(t, NOTHING))
		return EXIT_DONE;
	return says(t, FORCE) ? force(t) : end(t->halt);
}

/* shutdown */

static void warn(const struct typed *t, const char *what, const char *more,
                 int first)
{
	if (says(t, NO_WALL))
		return;
	wall_begin(what, more);
	for (int k = first; k < t->count; k++)
		wall_add(t->words[k]);
	wall_end();
}

static int cancel(struct typed *t)
{
	struct order o = order("poweroff");
	union planned planned;
	int code = reach(&o);

	if (code != EXIT_DONE)
		return code;
	planned = session_planned();
	if (planned.halt == HALT_NONE) {
		complain("nothing is planned", NULL);
		return EXIT_DONE;
	}
	warn(t, "called off: ", halt_label[planned.halt], 0);
	return ask_nobody(&o, REQUEST_PLAN, 0);
}

static int plan(struct typed *t, uint64_t seconds)
{
	struct order o = order(halt_label[t->halt]);
	int code = reach(&o);

	if (code == EXIT_DONE)
		code = ask_nobody(&o, REQUEST_PLAN,
		                  (uint32_t)seconds << 8 | (uint32_t)t->halt);
	if (code != EXIT_DONE)
		return code;
	out_texts(&out_report, halt_label[t->halt], " in ", NULL);
	span_write(&out_report, seconds * 1000);
	out_text(&out_report, ", at ");
	time_write(&out_report, now_ms() + seconds * 1000, TIME_FULL);
	out_text(&out_report, "; shutdown -c calls it off\n");
	return EXIT_DONE;
}

static int shutdown_run(struct typed *t)
{
	const char *when = t->count > 0 ? t->words[0] : "+1";
	uint64_t seconds;
	const char *wrong;
	int code = EXIT_DONE;

	if (says(t, CANCEL))
		return cancel(t);
	wrong = when_parse(when, &seconds);
	if (wrong != NULL) {
		complain("shutdown: '", when, "': ", wrong, NULL);
		return misused(t);
	}
	if (!says(t, WARN))
		code = seconds > 0 ? plan(t, seconds) : end(t->halt);
	if (code == EXIT_DONE)
		warn(t, halt_label[t->halt], when_text(seconds), 1);
	return code;
}

/* telinit: there are no runlevels here, but for these two. */

static int exec(bool itself)
{
	struct order o = order("exec");
	int code = reach(&o);

	o.itself = itself;
	return code == EXIT_DONE ? exec_run(&o) : code;
}

static int telinit_run(struct typed *t)
{
	char level = '\0';

	if (t->count == 1 && t->words[0][0] != '\0' && t->words[0][1] == '\0')
		level = t->words[0][0];
	switch (level) {
	case '0':
		return end(HALT_POWEROFF);
	case '6':
		return end(HALT_REBOOT);
	case 'q':
	case 'Q':
		return exec(false);
	case 'u':
	case 'U':
		return exec(true);
	case '\0':
		return misused(t);
	default:
		complain("there are no runlevels but 0 and 6; conctl up and "
		         "conctl down are for services, and groups of them",
		         NULL);
		return EXIT_USAGE;
	}
}

static const struct {
	const char *name;
	enum whose whose;
	enum halt halt;
	applet_run *run;
	const char *usage;
} applets[] = {
#define APPLET(name, whose, halt, run, arguments) \
	{ name, whose, HALT_##halt, run, arguments },
#include "conctl/machine/applet.def"
#undef APPLET
};

enum { APPLETS = sizeof(applets) / sizeof(applets[0]) };

static unsigned applet_find(const char *path)
{
	const char *name = text_base(path);
	unsigned k = 0;

	while (k < APPLETS && !text_equal(applets[k].name, name))
		k++;
	return k;
}

bool applet_main(int argc, char **argv, int *code)
{
	unsigned k = argc > 0 ? applet_find(argv[0]) : APPLETS;
	struct typed t;

	if (k == APPLETS)
		return false;
	t = (struct typed){ .name = applets[k].name,
		            .usage = applets[k].usage,
		            .whose = applets[k].whose,
		            .halt = applets[k].halt };
	*code = parse(&t, argc, argv);
	if (says(&t, HELP))
		out_texts(&out_result, "usage: ", t.name, " ", t.usage, "\n",
		          NULL);
	else if (*code == EXIT_DONE)
		*code = applets[k].run(&t);
	return true;
}
