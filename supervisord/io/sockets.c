/* SPDX-License-Identifier: MIT */
/* The sockets of .listen. connate keeps each at its number, as it keeps the
 * pipes of loggers (pipes.c), so a client that connects while there is no
 * service, or no supervisord, waits in the backlog. No text is parsed here: the
 * table has what the system calls take. */
#include "supervisord/io/sockets.h"

#include "model/text.h"
#include "supervisord/base/privilege.h"
#include "supervisord/base/say.h"
#include "supervisord/base/supervisor.h"
#include "supervisord/io/descriptors.h"
#include "supervisord/io/link.h"
#include "sys/fd.h"

/* sockaddr of bind(2): the path of a unix socket stands behind the family. */
static const char *address_of(const struct table_socket *s)
{
	return table_text(table_in_force(), s->address);
}

static bool has_file(const char *address)
{
	return *(const uint16_t *)(const void *)address == AF_UNIX &&
	       address[2] == '/';
}

static int bind_at(int fd, const struct table_socket *s)
{
	uint32_t mask = (uint32_t)sys_umask(~s->mode & 0777u);
	int error = sys_bind(fd, address_of(s), s->address_bytes);

	(void)sys_umask(mask); /* cannot fail */
	return error;
}

/* Does nothing listen at this file? Then it is left from an earlier session, or
 * from a supervisord that was killed before connate had the socket. */
static bool is_left(const struct table_socket *s)
{
	int fd = sys_socket(AF_UNIX, s->type | SOCK_CLOEXEC | O_NONBLOCK, 0);
	int error = sys_connect(fd, address_of(s), s->address_bytes);

	(void)sys_close(fd); /* there may be none */
	return error == -ECONNREFUSED;
}

/* Its file belongs to the users of .listen before anything can connect: only
 * listen(2) lets it. */
static int bind_file(int fd, const struct table_socket *s)
{
	const char *path = address_of(s) + 2;
	int error = bind_at(fd, s);

	if (error == -EADDRINUSE && is_left(s)) {
		(void)sys_unlinkat(AT_FDCWD, path, 0); /* bind says it */
		error = bind_at(fd, s);
	}
	if (error < 0 || (s->uid & s->gid) == TABLE_NONE)
		return error;
	return sys_fchownat(AT_FDCWD, path, s->uid, s->gid,
	                    AT_SYMLINK_NOFOLLOW);
}

static int set_options(int fd, const struct table_socket *s)
{
	const struct table *t = table_in_force();
	const uint32_t *option = table_list(t, s->options.at);
	const uint32_t *end = option + s->options.count;
	const char *device;
	int error = 0;

	for (; option < end && error >= 0; option += OPTION_WORDS)
		error = sys_setsockopt(fd, (int)option[0], (int)option[1],
		                       option + 2, sizeof(*option));
	if (error < 0 || s->device == TABLE_NONE)
		return error;
	device = table_text(t, s->device);
	return sys_setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
	                      (uint32_t)text_length(device));
}

static int make_ready(int fd, const struct table_socket *s)
{
	int error = set_options(fd, s);

	if (error >= 0)
		error = has_file(address_of(s)) ? bind_file(fd, s)
		                                : bind_at(fd, s);
	if (error < 0 || s->type == SOCK_DGRAM)
		return error;
	return sys_listen(fd, (int)s->backlog);
}

/* Killed before connate has it: the socket is closed, and the successor opens
 * it; it finds the file of a unix socket to be left (is_left()). */
static int open_socket(const struct table_socket *s)
{
	int number = log_read_fd(s->pipe), error;
	int fd = sys_socket(*(const uint16_t *)(const void *)address_of(s),
	                    s->type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fd;
	error = make_ready(fd, s);
	if (error < 0) {
		(void)sys_close(fd);
		return error;
	}
	error = fd_move(fd, number, O_CLOEXEC);
	return error < 0 ? error
	                 : link_send_waiting(link_make(LINK_KEEP, number, 0, 0),
	                                     number);
}

/* Opens the sockets of the service that are not open yet, and has connate keep
 * them. 0; or the -errno of one that cannot be, which is said: the others are
 * opened all the same, and it is tried again before the service starts. */
int sockets_open(uint32_t service)
{
	const struct table *t = table_in_force();
	const struct table_service *s = configured(service);
	int first = 0;

	for (uint32_t k = 0; k < table_sockets(s); k++) {
		const struct table_socket *socket = table_socket(t, s, k);
		int error = 0;

		if (!descriptor_is_open(log_read_fd(socket->pipe))) {
			privilege_raise();
			error = open_socket(socket);
			privilege_lower();
		}
		if (error < 0 && first == 0)
			say_unbound(service, table_text(t, socket->text),
			            first = error);
	}
	return first;
}

/* Opens all that are missing. */
void sockets_open_all(void)
{
	for (uint32_t i = 0; i < table_in_force()->services; i++)
		(void)sockets_open(i); /* said; and tried again */
}

/* Removes the file of a socket that is to be closed; nothing, if fd is not open,
 * or none that has a file. */
void socket_drop_file(int fd)
{
	char address[ADDRESS_BYTES_MAX + 1] = { 0 };
	uint32_t size = ADDRESS_BYTES_MAX;

	if (sys_getsockname(fd, address, &size) >= 0 && has_file(address))
		(void)sys_unlinkat(AT_FDCWD, address + 2, 0);
}
