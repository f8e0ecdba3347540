/* SPDX-License-Identifier: MIT */
/* The lock file. connate holds all of it but one byte, which is ours: so nobody
 * can begin a session while one of us lives. Closing any descriptor of the file
 * lets go of what we hold of it (fcntl(2)). */
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/fd.h"
#include "sys/message.h"

static const char *path(void)
{
	return supervisor.lock == NULL
	               ? NULL
	               : supervisor.lock + sizeof(TABLE_LOCK_IS) - 1;
}

/* A session that is to have a lock does not begin without; as PID 1 there is
 * only one. Of a session that runs it is another image that is refused. */
static void cannot(const char *what, const char *file, const char *why)
{
	bool goes_on = supervisor.pid1 == 1;

	message("supervisord: ", what, file, ": ", why,
	        goes_on ? "; going on without it" : NULL, NULL);
	if (goes_on)
		return;
	if (!supervisor.ledger->seeded) /* else it ends just us */
		(void)post_send(link_make(LINK_HALT, HALT_EXIT, 1, 0), -1);
	sys_exit(1);
}

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
		cannot("there can be no lock file ", file, wrong);
}

static int open_file(void)
{
	int fd;

	privilege_raise();
	fd = sys_openat(AT_FDCWD, path(),
	                O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	privilege_lower();
	return fd;
}

/* connate ends us if it is held by another. The file is made if it is missing,
 * and never written to. */
static void ask_connate(void)
{
	struct digits d;
	int fd = open_file();

	if (fd < 0) {
		cannot("cannot open the lock file ", path(),
		       text_error(&d, fd));
		return;
	}
	while (post_send(link_make(LINK_KEEP, FD_LOCK, 0, 0), fd) == -EAGAIN)
		(void)sys_ppoll(&(struct pollfd){ .fd = FD_LINK,
		                                  .events = POLLOUT },
		                1, NULL);
	(void)sys_close(fd); /* connate has it */
	observe_until(&supervisor.locked);
}

static int take(long long first, long long count)
{
	struct flock lock = { .l_type = F_WRLCK,
		              .l_start = first,
		              .l_len = count };
	int error = 0;

	if (sys_fcntl(FD_LOCK, F_GETFD, 0) < 0)
		error = fd_move(open_file(), FD_LOCK, O_CLOEXEC);
	return error < 0 ? error : sys_fcntl_lock(FD_LOCK, F_SETLK, &lock);
}

/* Before anything runs. */
void lock_take(void)
{
	struct digits d;
	int error;

	if (path() == NULL)
		return;
	if (!supervisor.ledger->locked) {
		(void)sys_close(FD_LOCK); /* of another configuration, if any */
		ask_connate();
	}
	error = take(LOCK_OF_SUPERVISORD, 1);
	if (error < 0)
		message("supervisord: cannot lock ", path(), ": ",
		        text_error(&d, error), "; going on without it", NULL);
}

/* The rest, too: connate is dead. A lock outlives exec. */
int lock_take_all(void)
{
	return path() == NULL ? 0 : take(0, 0);
}
