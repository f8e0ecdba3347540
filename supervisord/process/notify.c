/* SPDX-License-Identifier: MIT */
/* The messages of sd_notify(3), from any process of a service with
 * READY_SD_NOTIFY. The socket says which service it is. Its name is no secret,
 * so the sender is checked, by what the kernel says of it (SCM_CREDENTIALS,
 * unix(7)): a process of root or of the service's user counts, also one that
 * has ended since; any other one while it descends from the service. */
#include "supervisord/process/notify.h"

#include "model/text.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/owner.h"
#include "supervisord/tree/proc.h"
#include "sys/message.h"

enum { PARENTS_MAX = 16 };                  /* to the service's process */

/* The service has said that it is ready: counts while it starts. */
void notify_ready(uint32_t service)
{
	const struct record *r = record_of(service);

	if (r->phase.state != STATE_STARTING || r->life.pid == 0)
		return;
	publish_ready(service);
	world_touch(&supervisor.world, service);
}

/* The program of a guard is on the board before it is in the record. */
static int32_t main_of(uint32_t service)
{
	struct record r = *record_of(service);

	r.main = board_entry_of(service)->main;
	return record_pid(configured(service), &r);
}

static bool is_sender(uint32_t service, int32_t pid, uint32_t uid)
{
	int32_t main = main_of(service);
	struct proc p;

	if (pid == main && pid > 0)
		return true;
	if (configured(service)->ready_fd == NOTIFY_FROM_MAIN)
		return false;
	if (uid == 0 || uid == owner_of(service))
		return true;
	return main > 0 && proc_find(pid, &p) &&
	       (p.session == main ||
	        proc_descends(&p, record_of(service)->life.pid, PARENTS_MAX));
}

/* Once, and again only when none was refused for ROOM_MS. */
static void say_refused(uint32_t service, int32_t pid, uint32_t uid)
{
	static uint64_t refused_ms; /* the last time; 0: never */
	bool again = refused_ms != 0 &&
	             supervisor.now_ms - refused_ms < ROOM_MS;
	struct digits d, e;

	refused_ms = supervisor.now_ms;
	if (!again)
		message("supervisord: ", name_of(service),
		        ": a message of process ", text_number(&d, pid),
		        " of user ", text_number(&e, uid),
		        " is refused: it is none of the processes that may "
		        "speak for the service (.notify_from)", NULL);
}

static void hear_line(uint32_t service, const char *line)
{
	if (text_equal(line, "READY=1"))
		notify_ready(service);
}

/* Hears a message, which is changed: lines KEY=value, up to a NUL. */
void notify_hear(uint32_t service, char *text, int32_t pid, uint32_t uid)
{
	char *line = text;

	if (!is_sender(service, pid, uid)) {
		say_refused(service, pid, uid);
		return;
	}
	for (; *text != '\0'; text++)
		if (*text == '\n') {
			*text = '\0';
			hear_line(service, line);
			line = text + 1;
		}
	hear_line(service, line);
}
