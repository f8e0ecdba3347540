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
#include "supervisord/base/privilege.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/process/owner.h"
#include "supervisord/process/processes.h"
#include "supervisord/process/store.h"
#include "supervisord/tree/proc.h"
#include "supervisord/tree/process.h"
#include "sys/fd.h"
#include "sys/memory.h"
#include "sys/message.h"

enum {
	NEW_PID_NAMESPACE = 0x20000000, /* CLONE_NEWPID of clone(2) */
	INFO_BYTES = 512,
};

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
	        proc_descends(&p, record_of(service)->life.pid, PROCESS_PARENTS));
}

/* Once, and again only when none was refused for ROOM_MS. what: is refused, and
 * why. */
static void say_refused(uint32_t service, int32_t pid, uint32_t uid,
                        const char *what)
{
	static uint64_t refused_ms; /* the last time; 0: never */
	bool again = refused_ms != 0 &&
	             supervisor.now_ms - refused_ms < ROOM_MS;
	struct digits d, e;

	refused_ms = supervisor.now_ms;
	if (!again)
		message("supervisord: ", name_of(service),
		        ": a message of process ", text_number(&d, pid),
		        " of user ", text_number(&e, uid), what, NULL);
}

/* What the message that is heard says; 0: it does not. */
static struct {
	uint64_t pid;               /* MAINPID */
	uint64_t inode;             /* MAINPIDFDID, of its pidfd */
	uint64_t us;                /* MONOTONIC_USEC */
	bool ready, reloading;      /* READY=1, RELOADING=1 */
	bool by_pidfd;              /* MAINPIDFD=1; then: it was one */
} named;

/* Does the process that was named descend from the guard of the service, and
 * has it the service's user? Held meanwhile, by its folder. */
static bool is_of_service(uint32_t service)
{
	int folder = proc_open((int32_t)named.pid);
	uint64_t key = KEY_UNKNOWN;
	struct proc p;
	bool is = folder >= 0 && proc_read(folder, &p) && proc_lives(&p) &&
	          owner_is(service, folder) &&
	          proc_descends(&p, record_of(service)->life.pid,
	                        PROCESS_PARENTS) &&
	          process_find_key((int32_t)named.pid, &key);

	if (folder >= 0)
		(void)sys_close(folder); /* it was only read */
	return is && (named.inode == 0 || (key & 1) == 0 ||
	              key >> 1 == named.inode);
}

/* What is wrong with the process that was named, or NULL. Only a guard can tell
 * how a process ends that is not its child. */
static const char *cannot_be_main(uint32_t service)
{
	bool is;

	if (!record_guarded(configured(service), record_of(service)))
		return ": its MAINPID is refused: for another main process the "
		       "service needs .hands_over or .stop_all";
	privilege_raise();
	is = is_of_service(service);
	privilege_lower();
	if (!is)
		return ": its MAINPID is refused: that is no process of the "
		       "service with its user";
	return processes_tell_guard(service, (int32_t)named.pid) < 0
	               ? ": its MAINPID is refused: the guard cannot be told"
	               : NULL;
}

/* The guard goes on with the process, and stores it on the board. Killed before
 * the message is taken: the guard is told again, which changes nothing. In a
 * pid namespace of its own the service does not know the numbers, but may have a
 * pidfd. */
static void hear_main(uint32_t service, int32_t sender, uint32_t uid)
{
	const char *what;

	if (named.pid == 0 || (int32_t)named.pid == main_of(service) ||
	    (!named.by_pidfd &&
	     (world_profile(&supervisor.world, service)->namespaces &
	      NEW_PID_NAMESPACE) != 0))
		return;
	what = cannot_be_main(service);
	if (what != NULL)
		say_refused(service, sender, uid, what);
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

/* Copies a text of a service; what is longer is cut. */
void notify_copy(char *to, size_t size, const char *from)
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

static void hear_number(const char *line, const char *key, uint64_t max,
                        uint64_t *number)
{
	if (text_starts(line, key))
		(void)text_to_number(line + text_length(key), max,
		                     number); /* else nothing is said */
}

static void hear_line(struct said *said, uint32_t service, const char *line)
{
	hear_time(said, service, line);
	hear_number(line, "MAINPID=", INT32_MAX, &named.pid);
	hear_number(line, "MAINPIDFDID=", UINT64_MAX >> 1, &named.inode);
	hear_number(line, "MONOTONIC_USEC=", UINT64_MAX, &named.us);
	named.ready |= text_equal(line, "READY=1");
	named.reloading |= text_equal(line, "RELOADING=1");
	named.by_pidfd |= text_equal(line, "MAINPIDFD=1");
	for (unsigned k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
		if (text_starts(line, texts[k].key))
			notify_copy((char *)said + texts[k].at, texts[k].size,
			          line + text_length(texts[k].key));
}

/* MAINPIDFD=1: the process of the pidfd that came with the message counts, which
 * its number cannot outlive while that is open. Its fdinfo tells the number, as
 * we see it (Linux 5.2): a file that is none, and that a service may have made
 * wait for ever, is not asked itself. */
static void hear_pidfd(int fd)
{
	char path[40] = "/proc/self/fdinfo/", info[INFO_BYTES] = { 0 };
	const char *line;
	char *at = info;
	struct digits d;
	const char *number = text_number(&d, fd);
	uint64_t pid = 0;

	__builtin_memcpy(path + sizeof("/proc/self/fdinfo/") - 1, number,
	                 text_length(number));
	(void)fd_read_file(AT_FDCWD, path, info, sizeof(info) - 1);
	while (*at != '\0' && !text_starts(at, "Pid:\t"))
		at++;
	line = at;
	while (*at != '\0' && *at != '\n')
		at++;
	*at = '\0';
	hear_number(line, "Pid:\t", INT32_MAX, &pid);
	named.by_pidfd = pid != 0;
	if (pid != 0)
		named.pid = pid;
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

/* It was asked to reload, and has not done so yet: RELOADING=1 counts if it is
 * younger, by its MONOTONIC_USEC, or if there is none (most send none); READY=1
 * after that is the end, which is stored as an event first. Killed before the
 * message is taken, a successor stores it again; no client waits for it twice. */
static void hear_reload(struct said *said, uint32_t service)
{
	if (said->reload_us == 0)
		return;
	if (named.reloading &&
	    (named.us == 0 || named.us >= said->reload_us))
		said->reloading = 1;
	if (!named.ready || !said->reloading)
		return;
	said->reload_us = 0;
	publish_reloaded(service, (union ending){ .code = ENDING_EXITED });
}

/* The service was sent the signal by which it reloads: from now on this is
 * awaited, by conctl. What it has said before was heard. Killed before this:
 * conctl has no answer yet, and asks again. */
void notify_reload(uint32_t service)
{
	struct said said;

	read_said(&said, service);
	said.reload_us = supervisor.now_ms * 1000;
	said.reloading = 0;
	publish_said(service, &said);
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
		say_refused(service, sender->pid, sender->uid,
		            " is refused: it is none of the processes that may "
		            "speak for the service (.notify_from)");
		return;
	}
	read_said(&said, service);
	memset(&named, 0, sizeof(named));
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
	if (named.by_pidfd)
		hear_pidfd(count > 0 ? fds[0] : -1);
	hear_main(service, sender->pid, sender->uid);
	if (named.ready)
		notify_ready(service);
	hear_reload(&said, service);
	publish_said(service, &said);
	if (!work_of(service)->stop_delayed)
		due_set(w, service,
		        clock_looks(w, service, supervisor.now_ms));
}
