/* SPDX-License-Identifier: MIT */
/* The pipes of loggers, and the sockets of READY_FD and READY_SD_NOTIFY. connate
 * keeps a copy of both ends of each, so that none is closed or emptied when a
 * logger or supervisord dies; a successor finds them open at their numbers. A
 * pipe is used only once both ends are kept. While a logger drains, both have
 * closed the end of the writers, so that it can come to the end of its input;
 * the end of the reader stays, and with it what is in the pipe. */
#include "supervisord/io/pipes.h"

#include <asm/ioctls.h>

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

/* One socket, twice, so that a guard, which has the other end of a pair, can
 * tell its program the name. The kernel gives it a name that no other one has:
 * abstract, so that it is seen in a chroot and leaves no file (unix(7),
 * Autobind). */
static int make_notify(int fds[2])
{
	const uint16_t family = AF_UNIX;
	const int on = 1;
	int error;

	fds[0] = sys_socket(AF_UNIX, SOCK_DGRAM | O_CLOEXEC, 0);
	if (fds[0] < 0)
		return fds[0];
	error = sys_setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &on,
	                       sizeof(on));
	if (error >= 0)
		error = sys_bind(fds[0], &family, sizeof(family));
	if (error >= 0)
		error = fds[1] = sys_fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
	if (error < 0)
		(void)sys_close(fds[0]);
	return error;
}

/* For READY_FD and READY_SD_NOTIFY they are sockets: see ready.c. */
static int make_pair(enum ready_kind kind, int fds[2])
{
	if (kind == READY_KIND_SD_NOTIFY)
		return make_notify(fds);
	return kind == READY_KIND_FD
	               ? sys_socketpair(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0,
	                                fds)
	               : sys_pipe2(fds, O_CLOEXEC);
}

static int open_pair(uint32_t k, enum ready_kind kind)
{
	int fds[2], error = make_pair(kind, fds);

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

/* Opens the end of the writers again, if a logger has drained: what is in the
 * pipe stays there. A socket cannot be opened so; that of make_notify() another
 * manager may have kept once (pid1/store.c). */
static int open_writer(uint32_t k, enum ready_kind kind)
{
	int fd = kind == READY_KIND_SD_NOTIFY
	                 ? sys_fcntl(log_read_fd(k), F_DUPFD_CLOEXEC, 0)
	                 : descriptor_open_again(log_read_fd(k),
	                                         O_WRONLY | O_CLOEXEC);

	return fd < 0 ? fd : fd_move(fd, log_write_fd(k), O_CLOEXEC);
}

/* Opens pipe k (of a logger, else what this readiness needs), or only its closed
 * end, and has connate keep it. Does nothing if both ends are open. 0, or
 * -errno. Killed before connate has it: the successor does it again. */
int pipes_open(uint32_t k, enum ready_kind kind)
{
	if (descriptor_is_open(log_write_fd(k)) &&
	    descriptor_is_open(log_read_fd(k)))
		return 0;
	return open_writer(k, kind) < 0 ? open_pair(k, kind)
	                          : keep_fd(log_write_fd(k));
}

/* The first service from `writer` on that has a pipe of its own to this logger;
 * world.table->services: none. O(services). */
uint32_t pipes_next(uint32_t logger, uint32_t writer)
{
	while (writer < supervisor.world.table->services &&
	       (configured(writer)->log_pipe == 0 ||
	        table_first(table_in_force(), writer) != writer ||
	        configured(writer)->log_kind != LOG_KIND_TO ||
	        configured(writer)->log_at != logger))
		writer++;
	return writer;
}

/* Calls it for the pipe of this logger, if it is one still, and, with .reads =
 * EACH, for those of the services that log to it. */
static void for_each(uint32_t logger, void (*act)(uint32_t k))
{
	const struct table_service *s = configured(logger);
	uint32_t i = s->reads_each ? 0 : supervisor.world.table->services;

	if (s->pipe != TABLE_NONE)
		act(s->pipe);
	for (; (i = pipes_next(logger, i)) < supervisor.world.table->services;
	     i++)
		act(configured(i)->log_pipe - 1);
}

static void begin(uint32_t k)
{
	(void)pipes_open(k, READY_KIND_AT_ONCE); /* else its writers fail */
}

/* The logger starts: opens what of its pipes is closed. */
void pipes_begin(uint32_t logger)
{
	for_each(logger, begin);
}

static void end(uint32_t k)
{
	if (open_writer(k, READY_KIND_AT_ONCE) < 0)
		return;
	(void)sys_close(log_write_fd(k));
	(void)link_send_waiting(link_make(LINK_DROP, log_write_fd(k), 0, 0),
	                        -1);
}

/* This logger drains, as the services that log to it have stopped: it comes to
 * the end of its input when what they have left holds the other ends no more.
 * Killed in between, the successor does it again; without room on the link
 * .max_stop ends the drain. Where an end could not be opened again, without a
 * /proc, it stays open. */
void pipes_end(uint32_t logger)
{
	for_each(logger, end);
}

static int64_t unread; /* bytes, by add_unread() */

static void add_unread(uint32_t k)
{
	int bytes = 0;

	if (sys_ioctl(log_read_fd(k), FIONREAD, &bytes) >= 0)
		unread += bytes;
}

/* What is left in the pipe of this service, if it is a logger, is lost with the
 * pipe, and that is said. */
void pipes_say_lost(uint32_t service)
{
	struct digits d;

	unread = 0;
	for_each(service, add_unread);
	if (unread == 0)
		return;
	message("supervisord: ", name_of(service), ": ",
	        text_number(&d, unread),
	        " bytes that were logged to it are lost: not read within "
	        ".max_stop",
	        NULL);
}

static void open_missing(uint32_t k, enum ready_kind kind, bool loud)
{
	struct digits d, e;
	int error = k == TABLE_NONE ? 0 : pipes_open(k, kind);

	if (error < 0 && loud)
		message("supervisord: cannot open pipe ", text_number(&d, k),
		        ": ", text_error(&e, error), NULL);
}

/* Raises the soft limit of open files (RLIMIT_NOFILE), as far as the hard one
 * allows, to what the shared descriptors and so many pipes need, and a logger's
 * child, for which an end of each is copied (step_reads()). The limit that
 * was given, which services get, is in supervisor.files from the first call on.
 * 0; or the hard limit, which is too low. */
uint64_t pipes_raise_limit(uint32_t pipes)
{
	uint64_t need = (uint64_t)log_read_fd(pipes) + pipes + SPARE_FILES;
	struct rlimit64 more;

	if (sys_prlimit(0, RLIMIT_NOFILE, NULL, &more) < 0)
		return 0; /* a sandbox; opening says what there is no room for */
	if (!supervisor.files_raised)
		supervisor.files = more;
	if (more.rlim_cur < need) {
		more.rlim_cur = need < more.rlim_max ? need : more.rlim_max;
		if (sys_prlimit(0, RLIMIT_NOFILE, &more, NULL) == 0)
			supervisor.files_raised = true;
	}
	return more.rlim_max < need ? more.rlim_max : 0;
}

static void say_too_few(uint64_t most)
{
	struct digits d, e;

	message("supervisord: the hard limit of open files (ulimit -Hn) is ",
	        text_number(&d, (int64_t)most), ", and the loggers need ",
	        text_number(&e, log_read_fd(supervisor.world.table->pipes) +
	                                SPARE_FILES),
	        ": those without a pipe do not start", NULL);
}

/* Opens the pipes and sockets that are missing, and has connate keep them. If
 * one cannot be opened, which is said (once, if the limit of open files is the
 * reason), its service fails to start at that step. */
void pipes_open_all(void)
{
	const struct table *t = supervisor.world.table;
	uint64_t most = pipes_raise_limit(t->pipes);

	if (most != 0 && t->pipes > 0)
		say_too_few(most);
	for (uint32_t i = 0; i < t->services && t->pipes > 0; i++) {
		const struct table_service *s = configured(i);

		open_missing(s->pipe, READY_KIND_AT_ONCE, most == 0);
		open_missing(s->log_pipe - 1, READY_KIND_AT_ONCE, most == 0);
		open_missing(s->ready_pipe, s->ready, most == 0);
	}
}
