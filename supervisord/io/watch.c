/* SPDX-License-Identifier: MIT */
/* The lock file is put back where it was deleted or replaced, as logind deletes
 * the folder of a user at the last logout: conctl finds connate by it.
 *
 * Its path is watched by inotify(7): the file for a change of its links, each
 * folder above it for being deleted or moved. Where the file is missing, the
 * last folder that exists is watched for a new entry. So a folder in which many
 * files come and go wakes no supervisord. What was seen is looked at after
 * BACK_MS, so that rm -r does not find a new file in the folder that it is about
 * to delete.
 *
 * A file system that is mounted over the folder is not seen. But a session that
 * is refused because of this one sends SIGCHLD (earlier.c), and then there is a
 * look too. Where inotify is refused, supervisord looks when it is awake
 * anyway.
 *
 * The kernel takes 10 ms to close such a descriptor, and the death of a process
 * is seen only then: so connate holds it, too, and a successor goes on with
 * it. A successor looks once, as events may have been read but not acted on. */
#include "supervisord/io/watch.h"

#include <linux/inotify.h>

#include "model/text.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/link.h"
#include "supervisord/io/lock.h"
#include "sys/fd.h"
#include "sys/message.h"

enum {
	BACK_MS = 500,              /* from a change to the look … */
	BACK_MAX_MS = 32000,        /* … doubled, up to this, while another
	                               process has a lock on the file; then no
	                               more */
	AWAKE_MS = 1000,            /* between looks without inotify */
};

static bool begun, watched, refused; /* by inotify; it is */
static uint64_t at_ms;              /* when to look */
static uint64_t pause_ms;           /* before the next try */
static uint64_t looked_ms;
static int said;                    /* the error that was said last */

/* The descriptor that tells of a change, or -1. */
int watch_fd(void)
{
	return watched ? FD_LOCK_WATCH : -1;
}

/* When watch_look() is due (CLOCK_MONOTONIC), or NEVER_MS. */
uint64_t watch_look_ms(void)
{
	return at_ms;
}

/* Has watch_look() look in BACK_MS, if there is a lock file. */
void watch_soon(void)
{
	pause_ms = BACK_MS;
	if (begun && at_ms == NEVER_MS)
		at_ms = supervisor.now_ms + BACK_MS;
}

/* From now on the lock file is watched, if it is open. */
void watch_begin(void)
{
	begun = descriptor_is_open(FD_LOCK);
	watched = begun && descriptor_is_open(FD_LOCK_WATCH);
	at_ms = NEVER_MS;
	watch_soon();
}

static void open_watch(void)
{
	if (watched || refused)
		return;
	watched = fd_move(sys_inotify_init(O_CLOEXEC | O_NONBLOCK),
	                  FD_LOCK_WATCH, O_CLOEXEC) >= 0;
	refused = !watched;
	if (watched) /* not sent: only its end takes longer */
		(void)link_send(link_make(LINK_KEEP, FD_LOCK_WATCH, 0, 0),
		                FD_LOCK_WATCH);
}

/* From the file up to the folder below the root. What is watched already gets
 * the new mask. */
static void watch_path(void)
{
	static char path[PATH_MAX];
	size_t size = text_length(lock_path());
	unsigned mask = IN_ATTRIB | IN_DONT_FOLLOW;

	__builtin_memcpy(path, lock_path(), size + 1);
	while (size > 0) {
		int error;

		path[size] = '\0';
		error = sys_inotify_add_watch(
			FD_LOCK_WATCH, path,
			mask | IN_MOVE_SELF | IN_DELETE_SELF);
		/* The first one that exists tells of what is missing. */
		mask = error < 0 && mask != 0 ? IN_CREATE | IN_MOVED_TO : 0;
		while (size > 0 && path[--size] != '/')
			;
	}
}

static void say(int result)
{
	struct digits d;

	if (result == 1)
		message("supervisord: the lock file ", lock_path(),
		        " was deleted or replaced; it is made again", NULL);
	else if (result < 0 && result != said)
		message("supervisord: the lock file ", lock_path(),
		        " was deleted or replaced, and cannot be made again: ",
		        result == -EAGAIN || result == -EACCES
		                ? "another process holds it"
		                : text_error(&d, result),
		        "; the session goes on", NULL);
	said = result < 0 ? result : 0;
}

/* A lock of another process, and a link without room, pass unseen. */
static void plan(int result)
{
	bool passes = result == -EAGAIN || result == -EACCES;

	at_ms = NEVER_MS;
	if (passes && pause_ms <= BACK_MAX_MS)
		at_ms = supervisor.now_ms + pause_ms;
	pause_ms = passes ? 2 * pause_ms : BACK_MS;
}

/* Looks after the lock file, if that is due, or if inotify has told of a change
 * BACK_MS ago. changed: it tells of one now. Says what it has done, once.
 * Nothing without a lock file, and while connate is dead. */
void watch_look(bool changed)
{
	char events[1024];
	int result;

	if (changed) {
		while (sys_read(FD_LOCK_WATCH, events, sizeof(events)) > 0)
			;
		watch_soon();
	}
	if (refused && supervisor.now_ms >= looked_ms + AWAKE_MS)
		at_ms = supervisor.now_ms;
	if (!begun || supervisor.now_ms < at_ms || supervisor.link_lost)
		return;
	looked_ms = supervisor.now_ms;
	privilege_raise();
	open_watch();
	if (watched)
		watch_path();
	result = lock_hold();
	privilege_lower();
	say(result);
	plan(result);
}
