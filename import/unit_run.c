/* SPDX-License-Identifier: MIT */
/* What a unit runs: Type=, Exec...=, and the environment of the commands. */
#include <string.h>

#include "import/command.h"
#include "import/text.h"
#include "import/unit_set.h"
#include "import/value.h"
#include "import/word.h"

enum type { SIMPLE, FORKING, ONESHOT, NOTIFY, RELOADS, DBUS };

static enum type unit_type(const struct unit *u)
{
	static const struct {
		const char *name;
		enum type type;
	} types[] = {
		{ "simple", SIMPLE }, { "exec", SIMPLE }, { "idle", SIMPLE },
		{ "forking", FORKING }, { "oneshot", ONESHOT },
		{ "notify", NOTIFY }, { "notify-reload", RELOADS },
		{ "dbus", DBUS },
	};
	const struct item *it = unit_item(u, "Type");

	for (size_t i = 0; it != NULL && i < sizeof(types) / sizeof(*types); i++)
		if (text_same(types[i].name, it->value))
			return types[i].type;
	if (unit_item(u, "ExecStart") == NULL)
		return ONESHOT;
	return it == NULL && unit_item(u, "BusName") != NULL ? DBUS : SIMPLE;
}

/* --- The environment */

static void passwd_variables(struct unit *u, struct variables *v)
{
	struct item *user = unit_item(u, "User");
	struct account a;

	if (user == NULL)
		return;
	if (!account_find(u->naming.host->passwd, user->value, &a)) {
		draft_decide(&u->draft, user, "this user is not known here, so "
		             "HOME and SHELL are not, either: import where the "
		             "user is, or give --passwd");
		return;
	}
	items_add(&v->set, &(struct item){ .section = "", .key = "HOME",
	          .value = a.home, .file = "/etc/passwd" });
	items_add(&v->set, &(struct item){ .section = "", .key = "LOGNAME",
	          .value = a.name, .file = "/etc/passwd" });
	items_add(&v->set, &(struct item){ .section = "", .key = "USER",
	          .value = a.name, .file = "/etc/passwd" });
	if (strstr(a.shell, "nologin") == NULL &&
	    strstr(a.shell, "/false") == NULL && *a.shell != '\0')
		items_add(&v->set, &(struct item){ .section = "",
		          .key = "SHELL", .value = a.shell,
		          .file = "/etc/passwd" });
}

static void set_variable(struct items *set, const struct item *new)
{
	struct item *old = items_last(set, "", new->key);

	if (old != NULL)
		*old = *new;
	else
		items_add(set, new);
}

static bool name_allowed(const char *s)
{
	static const char digits[] = "0123456789";
	static const char all[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return *s != '\0' && strchr(digits, *s) == NULL &&
	       s[strspn(s, all)] == '\0';
}

enum { VARIABLES_MOST = 2000 };

/* NAME=value, quoted as a command's words; others are dropped by systemd, too. */
static void read_environment(struct unit *u, struct variables *v,
                             struct item *it)
{
	const char *at = it->value, *word, *equals;
	bool bare, wrong = false;
	char open = '\0';

	draft_carry(&u->draft, it);
	while ((word = split_unit(&at, &bare, &wrong)) != NULL) {
		struct item one = *it;

		word = specifier_replace(&u->naming, word, &open);
		equals = strchr(word, '=');
		one.section = "";
		one.key = equals != NULL ? text_part(word, equals) : "";
		one.value = equals != NULL ? equals + 1 : "";
		if (v->set.count > VARIABLES_MOST) {
			draft_decide(&u->draft, it, "too many variables");
			return;
		}
		if (name_allowed(one.key))
			set_variable(&v->set, &one);
		else
			draft_note(&u->draft, "%s: '%s' is no variable: "
			           "systemd drops it, too", item_place(it),
			           word);
	}
	if (open != '\0')
		draft_decide(&u->draft, it, "%%%c is known only on the "
		             "running machine: write its value", open);
	if (wrong)
		draft_note(&u->draft, "%s: a quote is not closed: systemd "
		           "drops what follows", item_place(it));
}

static const char system_path[] =
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static void add_inherited(struct unit *u, struct item *it, const char *name)
{
	draft_list(&u->draft, it, ".env",
	           text_of("\1INHERIT(%s)", text_quoted(name)));
}

/* .env of a system unit: systemd gives it what it says, PATH, and LANG. */
static void write_environment(struct unit *u, struct variables *v)
{
	struct draft *d = &u->draft;

	if (items_last(&v->set, "", "PATH") == NULL)
		draft_list(d, NULL, ".env", text_of("PATH=%s", system_path));
	if (items_last(&v->set, "", "LANG") == NULL)
		add_inherited(u, NULL, "LANG");
	for (size_t i = 0; i < v->set.count; i++) {
		struct item *it = &v->set.item[i];

		draft_list(d, it->line > 0 ? it : NULL, ".env",
		           text_of("%s=%s", it->key, it->value));
	}
}

static void read_files(struct unit *u, struct variables *v, struct item *it)
{
	const char *path = it->value + (*it->value == '-');

	v->open = true;
	if (*path != '/' || strpbrk(path, "*?[") != NULL)
		draft_decide(&u->draft, it, "a pattern, or no absolute path: "
		             "name the files");
	else if (unit_may(&u->draft, it))
		draft_list(&u->draft, it, ".env_file", it->value);
}

static void read_passed(struct unit *u, struct item *it)
{
	const char *at = it->value, *name;

	while ((name = text_next(&at)) != NULL)
		if (!u->naming.host->user)
			add_inherited(u, it, name);
	draft_carry(&u->draft, it);
}

static struct variables unit_variables(struct unit *u)
{
	bool user = u->naming.host->user;
	struct variables v = { .open = user, .wrap = user };

	if (!user)
		passwd_variables(u, &v);
	for (size_t i = 0; i < u->items.count; i++) {
		struct item *it = &u->items.item[i];

		if (it->fate == FATE_DROPPED)
			continue;
		if (text_same(it->key, "Environment"))
			read_environment(u, &v, it);
		else if (text_same(it->key, "EnvironmentFile"))
			read_files(u, &v, it);
		else if (text_same(it->key, "PassEnvironment")) {
			read_passed(u, it);
			v.open = true;
		}
	}
	if (!user)
		write_environment(u, &v);
	return v;
}

/* --- Commands */

struct task {
	struct unit *u;
	struct draft *d;
	struct variables v;
};

/* All commands of a setting; false if one of them cannot be taken, which is in
 * the draft then. */
static bool task_read(struct task *t, struct commands *to, const char *key)
{
	for (size_t i = 0; i < t->u->items.count; i++) {
		struct item *it = &t->u->items.item[i];
		const char *wrong;

		if (!text_same(it->key, key) || it->fate == FATE_DROPPED)
			continue;
		wrong = command_read(to, it, &t->u->naming);
		if (wrong != NULL) {
			draft_decide(t->d, it, "%s", wrong);
			return false;
		}
	}
	return true;
}

/* Variables that systemd sets only for some commands, or at all. */
static bool task_knows(struct task *t, const struct command *c)
{
	static const char *const names[] = {
		"SERVICE_RESULT", "EXIT_CODE", "EXIT_STATUS", "INVOCATION_ID",
		"JOURNAL_STREAM", "CREDENTIALS_DIRECTORY", "SYSTEMD_EXEC_PID",
	};
	const size_t of_end = 3;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (command_uses(c, names[i]) &&
		    (!word_known(names[i]) || (i < of_end && !t->v.ended))) {
			draft_decide(t->d, c->it, "$%s is not set here: write "
			             "the command without it", names[i]);
			return false;
		}
	if (t->v.main_pid == PID_ASKED && command_uses(c, "MAINPID") &&
	    unit_item(t->u, "User") != NULL) {
		draft_decide(t->d, c->it, "$MAINPID is not set here, and this "
		             "user may not ask conctl: write SIGNAL(n)");
		return false;
	}
	if (c->shell == NULL && items_last(&t->v.set, "", "PATH") != NULL &&
	    *c->words.word[0] != '/') {
		draft_decide(t->d, c->it, "systemd finds this program without "
		             "the PATH of the unit: write its path");
		return false;
	}
	return true;
}

static bool task_may(struct task *t, struct commands *all)
{
	bool limited = unit_item(t->u, "User") != NULL;
	bool start_only = unit_says(t->u, "PermissionsStartOnly");

	for (size_t i = 0; i < all->count; i++) {
		struct command *c = &all->command[i];

		if (!task_knows(t, c))
			return false;
		c->root = limited &&
		          (c->root || (start_only &&
		                       !text_same(c->it->key, "ExecStart")));
		if (c->root != all->command[0].root) {
			draft_decide(t->d, c->it, "some of these run as root "
			             "and some do not: write them as two "
			             "services");
			return false;
		}
	}
	if (all->count > 0 && all->command[0].root &&
	    !word_known("AS_ROOT")) {
		draft_decide(t->d, all->command[0].it,
		             "waits for AS_ROOT; until then write it as a "
		             "service without .user, which this one needs");
		/* What is written is a beginning for who decides. */
		for (size_t i = 0; i < all->count; i++)
			all->command[i].root = false;
	}
	return true;
}

/* Sets a field to these commands. `always`: a failure stops none. */
static void task_set(struct task *t, const char *field, struct commands *all,
                     bool always)
{
	const char *text;

	if (all->count == 0 || !task_may(t, all))
		return;
	if (all->command[0].root && text_same(field, ".run")) {
		draft_decide(t->d, all->command[0].it,
		             "the program itself runs as root although there "
		             "is User=: leave .user out, and let other "
		             "commands change to that user themselves");
		all->command[0].root = false; /* AS_ROOT is not for it */
	}
	text = commands_c(all, &t->v, always);
	draft_set(t->d, all->command[0].it, field,
	          all->command[0].root ? "AS_ROOT(%s)" : "%s", text);
	for (size_t i = 1; i < all->count; i++)
		draft_carry(t->d, all->command[i].it);
	if (strstr(text, "\"set -f; ") != NULL)
		draft_note(t->d, "%s: a shell splits the variables at blanks; "
		           "it does not honour quotes in their values",
		           item_place(all->command[0].it));
}

/* The commands beside a program get it. */
static int main_pid(void)
{
	return word_known("MAINPID") ? PID_GIVEN : PID_ASKED;
}

static void task_reload(struct task *t)
{
	struct commands all = { 0 };
	int number;

	if (!task_read(t, &all, "ExecReload") || all.count == 0)
		return;
	number = command_kill(&all.command[0]);
	t->v.main_pid = main_pid();
	if (number != VALUE_WRONG && all.count == 1 &&
	    draft_has(t->d, ".run"))
		draft_set(t->d, all.command[0].it, ".reload", "SIGNAL(%s)",
		          value_signal_c(number));
	else
		task_set(t, ".reload", &all, false);
	t->v.main_pid = PID_NONE;
}

static void task_stop(struct task *t)
{
	struct item *signal = unit_item(t->u, "KillSignal");
	struct commands all = { 0 };
	int number = signal != NULL ? value_signal(signal->value) : 15;

	if (!task_read(t, &all, "ExecStop"))
		return;
	if (all.count == 1 && command_kill(&all.command[0]) != VALUE_WRONG) {
		number = command_kill(&all.command[0]);
		draft_set(t->d, all.command[0].it, ".stop", "SIGNAL(%s)",
		          value_signal_c(number));
		if (signal == NULL || value_signal(signal->value) != number)
			draft_note(t->d, "%s: systemd sends its own signal "
			           "right behind this one",
			           item_place(all.command[0].it));
		draft_carry(t->d, signal);
	} else if (all.count > 0) {
		t->v.main_pid = main_pid();
		task_set(t, ".stop", &all, false);
		t->v.main_pid = PID_NONE;
		if (signal != NULL && number != 15)
			draft_decide(t->d, signal, "behind a command of .stop "
			             "it is SIGTERM: send it in the command");
		draft_carry(t->d, signal);
	} else if (signal != NULL)
		draft_set(t->d, signal, ".stop", "SIGNAL(%s)",
		          value_signal_c(number));
}

static void task_after(struct task *t, bool stops_too)
{
	struct commands all = { 0 };

	t->v.ended = word_known("SERVICE_RESULT EXIT_CODE EXIT_STATUS");
	t->v.main_pid = t->v.ended ? PID_GIVEN : PID_NONE;
	if ((!stops_too || task_read(t, &all, "ExecStop")) &&
	    task_read(t, &all, "ExecStopPost"))
		task_set(t, ".cleanup", &all, true);
	t->v.main_pid = PID_NONE;
	t->v.ended = false;
}

/* Assert...=: tests before all else that is set up. */
static void task_asserts(struct task *t, struct commands *to)
{
	for (size_t i = 0; i < t->u->items.count; i++) {
		struct item *it = &t->u->items.item[i];
		const char *test;

		if (!text_starts(it->key, "Assert") || it->fate != FATE_OPEN)
			continue;
		test = unit_assert(it);
		if (test == NULL)
			continue;
		command_add(to, &(struct command){ .it = it, .fails = true,
		                                   .shell = test });
		draft_note(t->d, "%s: a start that fails by this is tried again "
		           "as any other", item_place(it));
	}
}

/* A oneshot: its commands are a set-up, which leaves it up. */
static void task_oneshot(struct task *t)
{
	struct item *remains = unit_item(t->u, "RemainAfterExit");
	struct commands all = { 0 };

	task_asserts(t, &all);
	if (!task_read(t, &all, "ExecStartPre") ||
	    !task_read(t, &all, "ExecStart") ||
	    !task_read(t, &all, "ExecStartPost"))
		return;
	task_set(t, ".setup", &all, false);
	draft_carry(t->d, remains);
	if (remains == NULL || value_boolean(remains->value) != 1)
		draft_note(t->d, "it stays up when it has ended: conctl restart "
		           "runs it again");
	draft_carry(t->d, unit_item(t->u, "KillSignal"));
	task_after(t, true);
	task_reload(t);
}

static void task_ready_bus(struct task *t, struct item *type)
{
	struct item *name = unit_item(t->u, "BusName");

	if (name == NULL) {
		draft_decide(t->d, type, "there is no BusName=: systemd does "
		             "not load the unit");
		return;
	}
	if (word_known("READY_BUS")) {
		draft_set(t->d, name, ".ready", "READY_BUS(%s, %s)",
		          text_quoted(name->value),
		          t->u->naming.host->user ? "SESSION" : "SYSTEM");
		return;
	}
	if (t->u->awaited) {
		(void)unit_may(t->d, name);
		return;
	}
	draft_note(t->d, "%s: it is up when it runs, not when it has its name "
	           "on the bus: no service of this import starts after it",
	           item_place(name));
	draft_carry(t->d, name);
}

static void task_ready(struct task *t, enum type type)
{
	struct item *it = unit_item(t->u, "Type");
	struct item *pid = unit_item(t->u, "PIDFile");

	if (type == DBUS)
		task_ready_bus(t, it != NULL ? it : unit_item(t->u, "BusName"));
	else if (unit_item(t->u, "BusName") != NULL)
		draft_drop(t->d, unit_item(t->u, "BusName"),
		           "only a name, without Type=dbus");
	if (pid != NULL)
		draft_drop(t->d, pid, "a guard knows the main process");
	if (!draft_has(t->d, ".run"))
		return;
	if (type == FORKING)
		draft_set(t->d, it, ".ready", "READY_DAEMONIZE");
	else if (type == NOTIFY || type == RELOADS)
		draft_set(t->d, it, ".ready", "READY_SD_NOTIFY");
	if (type == RELOADS && word_known("NOTIFY_RELOAD"))
		draft_set(t->d, it, ".reload", "NOTIFY_RELOAD(SIGHUP)");
	else if (type == RELOADS)
		draft_decide(t->d, it, "waits for NOTIFY_RELOAD; until then "
		             "write .reload = SIGNAL(SIGHUP)");
}

static void task_started(struct task *t)
{
	struct commands all = { 0 };
	struct item *first;

	if (!task_read(t, &all, "ExecStartPost") || all.count == 0)
		return;
	first = all.command[0].it;
	for (size_t i = 0; i < all.count; i++)
		if (!unit_may(t->d, all.command[i].it))
			return;
	t->v.main_pid = main_pid();
	if (first->fate != FATE_DECIDE)
		task_set(t, ".started", &all, false);
	t->v.main_pid = PID_NONE;
}

static void task_daemon(struct task *t, enum type type)
{
	struct commands before = { 0 }, run = { 0 };
	struct item *remains = unit_item(t->u, "RemainAfterExit");

	task_asserts(t, &before);
	if (task_read(t, &before, "ExecStartPre"))
		task_set(t, ".setup", &before, false);
	if (task_read(t, &run, "ExecStart") && run.count > 0) {
		if (run.count > 1)
			draft_decide(t->d, run.command[1].it, "only a oneshot "
			             "has several: systemd does not load the "
			             "unit");
		run.count = 1;
		run.command[0].fails = true;
		task_set(t, ".run", &run, true);
	}
	if (remains != NULL && value_boolean(remains->value) == 1)
		draft_decide(t->d, remains, "a program that ends is not up: "
		             "let it be .setup, without .run");
	task_ready(t, type);
	task_started(t);
	task_stop(t);
	task_after(t, false);
	task_reload(t);
}

/* Type=, Exec...=, Environment=. */
void unit_run(struct unit *u)
{
	enum type type = unit_type(u);
	struct task t = { .u = u, .d = &u->draft };

	t.v = unit_variables(u);
	draft_carry(t.d, unit_item(u, "Type"));
	draft_carry(t.d, unit_item(u, "PermissionsStartOnly"));
	if (type == ONESHOT)
		task_oneshot(&t);
	else
		task_daemon(&t, type);
	if (unit_item(u, "ExecStart") == NULL &&
	    unit_item(u, "ExecStop") == NULL)
		draft_decide(t.d, NULL, "%s: there is no ExecStart=: systemd "
		             "does not load the unit", u->naming.name);
	else if (!draft_has(t.d, ".run") && !draft_has(t.d, ".setup") &&
	         draft_count(t.d, REMARK_DECIDE) == 0)
		draft_note(t.d, "it runs nothing at its start");
}
