/* SPDX-License-Identifier: MIT */
/* READY_FD: a program says that it is ready with a newline on a descriptor of
 * its own. It is a socket, not a pipe, because what is in a socket can be
 * peeked at. All sockets are in one epoll, so that waiting for thousands costs
 * as much as waiting for one. connate keeps them: what was said survives
 * supervisord. */
#include "supervisord/io/ready.h"

#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "sys/fd.h"

enum { READY_BYTES = 256, READY_EVENTS = 16 };

static int epoll_fd; /* FD_READY; -1: there is none */

static int open_epoll(void)
{
	int error;

	if (epoll_fd >= 0)
		return 0;
	error = fd_move(sys_epoll_create(O_CLOEXEC), FD_READY, O_CLOEXEC);
	if (error >= 0)
		epoll_fd = FD_READY;
	return error;
}

/* The epoll is made for the first socket, so that there is none where no
 * service has READY_FD. */
static int watch_socket(uint32_t service)
{
	uint32_t pipe = configured(service)->ready_pipe;
	struct epoll_event event = { .events = EPOLLIN, .data = service };
	int error;

	if (pipe == TABLE_NONE)
		return 0;
	error = open_epoll();
	return error < 0 ? error
	                 : sys_epoll_ctl(FD_READY, EPOLL_CTL_ADD,
	                                 log_read_fd(pipe), &event);
}

/* Closes the epoll of a predecessor, if ready_open() has not replaced it. */
void ready_tidy(void)
{
	if (epoll_fd < 0)
		(void)sys_close(FD_READY); /* there may be none */
}

/* Watches the sockets of all services that have READY_FD. An error is said;
 * then some services do not become ready. */
void ready_open(void)
{
	uint32_t services = supervisor.world.table->services;
	int error = 0;

	epoll_fd = -1;
	for (uint32_t i = 0; i < services && error >= 0; i++)
		error = watch_socket(i);
	(void)say_error("cannot watch for READY_FD", error);
}

/* The epoll to poll for ready_read(), or -1. */
int ready_fd(void)
{
	return epoll_fd;
}

static bool has_newline(const char *bytes, long size)
{
	for (long i = 0; i < size; i++)
		if (bytes[i] == '\n')
			return true;
	return false;
}

/* How many bytes were received, or below 1: none. */
static long receive_bytes(uint32_t service, char *bytes, unsigned flags)
{
	struct iovec part = { bytes, READY_BYTES };
	struct msghdr header = { .parts = &part, .part_count = 1 };

	return sys_recvmsg(log_read_fd(configured(service)->ready_pipe),
	                   &header, MSG_DONTWAIT | flags);
}

static bool is_starting(uint32_t service)
{
	const struct record *r = record_of(service);

	return r->phase.state == STATE_STARTING && r->life.pid != 0;
}

/* Peek, record, release: killed in between, a successor reads it again. */
static void read_newline(uint32_t service)
{
	char bytes[READY_BYTES];
	long got = receive_bytes(service, bytes, MSG_PEEK);

	if (got > 0 && has_newline(bytes, got) && is_starting(service)) {
		publish_ready(service);
		world_touch(&supervisor.world, service);
	}
	if (got > 0)
		(void)receive_bytes(service, bytes, 0); /* these, or more */
}

/* Reads what services have said, of at most READY_EVENTS: those that are
 * starting are ready. */
void ready_read(void)
{
	static struct epoll_event events[READY_EVENTS];
	int count = sys_epoll_wait(FD_READY, events, READY_EVENTS, 0);

	for (int i = 0; i < count; i++)
		read_newline((uint32_t)events[i].data);
}

/* Discards what an earlier process of the service has said. */
void ready_drain(uint32_t service)
{
	char bytes[READY_BYTES];

	while (receive_bytes(service, bytes, 0) > 0)
		;
}
