/* SPDX-License-Identifier: MIT */
/* The sockets by which programs speak: a newline says that a program with
 * READY_FD is ready; the messages of READY_SD_NOTIFY are in notify.c. They are
 * sockets, not pipes, because what is in a socket can be peeked at: peek,
 * record, release. All are in one epoll, so that waiting for thousands costs as
 * much as waiting for one. connate keeps them: what was said survives
 * supervisord. */
#include "supervisord/process/ready.h"

#include "model/said.h"
#include "model/target.h"
#include "supervisord/base/publish.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/base/targets.h"
#include "supervisord/io/sockets.h"
#include "supervisord/process/notify.h"
#include "supervisord/process/store.h"
#include "sys/fd.h"

enum {
	READY_BYTES = 4096,         /* of a message, as other managers take */
	READY_EVENTS = 16,          /* sockets that are asked for at once */
	READY_MESSAGES = 32,        /* read from one of them in one pass */
	GATHER_MS = 2,              /* between two looks at signs of life */
};

/* In epoll_event.data, with a service: its socket of .listen. */
#define DEMAND (1ull << 32)

static int epoll_fd; /* FD_READY; -1: there is none */
static uint64_t read_ms; /* when ready_read() was called last */
static bool gathers; /* see ready_gathers() */

static char bytes[READY_BYTES + 1]; /* the message that is read, and NUL */
static struct {
	struct control_sender sender; /* of it */
	struct control_fds fds;     /* that came with it */
} control;

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
 * service speaks. */
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

/* The epoll to poll for ready_read(), or -1. */
int ready_fd(void)
{
	return epoll_fd;
}

/* May more be awaited for a moment, instead of waking up for each? Where signs
 * of life, and nothing else, have come in two looks one after the other. Then
 * the next ready_read() is due at *until, or earlier, when anything else
 * happens. */
bool ready_gathers(uint64_t *until)
{
	if (gathers)
		*until = earlier(*until, read_ms + GATHER_MS);
	return gathers;
}

static bool has_newline(long size)
{
	for (long i = 0; i < size; i++)
		if (bytes[i] == '\n')
			return true;
	return false;
}

static bool is_notified(uint32_t service)
{
	return configured(service)->ready == READY_KIND_SD_NOTIFY;
}

/* How many bytes were received, or below 0: none. There is room for the sender
 * but for no descriptor, so the kernel closes those that came with the message:
 * that is also the answer to BARRIER=1. With .fd_store, or a guard (MAINPIDFD=1),
 * there is room when it is peeked at, and they come behind the sender
 * (include/net/scm.h). A message that is too long is empty. */
static long receive_bytes(uint32_t service, unsigned flags)
{
	struct iovec part = { bytes, READY_BYTES };
	struct msghdr header = { .parts = &part, .part_count = 1 };
	long got;

	control.fds.length = 0;
	if (is_notified(service)) {
		header.control = &control;
		header.control_length =
			(flags & MSG_PEEK) != 0 &&
					(configured(service)->store.count > 0 ||
			                 table_guards(configured(service)))
				? sizeof(control)
				: sizeof(control.sender);
	}
	got = sys_recvmsg(log_read_fd(world_socket(&supervisor.world, service)),
	                  &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC | flags);
	if (got >= 0)
		bytes[(header.flags & MSG_TRUNC) != 0 ? 0 : got] = '\0';
	return got;
}

static void hear_message(uint32_t service)
{
	uint32_t count = control.fds.length > CONTROL_FDS_LENGTH(0)
	                         ? (uint32_t)(control.fds.length -
	                                      CONTROL_FDS_LENGTH(0)) / 4
	                         : 0;

	notify_hear(service, bytes, &control.sender, control.fds.fd, count);
	while (count > 0)
		(void)sys_close(control.fds.fd[--count]); /* they are copies */
}

static void hear(uint32_t service, long size)
{
	if (is_notified(service))
		hear_message(service);
	else if (has_newline(size))
		notify_ready(service);
}

/* Takes a message. Peek, record, release: killed in between, a successor reads
 * it again, and hearing it twice does no harm. False: there was none. */
static bool take_one(uint32_t service)
{
	long size = receive_bytes(service, MSG_PEEK);

	if (size < 0)
		return false;
	hear(service, size);
	(void)receive_bytes(service, 0); /* these, or more */
	return true;
}

/* Takes what was said by or for the service: at most READY_MESSAGES. The service
 * need have no socket. */
void ready_take(uint32_t service)
{
	int left = READY_MESSAGES;

	if (configured(service)->ready_pipe == TABLE_NONE)
		return;
	while (left-- > 0 && take_one(service))
		;
}

/* Is it to be started when somebody connects? */
static bool is_awaited(uint32_t service)
{
	union phase phase = record_of(service)->phase;

	return phase.state == STATE_DOWN && phase.target == TARGET_DOWN &&
	       !demand_of(service)->run && supervisor.ledger->halt == 0;
}

/* Watches the sockets of a service with .on_demand while it is down, and only
 * then; to be called when it has come to another state. The successor does it
 * again. */
void ready_await(uint32_t service)
{
	const struct table_service *s = configured(service);
	struct epoll_event event = {
		.events = is_awaited(service) ? EPOLLIN : 0,
		.data = service | DEMAND,
	};

	for (uint32_t k = 0; k < table_sockets(s); k++) {
		int fd = log_read_fd(table_socket(table_in_force(), s,
		                                  k)->pipe);

		if (sys_epoll_ctl(FD_READY, EPOLL_CTL_MOD, fd, &event) < 0)
			(void)sys_epoll_ctl(FD_READY, EPOLL_CTL_ADD, fd,
			                    &event); /* else it is not open */
	}
}

static void start(uint32_t service)
{
	target_set(&supervisor.world, service,
	           (enum target)configured(service)->on_demand);
	targets_apply();
}

/* Somebody has connected; or, if it is not awaited any more, the sockets are not
 * watched any more. */
static void demand(uint32_t service)
{
	if (is_awaited(service))
		start(service);
	else
		ready_await(service);
}

/* Watches the sockets of all services with .on_demand. One that has not got its
 * sockets is started: that is tried again, and seen, until it has them. */
void ready_await_all(void)
{
	for (uint32_t i = 0; i < table_in_force()->services; i++) {
		if (configured(i)->on_demand == TARGET_DOWN)
			continue;
		(void)say_error("cannot watch for connections", open_epoll());
		ready_await(i);
		if (is_awaited(i) && sockets_open(i) < 0)
			start(i);
	}
}

/* By which of the two places of the service its socket is used now. */
static uint32_t speaker_at(uint32_t service)
{
	const struct table_service *s = configured(service);

	return world_socket(&supervisor.world, service) == s->ready_pipe
	               ? service
	               : s->other - 1;
}

/* True: a message was taken, and there may be more. */
static bool happened(uint64_t data)
{
	if ((data & (DEMAND | STORED)) == 0)
		return take_one(speaker_at((uint32_t)data));
	if ((data & DEMAND) != 0)
		demand((uint32_t)data);
	else
		store_drop((uint32_t)data);
	return false;
}

/* Reads what services have said, of each that has said something: a sign of life
 * is heard before silence is judged. A message of each in turn: most have sent
 * one, and the epoll tells for all of them that there are no more. */
void ready_read(void)
{
	static struct epoll_event events[READY_EVENTS];
	uint32_t rounds =
		READY_MESSAGES *
		(supervisor.world.table->services / READY_EVENTS + 1);
	bool taken, any = false;

	do {
		int count = sys_epoll_wait(FD_READY, events, READY_EVENTS, 0);

		taken = false;
		for (int i = 0; i < count; i++)
			taken |= happened(events[i].data);
		any |= taken;
	} while (taken && --rounds > 0);
	gathers = any && supervisor.world.dirty.count == 0 &&
	          supervisor.now_ms - read_ms <= GATHER_MS;
	read_ms = supervisor.now_ms;
}

/* Reads and watches the sockets of all services that have one. An error is said;
 * then some services do not become ready. */
void ready_open(void)
{
	uint32_t services = supervisor.world.table->services;
	int error = 0;

	epoll_fd = -1;
	for (uint32_t i = 0; i < services && error >= 0; i++) {
		error = watch_socket(i);
		(void)say_error(is_notified(i)
		                        ? "cannot watch for READY_SD_NOTIFY"
		                        : "cannot watch for READY_FD",
		                error);
	}
	for (uint32_t i = 0; i < services && epoll_fd >= 0; i++)
		store_watch(i);
	if (epoll_fd >= 0)
		ready_read(); /* what was said while there was no supervisord */
}
