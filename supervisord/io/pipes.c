/* SPDX-License-Identifier: MIT */
/* The pipes of loggers, and the sockets of READY_FD. connate keeps a copy of
 * both ends of each, so that none is closed or emptied when a logger or
 * supervisord dies; a successor finds them open at their numbers. A pipe is
 * used only once both ends are kept. */
#include "supervisord/io/pipes.h"

#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/link.h"
#include "sys/fd.h"
#include "sys/message.h"

/* Room for the copy that the kernel makes on the way to its number. */
enum { SPARE_FILES = 16 };

static int keep_fd(int fd)
{
	return link_send_waiting(link_make(LINK_KEEP, fd, 0, 0), fd);
}

/* For READY_FD it is a socket: see ready.c. */
static int make_pair(bool socket, int fds[2])
{
	return socket ? sys_socketpair(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, fds)
	              : sys_pipe2(fds, O_CLOEXEC);
}

static int open_pair(uint32_t k, bool socket)
{
	int fds[2], error = make_pair(socket, fds);

	if (error < 0)
		return error;
	error = fd_move(fds[0], log_read_fd(k), O_CLOEXEC);
	if (error < 0) {
		(void)sys_close(fds[1]);
		return error;
	}
	error = fd_move(fds[1], log_write_fd(k), O_CLOEXEC);
	if (error < 0 || (error = keep_fd(log_read_fd(k))) < 0)
		return error;
	return keep_fd(log_write_fd(k));
}

static void open_missing(uint32_t k, bool socket)
{
	struct digits d, e;
	int error = 0;

	if (k == TABLE_NONE)
		return;
	if (!descriptor_is_open(log_read_fd(k)) ||
	    !descriptor_is_open(log_write_fd(k)))
		error = open_pair(k, socket);
	if (error < 0)
		message("supervisord: cannot open pipe ", text_number(&d, k),
		        ": ", text_error(&e, error), NULL);
}

/* Raises the soft limit of open files (RLIMIT_NOFILE), as far as the hard one
 * allows, if the pipes of the configuration need more. supervisor.files is the
 * limit that services get. */
void pipes_raise_limit(void)
{
	uint32_t pipes = supervisor.world.table->pipes;
	uint64_t need = (uint64_t)log_read_fd(pipes) + SPARE_FILES;
	struct rlimit64 more;

	if (sys_prlimit(0, RLIMIT_NOFILE, NULL, &supervisor.files) < 0 ||
	    supervisor.files.rlim_cur >= need)
		return;
	more = supervisor.files;
	more.rlim_cur = need < more.rlim_max ? need : more.rlim_max;
	supervisor.files_raised =
		sys_prlimit(0, RLIMIT_NOFILE, &more, NULL) == 0;
}

/* Opens the pipes and sockets that are missing, and has connate keep them. If
 * one cannot be opened, which is said, its service fails to start at that
 * step. */
void pipes_open_all(void)
{
	const struct table *t = supervisor.world.table;

	pipes_raise_limit();
	for (uint32_t i = 0; i < t->services && t->pipes > 0; i++) {
		open_missing(configured(i)->pipe, false);
		open_missing(configured(i)->ready_pipe, true);
	}
}
