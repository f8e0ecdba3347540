/* SPDX-License-Identifier: MIT */
/* The messages of sd_notify(3), from any process of a service with
 * READY_SD_NOTIFY. The socket says which service it is. Its name is no secret,
 * so the sender is checked, by what the kernel says of it (SCM_CREDENTIALS,
 * unix(7)): a process of root or of the service's user counts, also one that
 * has ended since; any other one while it descends from the service. */
#include "supervisord/process/notify.h"

#include <stddef.h>

#include "model/clock.h"
#include "model/due.h"
#include "model/said.h"
#include "model/text.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/owner.h"
#include "supervisord/process/store.h"
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

/* Texts that are kept as they are, for people. */
static const struct {
	char key[14];
	uint8_t at, size;           /* of struct said */
} texts[] = {
#define TEXT(key, field)                                \
	{ key, offsetof(struct said, field),            \
	  sizeof(((const struct said *)NULL)->field) },
	TEXT("STATUS=", status)
	TEXT("ERRNO=", error)
	TEXT("EXIT_STATUS=", exit)
	TEXT("STOPPING=", stopping)
#undef TEXT
};

static void copy_text(char *to, size_t size, const char *from)
{
	while (--size > 0 && *from != '\0')
		*to++ = *from++;
	*to = '\0';
}

/* The number behind a key, in milliseconds. False: it is another key, or no
 * number. */
static bool line_ms(const char *line, const char *key, uint64_t *ms)
{
	if (!text_starts(line, key) ||
	    !text_to_number(line + text_length(key), INT64_MAX, ms))
		return false;
	*ms = *ms / 1000 < UINT32_MAX ? (*ms + 999) / 1000 : UINT32_MAX;
	return true;
}

/* Signs of life, and time that it asks for. A service that triggers its
 * watchdog is silent at once. */
static void hear_time(struct said *said, uint32_t service, const char *line)
{
	uint64_t now_ms = supervisor.now_ms, ms;

	if (text_equal(line, "WATCHDOG=1"))
		said->alive_ms = now_ms;
	if (text_equal(line, "WATCHDOG=trigger"))
		said->watchdog_ms = 1;
	if (line_ms(line, "WATCHDOG_USEC=", &ms))
		said->watchdog_ms = (uint32_t)ms;
	if (line_ms(line, "EXTEND_TIMEOUT_USEC=", &ms)) {
		said->extended_ms = now_ms + ms;
		said->extended = record_of(service)->phase.state;
	}
}

static void hear_line(struct said *said, uint32_t service, const char *line)
{
	hear_time(said, service, line);
	if (text_equal(line, "READY=1"))
		notify_ready(service);
	for (unsigned k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
		if (text_starts(line, texts[k].key))
			copy_text((char *)said + texts[k].at, texts[k].size,
			          line + text_length(texts[k].key));
}

/* What the process of the service has said until now. */
static void read_said(struct said *said, uint32_t service)
{
	uint32_t run = record_of(service)->life.exits + 1;

	*said = *world_said(&supervisor.world, service);
	if (said->run != run)
		*said = (struct said){
			.run = run,
			.watchdog_ms = configured(service)->watchdog_ms,
		};
}

/* Hears a message, which is changed: lines KEY=value, up to a NUL; with `count`
 * descriptors. One that is read while the service has no process is of a former
 * one. */
void notify_hear(uint32_t service, char *text,
                 const struct control_sender *sender, const int32_t *fds,
                 uint32_t count)
{
	char *line = text;
	struct stored stored = { .name = NULL };
	struct world *w = &supervisor.world;
	struct said said;

	if (record_of(service)->life.pid == 0)
		return;
	if (!is_sender(service, sender->pid, sender->uid)) {
		say_refused(service, sender->pid, sender->uid);
		return;
	}
	read_said(&said, service);
	for (; *text != '\0'; text++)
		if (*text == '\n') {
			*text = '\0';
			hear_line(&said, service, line);
			store_hear(&stored, line);
			line = text + 1;
		}
	hear_line(&said, service, line);
	store_hear(&stored, line);
	store_do(service, &stored, fds, count);
	publish_said(service, &said);
	if (!work_of(service)->stop_delayed)
		due_set(w, service,
		        clock_looks(w, service, supervisor.now_ms));
}
