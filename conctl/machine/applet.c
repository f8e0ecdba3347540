/* SPDX-License-Identifier: MIT */
/* reboot, poweroff, halt, shutdown and telinit, with the options that people
 * have typed for decades, for a conctl that is called by such a name. They are
 * about the machine, so they talk to process 1 only. Knows no service. */
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/base/time.h"
#include "conctl/change/ask.h"
#include "conctl/machine/end.h"
#include "conctl/machine/machine.h"
#include "conctl/machine/wall.h"
#include "conctl/machine/when.h"
#include "conctl/session/record.h"
#include "conctl/session/session.h"
#include "conctl/upgrade/upgrade.h"
#include "model/halt.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"

/* Which options an applet has. */
enum switches_of { ENDS, SHUTDOWN, TELINIT };

enum meaning {
	AS_IT_IS, HELP, VALUE, FORCE, NO_SYNC, NO_WALL, NOTHING, WARN, CANCEL,
	POWEROFF, HALT, REBOOT,
};

static const struct {
	char letter;
	const char *word;
	enum switches_of of;
	enum meaning meaning;
} switches[] = {
#define SWITCH(letter, word, of, meaning) { letter, word, of, meaning },
#include "conctl/machine/switch.def"
#undef SWITCH
};

enum { SWITCHES = sizeof(switches) / sizeof(switches[0]) };

/* The command line. */
struct applet {
	const char *name, *usage;
	enum switches_of of;
	enum halt halt;
	uint32_t given;              /* set of enum meaning, a bit each */
	char **words;               /* what is no option */
	int count;
};

typedef int applet_run(struct applet *t);

static bool has_switch(const struct applet *t, enum meaning meaning)
{
	return (t->given >> meaning & 1) != 0;
}

static int applet_misused(const struct applet *t)
{
	out_texts(&out_report, "usage: ", t->name, " ", t->usage, "\n", NULL);
	return EXIT_USAGE;
}

static void applet_mean(struct applet *t, enum meaning meaning)
{
	t->given |= 1u << meaning;
	if (meaning == POWEROFF)
		t->halt = HALT_POWEROFF;
	if (meaning == HALT)
		t->halt = HALT_HALT;
	if (meaning == REBOOT)
		t->halt = HALT_REBOOT;
}

/* The row of that letter, or if it is 0 of that word; or SWITCHES. */
static unsigned switch_find(const struct applet *t, char letter,
                            const char *word)
{
	unsigned k = 0;

	for (; k < SWITCHES; k++)
		if (switches[k].of == t->of &&
		    (letter != 0 ? switches[k].letter == letter
		                 : text_equal(switches[k].word, word)))
			break;
	return k;
}

static int applet_unknown(const struct applet *t, const char *option)
{
	complain(t->name, ": unknown option ", option, NULL);
	return applet_misused(t);
}

static int applet_word(struct applet *t, const char *option)
{
	unsigned k = switch_find(t, 0, option + 2);

	if (k == SWITCHES && !text_equal(option, "--help"))
		return applet_unknown(t, option);
	applet_mean(t, k == SWITCHES ? HELP : switches[k].meaning);
	return EXIT_DONE;
}

/* Several letters may stand together. The last one may have a value, which is
 * behind it or is the next word: then *skips is set. */
static int applet_letters(struct applet *t, const char *letter, bool *skips)
{
	for (; *letter != '\0' && !has_switch(t, VALUE); letter++) {
		const char option[] = { '-', *letter, '\0' };
		unsigned k = switch_find(t, *letter, NULL);

		if (k == SWITCHES)
			return applet_unknown(t, option);
		applet_mean(t, switches[k].meaning);
	}
	*skips = has_switch(t, VALUE) && *letter == '\0';
	t->given &= ~(1u << VALUE);
	return EXIT_DONE;
}

static int applet_parse(struct applet *t, int argc, char **argv)
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
			code = applet_word(t, argv[k]);
		else
			code = applet_letters(t, argv[k] + 1, &skips);
	}
	return code;
}

/* An order for process 1, as if it were conctl's own command of that name. */
static struct order order_for(const char *name)
{
	static char *const none[] = { NULL };
	static struct verb verb;

	verb = (struct verb){ .name = name, .group = GROUP_HALT };
	return (struct order){ .verb = &verb,
		               .deadline_ms = NEVER_MS,
		               .locator = { .pid = "1", .envp = none } };
}

static int applet_reach(const struct order *o)
{
	return session_open(&o->locator) < 0 ? EXIT_UNREACHABLE : EXIT_DONE;
}

static int end_machine(enum halt halt)
{
	struct order o = order_for(halt_label[halt]);
	int code = applet_reach(&o);

	return code == EXIT_DONE ? ask_end(&o, REQUEST_HALT, halt) : code;
}

/* At once, without connate: services and file systems are left as they are. */
static int force_machine(const struct applet *t)
{
	struct digits d;
	int error;

	if (!has_switch(t, NO_SYNC))
		sys_sync();
	error = sys_reboot(halt_command[t->halt]);
	complain(t->name, " -f: ", text_error(&d, error), NULL);
	return EXIT_MISSED;
}

static int end_run(struct applet *t)
{
	if (t->count > 0)
		return applet_misused(t);
	if (has_switch(t, NOTHING))
		return EXIT_DONE;
	return has_switch(t, FORCE) ? force_machine(t) : end_machine(t->halt);
}

/* shutdown */

static void shutdown_warn(const struct applet *t, const char *what,
                          const char *more, int first)
{
	if (has_switch(t, NO_WALL))
		return;
	wall_begin(what, more);
	for (int k = first; k < t->count; k++)
		wall_add(t->words[k]);
	wall_end();
}

static int shutdown_cancel(struct applet *t)
{
	struct order o = order_for("poweroff");
	union planned planned;
	int code = applet_reach(&o);

	if (code != EXIT_DONE)
		return code;
	planned = session_planned();
	if (planned.halt == HALT_NONE) {
		complain("nothing is planned", NULL);
		return EXIT_DONE;
	}
	shutdown_warn(t, "called off: ", halt_label[planned.halt], 0);
	return ask_about_none(&o, REQUEST_PLAN, 0);
}

static int shutdown_plan(struct applet *t, uint64_t seconds)
{
	struct order o = order_for(halt_label[t->halt]);
	int code = applet_reach(&o);

	if (code == EXIT_DONE)
		code = ask_about_none(&o, REQUEST_PLAN,
		                  (uint32_t)seconds << 8 | (uint32_t)t->halt);
	if (code != EXIT_DONE)
		return code;
	out_texts(&out_report, halt_label[t->halt], " in ", NULL);
	span_write(&out_report, seconds * 1000);
	out_text(&out_report, ", at ");
	time_write(&out_report, clock_now_ms() + seconds * 1000, TIME_FULL);
	out_text(&out_report, "; shutdown -c calls it off\n");
	return EXIT_DONE;
}

static int shutdown_run(struct applet *t)
{
	const char *when = t->count > 0 ? t->words[0] : "+1";
	uint64_t seconds;
	const char *wrong;
	int code = EXIT_DONE;

	if (has_switch(t, CANCEL))
		return shutdown_cancel(t);
	wrong = when_parse(when, &seconds);
	if (wrong != NULL) {
		complain("shutdown: '", when, "': ", wrong, NULL);
		return applet_misused(t);
	}
	if (!has_switch(t, WARN))
		code = seconds > 0 ? shutdown_plan(t, seconds)
		                   : end_machine(t->halt);
	if (code == EXIT_DONE)
		shutdown_warn(t, halt_label[t->halt], when_text(seconds), 1);
	return code;
}

/* telinit: of the runlevels there are only these two. */

static int telinit_exec(bool itself)
{
	struct order o = order_for("exec");
	int code = applet_reach(&o);

	o.itself = itself;
	return code == EXIT_DONE ? exec_run(&o) : code;
}

static int telinit_run(struct applet *t)
{
	char level = '\0';

	if (t->count == 1 && t->words[0][0] != '\0' && t->words[0][1] == '\0')
		level = t->words[0][0];
	switch (level) {
	case '0':
		return end_machine(HALT_POWEROFF);
	case '6':
		return end_machine(HALT_REBOOT);
	case 'q':
	case 'Q':
		return telinit_exec(false);
	case 'u':
	case 'U':
		return telinit_exec(true);
	case '\0':
		return applet_misused(t);
	default:
		complain("there are no runlevels but 0 and 6; conctl up and "
		         "conctl down are for services, and groups of them",
		         NULL);
		return EXIT_USAGE;
	}
}

static const struct {
	const char *name;
	enum switches_of of;
	enum halt halt;
	applet_run *run;
	const char *usage;
} applets[] = {
#define APPLET(name, of, halt, run, arguments) \
	{ name, of, HALT_##halt, run, arguments },
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

/* Does what the program is called by: reboot, poweroff, halt, shutdown or
 * telinit. False: it is called by another name. Else *code is the exit code. */
bool applet_main(int argc, char **argv, int *code)
{
	unsigned k = argc > 0 ? applet_find(argv[0]) : APPLETS;
	struct applet t;

	if (k == APPLETS)
		return false;
	t = (struct applet){ .name = applets[k].name,
		             .usage = applets[k].usage,
		             .of = applets[k].of,
		             .halt = applets[k].halt };
	*code = applet_parse(&t, argc, argv);
	if (has_switch(&t, HELP))
		out_texts(&out_result, "usage: ", t.name, " ", t.usage, "\n",
		          NULL);
	else if (*code == EXIT_DONE)
		*code = applets[k].run(&t);
	return true;
}
