/* SPDX-License-Identifier: MIT */
/* Which user a process belongs to. What a process says of itself (its
 * environment, name, title, program file, a ledger that it holds) any user can
 * make it say; its user ids are the kernel's. So a process that is known by
 * what it says counts only if each of its user ids is root's or that of the
 * user as which the service runs (doc/why/0014). */
#include "supervisord/process/owner.h"

#include "supervisord/base/supervisor.h"
#include "supervisord/tree/proc.h"

static uint32_t user_of(const struct table_profile *p)
{
	return p->uid != TABLE_NONE ? p->uid : (uint32_t)sys_getuid();
}

/* The user id as which the service runs: its .user, or that of supervisord. */
uint32_t owner_of(uint32_t service)
{
	return user_of(world_profile(&supervisor.world, service));
}

/* Has the process in this folder no user id but root's and the service's? */
bool owner_is(uint32_t service, int folder)
{
	uint32_t ids[PROC_USERS];

	return proc_users(folder, ids) &&
	       proc_users_are(ids, owner_of(service));
}

/* Has it no user id but root's and supervisord's? */
bool owner_is_ours(int folder)
{
	uint32_t ids[PROC_USERS];

	return proc_users(folder, ids) &&
	       proc_users_are(ids, (uint32_t)sys_getuid());
}

/* Is there a service for which owner_is() holds, by the profiles? */
bool owner_is_known(int folder)
{
	const struct table *t = supervisor.world.table;
	uint32_t ids[PROC_USERS];

	if (!proc_users(folder, ids))
		return false;
	for (uint32_t k = 0; k < t->profiles; k++)
		if (proc_users_are(ids, user_of(table_profile(t, k))))
			return true;
	return false;
}
