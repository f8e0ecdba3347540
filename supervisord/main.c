/* SPDX-License-Identifier: MIT */
/* supervisord: boot, resume, then observe, settle, publish, for ever. */
#include "supervisord/base/supervisor.h"

#include "model/text.h"
#include "sys/capability.h"
#include "sys/folder.h"
#include "sys/message.h"
#include "sys/start.h"

enum { EXIT_NOT_RUN = 126 };

#ifndef VERSION
#define VERSION "unknown"
#endif

struct supervisor supervisor;

static void carry_out(const struct change *c)
{
	struct world *w = &supervisor.world;
	union phase before = supervisor.records[c->service].phase;

	publish_change(c);
	world_changed(w, c->service, before);
	say_change(c);
	stood_note(c);
	await_note(c->to);
	due_set(w, c->service,
	        effect_launches(c->effect)
	                ? NEVER_MS /* until it is launched */
	                : clock_of(w, c->service, supervisor.now_ms));
	effect_do(c);
}

/* Bounded, so that no configuration can keep us from listening: what is left
 * is dirty, and observe() does not sleep then. */
static void settle(void)
{
	struct change change;

	for (int i = 0; i < SETTLE_MAX; i++) {
		if (!settle_next(&supervisor.world, supervisor.now_ms,
		                 &change))
			return;
		carry_out(&change);
	}
}

static bool is_outer(const char *entry)
{
	static const char *const names[] = {
#define OUTER(name) #name "=",
#include "model/outer.def"
#undef OUTER
	};

	for (unsigned k = 0; k < sizeof(names) / sizeof(names[0]); k++)
		if (text_starts(entry, names[k]))
			return true;
	return false;
}

/* What a child is told of itself. If we run in a session that is a service of
 * another connate, we are that, but not what we start; nor what the manager of
 * connate has told that one of itself. connate's own, if it is succeeded by us,
 * is SPAWN_OWN, which spawn.c keeps from services. */
static char **without_ours(char **envp)
{
	char **to = envp;

	for (char **from = envp; *from != NULL; from++)
		if (text_starts(*from, TABLE_LOCK_IS))
			supervisor.lock = *from; /* of a guard's service */
		else if (!text_starts(*from, TABLE_NAME_IS) &&
		         (!is_outer(*from) || text_starts(*from, SPAWN_OWN "=")))
			*to++ = *from;
	*to = NULL;
	return envp;
}

/* For a service that the configuration of a later image does not have. */
static int call_main(const char *number, char **envp)
{
	uint64_t function;

	supervisor.envp = envp;
	if (!text_to_number(number, ((const struct table *)(const void *)
	                                     image_table)->calls, &function))
		return EXIT_NOT_RUN;
	return child_call((uint32_t)function) < 0 ? EXIT_NOT_RUN : 0;
}

/* connate starts us where it was started itself, if there is a command. */
static void leave_folder(void)
{
	static char folder[PATH_MAX];

	if (supervisor.command == NULL)
		(void)sys_chdir("/"); /* it is there */
	else if (folder_leave(folder, sizeof(folder)) >= 0)
		supervisor.folder = folder;
}

/* CAP_KILL: services of other users are signalled at any time.
 * CAP_SYS_RESOURCE: to be protected from the killer that comes when memory runs
 * out (oom.c), at each pass; and descriptors on their way through the link and
 * the socket of orphans, and pipes of the usual size, beyond what a user may
 * have (unix(7), pipe(7)). */
#define AT_REST (CAPABILITY(CAP_KILL) | CAPABILITY(CAP_SYS_RESOURCE))

int main(int argc, char **argv, char **envp)
{
	if (argc > 1 && text_equal(argv[1], "--version")) {
		message("supervisord " VERSION, NULL);
		return 0;
	}
	if (argc > 1 && text_equal(argv[1], "--guard"))
		return guard_main(argc, argv, without_ours(envp));
	if (argc > 2 && text_equal(argv[1], "--call"))
		return call_main(argv[2], envp);
	privilege_begin(AT_REST);
	(void)sys_prctl(PR_SET_NAME, (unsigned long)"supervisord", 0);
	(void)sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0); /* Linux 3.4 */
	(void)sys_refuse_exec_gain(); /* before Linux 6.6 there is none */
	supervisor.envp = without_ours(envp);
	supervisor.argv = argv;
	if (argc > 2 && text_equal(argv[1], "--"))
		supervisor.command = argv + 2;
	leave_folder();
	supervisor.pid1 = sys_getppid();
	observe_clock();
	if (boot() < 0)
		return 1;
	resume();
	for (;;) {
		settle();
		halt_with_primary();
		halt_as_planned();
		halt_pass_on();
		post_news();
		publish_wake();
		upgrade_hang_up();
		succeed_connate();
		observe();
	}
}
