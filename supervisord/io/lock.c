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

static const char *lock_path(void)
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

/* Locks all of the file, when connate is dead. A record lock survives exec
 * (fcntl(2)). 0, or -errno: -EAGAIN or -EACCES if another process has a
 * lock. */
int lock_take_all(void)
{
	return lock_path() == NULL ? 0 : lock_bytes(0, 0);
}
