/* SPDX-License-Identifier: MIT */
/* supervisord: boot, resume, then observe, settle, publish, for ever. */
#include "supervisord/supervisord.h"

#include "model/text.h"
#include "sys/message.h"
#include "sys/start.h"

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
	due_set(w, c->service,
	        effect_launches(c->effect)
	                ? NEVER_MS /* until it is launched */
	                : clock_runs_out(world_profile(w, c->service),
	                                 c->phase));
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

/* If we run in a session that is a service of another connate, we are that,
 * but not what we start. */
static char **without_service(char **envp)
{
	char **to = envp;

	for (char **from = envp; *from != NULL; from++)
		if (!text_starts(*from, "CONNATE_SERVICE="))
			*to++ = *from;
	*to = NULL;
	return envp;
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 1 && text_equal(argv[1], "--version")) {
		message("supervisord " VERSION, NULL);
		return 0;
	}
	if (argc > 1 && text_equal(argv[1], "--guard"))
		return guard_main(argc, argv, envp);
	(void)sys_prctl(PR_SET_NAME, (unsigned long)"supervisord", 0);
	(void)sys_prctl(PR_SET_CHILD_SUBREAPER, 1, 0); /* Linux 3.4 */
	supervisor.envp = without_service(envp);
	supervisor.pid1 = sys_getppid();
	observe_clock();
	if (boot() < 0)
		return 1;
	resume();
	for (;;) {
		settle();
		halt_with_primary();
		post_news();
		publish_wake();
		observe();
	}
}
