/* SPDX-License-Identifier: MIT */
/* How an orphan ended. From Linux 6.15 on the kernel keeps the status of a
 * process as long as there is a pidfd of it, after it was reaped as well, and
 * tells it without any right (PIDFD_GET_INFO, linux/pidfd.h). The pidfds are in
 * the socket of orphans.c, from which they are only peeked: so the queue is
 * always whole, whenever supervisord is killed, and the place of a message in
 * it is its number. */
#include "supervisord/recovery/pidfds.h"

#include "model/descriptor.h"
#include "supervisord/tree/process.h"
#include "sys/call.h"

static void close_all(const struct control_fds *fds, unsigned count)
{
	while (count > 0)
		(void)sys_close(fds->fd[--count]); /* the socket has it, too */
}

/* Copies of the descriptors in the message that is next to be peeked: their
 * number, or -errno. */
static int peek(int socket, struct control_fds *fds)
{
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr header = {
		.parts = &part,
		.part_count = 1,
		.control = fds,
		.control_length = sizeof(*fds),
	};
	long got = sys_recvmsg(socket, &header,
	                       MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

	if (got < 0)
		return (int)got;
	if (header.control_length <= CONTROL_FDS_LENGTH(0) ||
	    fds->type != SCM_RIGHTS)
		return 0;
	return (int)((fds->length - CONTROL_FDS_LENGTH(0)) / 4);
}

/* The end of the socket that has the pidfds in its queue is itself in the queue
 * of the other end. A descriptor to close, or -errno. */
static int open_queue(void)
{
	struct control_fds fds;
	int count = peek(FD_ORPHANS, &fds);

	if (count <= 0)
		return count < 0 ? count : -ENOENT;
	close_all(&fds, (unsigned)count - 1);
	if (count == 1)
		return fds.fd[0];
	(void)sys_close(fds.fd[count - 1]); /* it is no socket of ours */
	return -EINVAL;
}

/* How many messages are in the socket, of a byte each: the number of the next
 * one (FIONREAD, unix(7)). 0 also if that cannot be told; then it is not known
 * how the orphans of that message end. */
uint32_t pidfds_sent(void)
{
	int queue = open_queue(), bytes = 0;

	if (queue < 0)
		return 0;
	if (sys_ioctl(queue, FIONREAD, &bytes) < 0)
		bytes = 0;
	(void)sys_close(queue); /* the socket has it */
	return (uint32_t)bytes;
}

/* The pidfds of that message: their number, or -errno (SO_PEEK_OFF,
 * socket(7)). */
static int peek_message(uint32_t message, struct control_fds *fds)
{
	int queue = open_queue(), offset = (int)message, error;

	if (queue < 0)
		return queue;
	error = sys_setsockopt(queue, SOL_SOCKET, SO_PEEK_OFF, &offset,
	                       sizeof(offset));
	if (error >= 0)
		error = peek(queue, fds);
	(void)sys_close(queue); /* the socket has it */
	return error;
}

/* The pidfd whose process has this key; -1: none. */
static int find(const struct control_fds *fds, int count, uint64_t key)
{
	struct process p = { .pidfs = true };

	for (int k = 0; k < count; k++) {
		p.fd = fds->fd[k];
		if (key != KEY_UNKNOWN && process_key(&p) == key)
			return p.fd;
	}
	return -1;
}

/* A zombie is readable at once, and hangs up when it is reaped. The pidfd may
 * have got the number with which it was added first. */
static bool wait_for_reaping(int fd, uint64_t data)
{
	struct epoll_event event = { .events = EPOLLHUP | EPOLLONESHOT,
		                     .data = data };
	int error = sys_epoll_ctl(FD_ORPHAN_EVENTS, EPOLL_CTL_ADD, fd, &event);

	if (error == -EEXIST)
		error = sys_epoll_ctl(FD_ORPHAN_EVENTS, EPOLL_CTL_MOD, fd,
		                      &event);
	return error >= 0;
}

static enum pidfds_end ask(int fd, uint64_t data, union ending *how)
{
	struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };

	if (fd < 0 || sys_ioctl(fd, PIDFD_GET_INFO, &info) < 0)
		return PIDFDS_UNKNOWN; /* before Linux 6.13, or reaped */
	if ((info.mask & PIDFD_INFO_EXIT) != 0) {
		*how = ending_from_wait((uint32_t)info.exit_code);
		return PIDFDS_KNOWN;
	}
	return wait_for_reaping(fd, data) ? PIDFDS_UNREAPED : PIDFDS_UNKNOWN;
}

/* How the process with that key and pid ended, whose pidfd was sent in that
 * message; the epoll has told that it did. *how is set if that is known. */
enum pidfds_end pidfds_how(uint32_t message, uint64_t key, int32_t pid,
                           union ending *how)
{
	struct control_fds fds;
	int count = peek_message(message, &fds);
	enum pidfds_end end;

	if (count <= 0)
		return PIDFDS_UNKNOWN;
	end = ask(find(&fds, count, key), pidfds_data(message, pid), how);
	close_all(&fds, (unsigned)count);
	return end;
}
