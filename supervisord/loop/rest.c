/* SPDX-License-Identifier: MIT */
/* The end of what is left when all services are down: daemons of a start
 * script, processes in sessions of their own, whatever descends from connate;
 * as PID 1 all processes. Each gets SIGTERM, and the time that .max_rest gives
 * or, if it says which service has started it, the .max_stop of that service if
 * that is longer. What is left then is killed, and connate, which is told to
 * end, kills in rounds until it has no child.
 *
 * Nothing of it is stored. Killed at any point: the successor tells what is left
 * again, and its time begins anew. If connate is killed meanwhile, supervisord
 * becomes connate, and that one's supervisord goes on. Without a usable /proc
 * connate does it all (pid1/end.c). */
#include "supervisord/loop/rest.h"

#include "model/clock.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/claim.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/tree.h"
#include "sys/message.h"

static uint64_t told_ms;    /* when SIGTERM was sent; 0: it was not */
static uint64_t look_at_ms; /* the next look */

/* A process may say falsely which service it is of. It gets no more time by
 * that than some service has. */
static uint64_t time_of(int folder, int32_t pid)
{
	uint64_t rest_ms = table_max_rest_ms(table_in_force());
	uint32_t service = claim_service(folder, pid, true);

	return service == TABLE_NONE
	               ? rest_ms
	               : later(rest_ms, world_profile(&supervisor.world, service)
	                                        ->max_stop_ms);
}

/* Sends the signal to each process that is left, 0: to none. How long they have
 * at most, in milliseconds; 0: none is left. */
static uint64_t pass_over(int signal)
{
	struct proc_list all;
	uint64_t longest_ms = 0;
	struct proc p;

	(void)proc_list_all(&all); /* if it cannot be had, it is empty */
	while (proc_each(&all, &p)) {
		if (!tree_has_session(supervisor.connate, all.folder, &p))
			continue;
		longest_ms = later(longest_ms, time_of(all.folder, p.pid));
		/* Another user's may not be ended by us: it is waited for. */
		(void)tree_tell(all.folder, p.pid, signal);
	}
	return longest_ms;
}

static void name_rest(const struct tree *rest, const char *what)
{
	char text[TREE_TEXT];

	message("supervisord: ", what, tree_names(rest, text), NULL);
}

/* Soon at first, then ever more rarely. */
static uint64_t next_look_ms(uint64_t until_ms)
{
	uint64_t now_ms = supervisor.now_ms, waited = now_ms - told_ms;

	waited = earlier(later(waited, REST_LOOK_MS), REST_LOOK_MAX_MS);
	return earlier(now_ms + waited, until_ms);
}

static bool look(const struct tree *rest)
{
	uint64_t now_ms = supervisor.now_ms;
	uint64_t longest_ms, until_ms;

	claims_hurry(); /* this is the loop; and there are several looks */
	longest_ms = pass_over(told_ms == 0 ? SIGTERM : 0);
	if (told_ms == 0)
		told_ms = now_ms;
	if (longest_ms == 0)
		return true;
	until_ms = clock_hurried(told_ms + longest_ms, told_ms,
	                         supervisor.world.hurried_ms);
	if (now_ms >= until_ms) {
		name_rest(rest, "killing what is left: ");
		(void)tree_kill(rest); /* connate goes on with it */
		return true;
	}
	/* In one look, or in two if the first of them is late. */
	if (now_ms - told_ms - OVERDUE_MS <= REST_LOOK_MAX_MS)
		name_rest(rest, "waiting for what is left (ask again to "
		                "hurry): ");
	look_at_ms = next_look_ms(until_ms);
	return false;
}

/* To be called in each pass once the session is to end and no service is busy:
 * has all ended that was left, or has its time run out? Else it was told to end,
 * and supervisor.news_at_ms is when to ask again. True without a usable
 * /proc. */
bool rest_is_over(void)
{
	const struct tree rest = { .spare = supervisor.connate };
	bool over = !rest_knows();

	if (!over && supervisor.now_ms >= look_at_ms) {
		privilege_raise();
		over = look(&rest);
		privilege_lower();
	}
	if (!over)
		supervisor.news_at_ms =
			earlier(supervisor.news_at_ms, look_at_ms);
	return over;
}
