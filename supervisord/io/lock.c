/* SPDX-License-Identifier: MIT */
/* The lock file. connate has a record lock on all of it but one byte, and
 * supervisord on that byte: so no other session can begin while one of the two
 * lives. A process that closes any descriptor of the file loses its lock
 * (fcntl(2)). */
#include "supervisord/io/lock.h"

#include "model/halt.h"
#include "model/text.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/link.h"
#include "sys/fd.h"
#include "sys/message.h"

/* The path of the lock file; NULL: none is configured. */
const char *lock_path(void)
{
	return supervisor.lock == NULL
	               ? NULL
	               : supervisor.lock + sizeof(TABLE_LOCK_IS) - 1;
}

/* A session that is to have a lock does not begin without it, unless connate is
 * PID 1, of which there is only one. In a session that runs, the image that is
 * being tried is refused. */
static void lock_failed(const char *what, const char *file, const char *why)
{
	bool goes_on = supervisor.connate == 1;

	message("supervisord: ", what, file, ": ", why,
	        goes_on ? "; going on without it" : NULL, NULL);
	if (goes_on)
		return;
	if (!supervisor.ledger->seeded) /* else only supervisord ends */
		(void)link_send(link_make(LINK_HALT, HALT_EXIT, 1, 0), -1);
	sys_exit(1);
}

/* Sets supervisor.lock by the configuration and the environment ($NAME/ in the
 * path of the lock file). Ends the session, or this image, if it has no
 * value. */
void lock_find(void)
{
	static char entry[sizeof(TABLE_LOCK_IS) + PATH_MAX];
	const struct table *t = supervisor.world.table;
	const char *file, *wrong;

	supervisor.lock = NULL;
	if (t->lock_file == TABLE_NONE)
		return;
	file = table_text(t, t->lock_file);
	wrong = text_expand(entry, sizeof(entry), TABLE_LOCK_IS, file,
	                    supervisor.envp);
	if (wrong == NULL)
		supervisor.lock = entry;
	else
		lock_failed("there can be no lock file ", file, wrong);
}

static int open_file(void)
{
	int fd;

	privilege_raise();
	fd = sys_openat(AT_FDCWD, lock_path(),
	                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	privilege_lower();
	return fd;
}

/* Has connate take its part; connate ends the session if another process has a
 * lock on it. The file is made if it is missing, and never written to. */
static void ask_connate(void)
{
	struct digits d;
	int fd = open_file();

	if (fd < 0) {
		lock_failed("cannot open the lock file ", lock_path(),
		            text_error(&d, fd));
		return;
	}
	while (link_send(link_make(LINK_KEEP, FD_LOCK, 0, 0), fd) == -EAGAIN)
		(void)sys_ppoll(&(struct pollfd){ .fd = FD_LINK,
		                                  .events = POLLOUT },
		                1, NULL);
	(void)sys_close(fd); /* connate has it */
	link_wait(&supervisor.locked);
}

static int lock_bytes(long long first, long long count)
{
	struct flock lock = { .l_type = F_WRLCK,
		              .l_start = first,
		              .l_len = count };
	int error = 0;

	if (!descriptor_is_open(FD_LOCK))
		error = fd_move(open_file(), FD_LOCK, O_CLOEXEC);
	return error < 0 ? error : sys_fcntl_lock(FD_LOCK, F_SETLK, &lock);
}

/* Locks the byte of supervisord, and has connate lock the rest if it has not
 * yet; before any service is started. If there is no lock file, nothing. */
void lock_take(void)
{
	struct digits d;
	int error;

	if (lock_path() == NULL)
		return;
	if (!supervisor.ledger->locked) {
		(void)sys_close(FD_LOCK); /* of another configuration, if any */
		ask_connate();
	}
	error = lock_bytes(LOCK_OF_SUPERVISORD, 1);
	if (error < 0)
		message("supervisord: cannot lock ", lock_path(), ": ",
		        text_error(&d, error), "; going on without it", NULL);
}

/* Another session has a lock file of this path, though not this file any more:
 * its connate is that process. Ends this session; one that runs already, with
 * another configuration, or as PID 1, goes on. */
void lock_give_way(int32_t connate)
{
	bool goes_on = supervisor.connate == 1 || supervisor.ledger->seeded;
	struct digits d;

	message("supervisord: cannot lock ", lock_path(),
	        ": it is held by process ", text_number(&d, connate),
	        " (is this session running already?), whose lock file was "
	        "deleted or replaced",
	        goes_on ? "; going on without it" : NULL, NULL);
	if (goes_on)
		return;
	(void)link_send(link_make(LINK_HALT, HALT_EXIT, 1, 0), -1);
	sys_exit(1);
}

/* Locks all of the file, when connate is dead. A record lock survives exec
 * (fcntl(2)). 0, or -errno: -EAGAIN or -EACCES if another process has a
 * lock. */
int lock_take_all(void)
{
	return lock_path() == NULL ? 0 : lock_bytes(0, 0);
}

/* The file that the path leads to is the one that is open as FD_LOCK. */
static bool is_at_its_path(void)
{
	struct stat there, own;

	return sys_fstatat(AT_FDCWD, lock_path(), &there,
	                   AT_SYMLINK_NOFOLLOW) == 0 &&
	       sys_fstat(FD_LOCK, &own) == 0 && there.st_dev == own.st_dev &&
	       there.st_ino == own.st_ino;
}

/* Has connate lock its part of the file at FD_LOCK, if it has not. */
static int have_connate_hold(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_len = 1 };
	int error = sys_fcntl_lock(FD_LOCK, F_GETLK, &lock);

	if (error < 0)
		return error;
	if (lock.l_type == F_UNLCK)
		return link_send(link_make(LINK_KEEP, FD_LOCK, 0, 0), FD_LOCK);
	return lock.l_pid == supervisor.connate ? 0 : -EAGAIN;
}

/* Makes the lock file again if it was deleted or replaced, and has both
 * processes lock it; opens nothing else. 0; 1: it was gone; or -errno: -ENOENT
 * without its folder, -EAGAIN or -EACCES if another process has a lock. To be
 * called with all capabilities raised, in a session that has its lock.
 *
 * Our byte is locked first: then no other session can begin (keep_lock() of
 * connate). Killed before connate has its part, a successor opens the file of
 * the path, locks its byte, and finds here that connate has not locked the
 * rest. */
int lock_hold(void)
{
	bool gone = !is_at_its_path();
	int error = 0;

	if (gone)
		error = fd_move(open_file(), FD_LOCK, O_CLOEXEC);
	if (error >= 0)
		error = lock_bytes(LOCK_OF_SUPERVISORD, 1);
	if (error >= 0)
		error = have_connate_hold();
	return error < 0 ? error : gone;
}
