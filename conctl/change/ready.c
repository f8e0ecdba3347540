/* SPDX-License-Identifier: MIT */
/* The command ready. A process belongs to a service if it, its session, or
 * those of one of its ancestors are the service's. */
#include "conctl/base/order.h"
#include "conctl/base/out.h"
#include "conctl/change/ask.h"
#include "conctl/change/change.h"
#include "conctl/session/choose.h"
#include "conctl/session/mapping.h"
#include "conctl/session/process.h"
#include "conctl/session/record.h"
#include "sys/call.h"

/* Of processes. A number that is used again may make a circle of parents. */
enum { DEPTH_MAX = 1000 };

/* The service that has this process, or the leader of its session. */
static uint32_t service_of_process(int pid, int leader)
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

/* Our own service: up to connate, above which there are no services. */
static uint32_t own_service(void)
{
	int pid = sys_getpid();

	for (int i = 0; pid > 1 && i < DEPTH_MAX; i++) {
		uint32_t service = service_of_process(pid, sys_getsid(pid));

		if (service != TABLE_NONE)
			return service;
		if (pid == session.connate.pid)
			break;
		pid = relation_of(pid).parent;
	}
	return TABLE_NONE;
}

/* A copy of the name, as the table may be another one meanwhile. */
static char *name_copy(uint32_t service)
{
	static char room[NAME_MAX_BYTES + 1];
	const char *name = table_name(session.table, service);

	for (size_t k = 0; k < NAME_MAX_BYTES && name[k] != '\0'; k++)
		room[k] = name[k];
	return room;
}

/* ready: says that services are ready; without names, the one that we belong
 * to. */
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
		complain("ready: this process does not belong to a service; "
		         "name the service that is ready",
		         NULL);
		return EXIT_MISSED;
	}
	choose_none();
	choose_one(service);
	name = name_copy(service);
	own.names = &name;
	own.count = 1;
	return ask(&own, REQUEST_READY, 0);
}
