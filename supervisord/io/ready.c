/* SPDX-License-Identifier: MIT */
/* READY_FD: a program says that it is ready with a newline on a descriptor of
 * its own. It is a socket, not a pipe, because what is in a socket can be
 * peeked at. All stand in one epoll, so that waiting for thousands costs as
 * much as waiting for one. pid1 keeps them: what was said survives us. */
#include "model/text.h"
#include "supervisord/base/supervisor.h"
#include "sys/fd.h"
#include "sys/message.h"

enum { READY_BYTES = 256, READY_EVENTS = 16 };

static const struct table_service *configured(uint32_t service)
{
	return table_service(supervisor.world.table, service);
}

static int open_epoll(void)
{
	int error;

	if (supervisor.ready_fd >= 0)
		return 0;
	error = fd_move(sys_epoll_create(O_CLOEXEC), FD_READY, O_CLOEXEC);
	if (error >= 0)
		supervisor.ready_fd = FD_READY;
	return error;
}

/* The epoll is made for the first, so that nothing is looked at that nobody
 * needs. */
static int watch(uint32_t service)
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

void ready_tidy(void)
{
	if (supervisor.ready_fd < 0)
		(void)sys_close(FD_READY); /* there may be none */
}

void ready_open(void)
{
	uint32_t services = supervisor.world.table->services;
	struct digits d;
	int error = 0;

	supervisor.ready_fd = -1;
	for (uint32_t i = 0; i < services && error >= 0; i++)
		error = watch(i);
	if (error < 0)
		message("supervisord: cannot watch for READY_FD: ",
		        text_error(&d, error), NULL);
}

static bool has_newline(const char *bytes, long size)
{
	for (long i = 0; i < size; i++)
		if (bytes[i] == '\n')
			return true;
	return false;
}

/* How much was taken, or below one when nothing is there. */
static long take(uint32_t service, char *bytes, unsigned flags)
{
	struct iovec part = { bytes, READY_BYTES };
	struct msghdr header = { .parts = &part, .part_count = 1 };

	return sys_recvmsg(log_read_fd(configured(service)->ready_pipe),
	                   &header, MSG_DONTWAIT | flags);
}

static bool listens(uint32_t service)
{
	const struct record *r = &supervisor.records[service];

	return r->phase.state == STATE_STARTING && r->life.pid != 0;
}

/* Peek, record, release: killed in between, a successor hears it again. */
static void hear(uint32_t service)
{
	char bytes[READY_BYTES];
	long got = take(service, bytes, MSG_PEEK);

	if (got > 0 && has_newline(bytes, got) && listens(service)) {
		publish_ready(service);
		world_touch(&supervisor.world, service);
	}
	if (got > 0)
		(void)take(service, bytes, 0); /* the same bytes, or more */
}

void ready_read(void)
{
	static struct epoll_event events[READY_EVENTS];
	int count = sys_epoll_wait(FD_READY, events, READY_EVENTS, 0);

	for (int i = 0; i < count; i++)
		hear((uint32_t)events[i].data);
}

/* What an earlier process has said does not count. */
void ready_drain(uint32_t service)
{
	char bytes[READY_BYTES];

	while (take(service, bytes, 0) > 0)
		;
}
