/* SPDX-License-Identifier: MIT */
/* The process group of a service that stops. A wrapper (npm, sh -c) ends at the
 * signal at once, while the server that it has started serves its last
 * requests: the service has stopped when no process of the group is left, or
 * else the group is killed at the end of .max_stop. Until then the record keeps
 * the number of the process, as that of the group (KEY_GROUP): the kernel gives
 * it to no process while there is such a group (setpgid(2), fork(2)). The
 * successor of a supervisord that is killed so goes on waiting.
 *
 *     a child of supervisord   supervisord is a subreaper: what the process has
 *     has led the group        left has become its child, and tells of its end.
 *                              It may also leave the group
 *     another process has      its children have another parent, which does not
 *                              tell
 *
 * For what nothing tells the group is looked at as well, ever more rarely. */
#include "supervisord/process/groups.h"

#include "model/facts.h"
#include "model/pids.h"
#include "model/text.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "sys/message.h"

enum { HINTS = 64 };

static uint64_t look_at_ms; /* when to look at groups; NEVER_MS */
static uint32_t pause_ms;   /* until the next look */

static int32_t group_of(uint32_t service)
{
	return record_of(service)->life.pid;
}

/* A process that lives has the number of the group, whose leader has ended: so
 * there was no group any more when the kernel gave out the number again. */
static bool is_number_of_another(int32_t group)
{
	struct proc p;
	bool lives;

	privilege_raise();
	lives = proc_find(group, &p) && proc_lives(&p);
	privilege_lower();
	return lives;
}

/* The first of them is in *p. Another parent may leave its zombies, which are
 * in the group as well: so all processes are looked at. Without a /proc a
 * zombie counts. */
static bool lives_in(int32_t group, struct proc *p)
{
	struct proc_list all;
	bool lives = false;

	if (proc_list_all(&all) < 0)
		return true;
	while (!lives && proc_each(&all, p))
		lives = p->group == group && proc_lives(p);
	proc_list_close(&all);
	return lives;
}

static bool has_process(int32_t group, struct proc *p)
{
	bool lives;

	if (sys_kill(-group, 0) == -ESRCH)
		return false;
	privilege_raise();
	lives = lives_in(group, p);
	privilege_lower();
	return lives;
}

static bool group_is_there(uint32_t service)
{
	int32_t group = group_of(service);
	struct proc p;

	if (work_of(service)->own)
		return process_group_has_child(group);
	return !is_number_of_another(group) && has_process(group, &p);
}

static void look_soon(void)
{
	pause_ms = GROUP_LOOK_MS;
	look_at_ms = earlier(look_at_ms, supervisor.now_ms + pause_ms);
}

/* The process of a service has ended, and is not reaped yet. True: the service
 * is to stop, or drains, and processes are left in the group; how the process
 * has ended is stored, and the end of the group is waited for. */
bool groups_await(uint32_t service, union ending ending)
{
	enum state state = record_of(service)->phase.state;

	if (!(state_stops(state) || state == STATE_DRAINING) ||
	    group_of(service) <= 1 || !group_is_there(service))
		return false;
	publish_leader_end(service, ending);
	look_soon();
	return true;
}

/* The group that is waited for has ended: the process has done so before. */
static void group_ended(uint32_t service)
{
	struct world *w = &supervisor.world;

	pid_remove(w, service, ROLE_LIFE, group_of(service));
	work_of(service)->own = 0;
	publish_end(service, record_of(service)->ending);
	world_touch(w, service);
}

/* A child of supervisord that no record has ends: was it the last one of a
 * group that is waited for? It is a zombie still, so its group is known. */
void groups_child_ended(int32_t pid)
{
	int32_t group = sys_getpgid(pid);
	enum role role = ROLE_HELPER;
	uint32_t service = group <= 1 ? TABLE_NONE
	                              : pid_find(&supervisor.world, group, true,
	                                         &role);

	if (service != TABLE_NONE && role == ROLE_LIFE &&
	    record_awaits_group(record_of(service)) && !process_group_has_child(group))
		group_ended(service);
}

/* After an exec in place: is a group that is waited for one of children of
 * supervisord? */
bool groups_is_own(uint32_t service)
{
	return record_awaits_group(record_of(service)) &&
	       process_group_has_child(group_of(service));
}

/* Sends a signal to the group of a service that waits for its end. 0, or
 * -errno: -ESRCH if it has ended, which is stored. */
int groups_signal(uint32_t service, int signal)
{
	if (!group_is_there(service)) {
		group_ended(service);
		return -ESRCH;
	}
	look_soon();
	return sys_kill(-group_of(service), signal);
}

/* False: it has ended, which is stored. */
static bool look_at(uint32_t service)
{
	if (!record_awaits_group(record_of(service)))
		return false;
	if (group_is_there(service))
		return true;
	group_ended(service);
	return false;
}

static uint32_t next_pause_ms(void)
{
	if (pause_ms < GROUP_LOOK_MS)
		return GROUP_LOOK_MS;
	return 2 * pause_ms < GROUP_LOOK_MAX_MS ? 2 * pause_ms
	                                        : GROUP_LOOK_MAX_MS;
}

/* If it is due: looks at the groups that are waited for. Linear in the number of
 * services; but there is a look only while there is such a group, and one after
 * the start, as a predecessor may have left some. */
void groups_look(void)
{
	bool some = false;

	if (supervisor.now_ms < look_at_ms)
		return;
	for (uint32_t i = 0; i < supervisor.ledger->services; i++)
		some |= look_at(i);
	pause_ms = next_pause_ms();
	look_at_ms = some ? supervisor.now_ms + pause_ms : NEVER_MS;
}

/* When groups_look() is due, or NEVER_MS. */
uint64_t groups_look_ms(void)
{
	return look_at_ms;
}

static bool is_up(uint32_t service)
{
	enum state state = record_of(service)->phase.state;

	return state == STATE_STARTING || state == STATE_UP;
}

/* The program of a service has ended, which is stored, but it is not reaped. If
 * it ended well and is to be started again beside a process of its group, that
 * may be a successor: said once for each service (services with the same place
 * share that). By children alone, so not if an earlier supervisord has started
 * it: then it will be said after the next end. */
void groups_hint(uint32_t service, int32_t group)
{
	static bool said[HINTS];
	const uint32_t again = FACT_OK | FACT_RETRY;
	struct proc p = { .pid = 0 };
	struct digits d;

	if (said[service % HINTS] || !is_up(service) ||
	    !process_group_has_child(group) ||
	    (facts_gather(&supervisor.world, service, supervisor.now_ms) &
	     again) != again ||
	    !has_process(group, &p))
		return;
	said[service % HINTS] = true;
	message("supervisord: ", name_of(service),
	        ": starts again beside process ", text_number(&d, p.pid), " (",
	        p.name, "): a successor needs .hands_over", NULL);
}
