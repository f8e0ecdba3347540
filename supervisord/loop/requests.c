/* SPDX-License-Identifier: MIT */
/* What conctl asks for. Bytes are checked on receipt (model/request.c); each
 * well-formed request is answered in the ledger. */
#include "supervisord/loop/requests.h"

#include "model/halt.h"
#include "model/pids.h"
#include "model/request.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/base/targets.h"
#include "supervisord/loop/halt.h"
#include "supervisord/process/helper.h"
#include "supervisord/process/processes.h"
#include "supervisord/process/ready.h"
#include "supervisord/upgrade/upgrade.h"

enum { REQUEST_ROOM = 65536 };              /* bytes that a pipe can hold */

/* A read takes what a pipe can hold, so that garbage in front of a request
 * cannot cut it in two; it ends behind the first packet (pipe(7)). */
static unsigned char bytes[REQUEST_ROOM];

static bool in_table(const struct request *r)
{
	uint32_t services = supervisor.ledger->services;

	for (uint32_t k = 0; k < r->ranges; k++)
		if (r->range[k].first > services ||
		    r->range[k].count > services - r->range[k].first)
			return false;
	return true;
}

/* While its next generation starts, that one is meant. */
static int mark_ready(uint32_t service)
{
	uint32_t other = configured(service)->other;

	if (record_of(service)->phase.state == STATE_UP && other != 0)
		service = other - 1;
	publish_ready(service);
	world_touch(&supervisor.world, service);
	return 0;
}

/* A guard has written to the board. It may have been started before this table
 * was in force, so it names itself by its pid alone. */
static int read_board_of(int32_t pid)
{
	struct world *w = &supervisor.world;
	enum role role;
	uint32_t service = pid_find(w, pid, true, &role);

	if (service == TABLE_NONE)
		service = pid_find(w, pid, false, &role);
	if (service == TABLE_NONE)
		return -ESRCH;
	ready_take(service); /* what its program has said before it ended */
	if (configured(service)->ready == READY_KIND_SD_NOTIFY)
		(void)processes_tell_guard(service, 0); /* it waits in vain */
	publish_board(service);
	world_touch(w, service);
	return 0;
}

static int signal_service(uint32_t service, uint32_t signal)
{
	return signal >= 1 && signal <= 64
	               ? processes_signal(service, PROCESS_MAIN, (int)signal,
	                                  false)
	               : -EINVAL;
}

static int obey_for(const struct request *r, uint32_t service)
{
	switch ((enum request_verb)r->verb) {
	case REQUEST_READY:
		return mark_ready(service);
	case REQUEST_SIGNAL:
		return signal_service(service, r->argument);
	case REQUEST_RELOAD:
		return helper_reload(service);
	case REQUEST_NONE:
	case REQUEST_DOWN:
	case REQUEST_UP:
	case REQUEST_RESTART:
	case REQUEST_ONCE:
	case REQUEST_LOOK:
	case REQUEST_EXIT:
	case REQUEST_HALT:
	case REQUEST_EXEC:
	case REQUEST_REEXEC:
	case REQUEST_PLAN:
	case REQUEST_CHECKED:
	case REQUESTS:
		break;
	}
	return -EINVAL;
}

static uint32_t about; /* the service that the answer names */

/* For each service of the ranges; the first failure is the answer. */
static int obey_each(const struct request *r)
{
	int result = 0;

	for (uint32_t k = 0; k < r->ranges; k++)
		for (uint32_t i = 0; i < r->range[k].count; i++) {
			int error = obey_for(r, r->range[k].first + i);

			if (error >= 0 || result < 0)
				continue;
			result = error;
			about = r->range[k].first + i;
		}
	return result;
}

/* Only PID 1 can end the machine; in a container, the kernel ends the container
 * then (reboot(2), pid_namespaces(7)). */
static int can_halt(uint32_t kind)
{
	if (kind <= HALT_EXIT || kind >= HALTS)
		return -EINVAL;
	return supervisor.connate == 1 ? 0 : -EOPNOTSUPP;
}

static int halt_machine(uint32_t kind, uint64_t id)
{
	int error = can_halt(kind);

	if (error == 0)
		halt_ask((enum halt)kind, 0, id);
	return error;
}

static int plan_halt(uint32_t argument)
{
	uint32_t kind = argument & 255;
	int error = kind == HALT_NONE ? 0 : can_halt(kind);

	if (error == 0)
		halt_plan((enum halt)kind, (argument >> 8) * 1000ull);
	return error;
}

static int obey(const struct request *r)
{
	switch ((enum request_verb)r->verb) {
	case REQUEST_UP:
		targets_set(r->range, r->ranges, TARGET_UP);
		return 0;
	case REQUEST_DOWN:
		targets_set(r->range, r->ranges, TARGET_DOWN);
		return 0;
	case REQUEST_RESTART:
		targets_set(r->range, r->ranges, TARGET_RESTART);
		return 0;
	case REQUEST_ONCE:
		targets_set(r->range, r->ranges, TARGET_ONCE);
		return 0;
	case REQUEST_READY:
	case REQUEST_SIGNAL:
	case REQUEST_RELOAD:
		return obey_each(r);
	case REQUEST_LOOK:
		return read_board_of((int32_t)r->argument);
	case REQUEST_EXEC:
		return upgrade_try(request_path(r), r->id);
	case REQUEST_REEXEC:
		return upgrade_connate(request_path(r), r->id);
	case REQUEST_HALT:
		return halt_machine(r->argument, r->id);
	case REQUEST_PLAN:
		return plan_halt(r->argument);
	case REQUEST_CHECKED:
		helper_checked(r);
		return 1; /* it does not wait for an answer */
	case REQUEST_EXIT:
		halt_ask(HALT_EXIT, (int)(r->argument & 255), r->id);
		return 0;
	case REQUEST_NONE:
	case REQUESTS:
		break;
	}
	return -EINVAL;
}

/* During shutdown no service may be started again. */
static bool too_late(const struct request *r)
{
	return supervisor.ledger->halt != 0 &&
	       request_at_end(r->verb) == AT_END_REFUSED;
}

static int check_and_obey(const struct request *r)
{
	bool services = request_about(r->verb) == ABOUT_SERVICES;

	if (services && r->digest != supervisor.world.table->digest)
		return -ESTALE;
	if (services && !in_table(r))
		return -EINVAL;
	if (too_late(r))
		return -ESHUTDOWN;
	return obey(r);
}

static void answer_all(uint32_t size)
{
	static struct request r;
	uint32_t at = 0;
	int found;

	while ((found = request_next(bytes, size, &at, &r)) != 0) {
		about = TABLE_NONE;
		if (found > 0)
			found = check_and_obey(&r);
		if (found <= 0)
			publish_answer(r.id, found, about);
	}
}

/* Reads the request pipe, carries out each well-formed request and stores its
 * answer: 0, or -errno with the first service that it is about. At most
 * REQUESTS_MAX reads; never waits. Bytes that are no request are skipped. */
void requests_read(void)
{
	for (int i = 0; i < REQUESTS_MAX; i++) {
		long got = sys_read(FD_REQUEST_IN, bytes, sizeof(bytes));

		if (got <= 0)
			return; /* empty; supervisord has a writing end */
		answer_all((uint32_t)got);
	}
}
