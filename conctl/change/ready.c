/* SPDX-License-Identifier: MIT */
/* Which service are we part of? Ours is the process, or the session, of one
 * of our ancestors or of ourselves. */
#include "conctl/conctl.h"
#include "sys/call.h"

enum { DEPTH_MAX = 1000 }; /* of processes; pids may come again */

static uint32_t owner_of(int pid, int leader)
{
	for (uint32_t i = 0; i < session.table->services; i++) {
		struct record r = session_record(i);

		if (r.life.pid > 1 &&
		    (r.life.pid == pid || r.life.pid == leader))
			return i;
		if (main_pid(r.main) > 1 &&
		    (main_pid(r.main) == pid || main_pid(r.main) == leader))
			return i;
	}
	return TABLE_NONE;
}

/* Up to connate, which is no service, nor is anything above it. */
static uint32_t own_service(void)
{
	int pid = sys_getpid();

	for (int i = 0; pid > 1 && i < DEPTH_MAX; i++) {
		uint32_t service = owner_of(pid, sys_getsid(pid));

		if (service != TABLE_NONE)
			return service;
		if (pid == session.connate.pid)
			break;
		pid = relation_of(pid).parent;
	}
	return TABLE_NONE;
}

/* By name: its index and the table may become others meanwhile. */
static char *name_copy(uint32_t service)
{
	static char room[NAME_MAX_BYTES + 1];
	const char *name = table_name(session.table, service);

	for (size_t k = 0; k < NAME_MAX_BYTES && name[k] != '\0'; k++)
		room[k] = name[k];
	return room;
}

int ready_run(const struct order *o)
{
	struct order own = *o;
	uint32_t service;
	char *name;

	if (o->count > 0)
		return choose(o) > 0 ? EXIT_UNKNOWN
		                     : ask(o, REQUEST_READY, 0);
	service = own_service();
	if (service == TABLE_NONE) {
		complain("ready: this is not run by a service; name the "
		         "service that is ready",
		         NULL);
		return EXIT_MISSED;
	}
	choose_nobody();
	choose_one(service);
	name = name_copy(service);
	own.names = &name;
	own.count = 1;
	return ask(&own, REQUEST_READY, 0);
}
