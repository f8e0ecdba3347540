/* SPDX-License-Identifier: MIT */
/* connate-bus: started by prepare/ beside a service with READY_BUS. It asks the bus
 * whether the name is owned, and is told when that changes; then it writes a
 * newline for the service, as the service itself would with READY_FD, and ends.
 * It ends as well when the service does. It does not look for whoever owns the
 * name: that is the service's affair, and the bus's policy. */
#include "bus/address.h"
#include "bus/wire.h"
#include "model/clock.h"
#include "model/text.h"
#include "sys/call.h"
#include "sys/clock.h"
#include "sys/memory.h"
#include "sys/message.h"
#include "sys/start.h"

#define MATCH                                                                  \
	"type='signal',sender='org.freedesktop.DBus',"                         \
	"interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='"

enum {
	EXIT_USAGE = 2,
	AGAIN_MS = 100,             /* before the bus is tried again … */
	AGAIN_MAX_MS = 2000,        /* … doubled up to this */
	LOOK_MS = 1000,             /* at the service, where there are no
	                               pidfds (before Linux 5.3) */
};

enum serial { SERIAL_HELLO = 1, SERIAL_MATCH, SERIAL_OWNER };

static struct bus {
	const char *name;
	bool session;
	int out;                    /* where the newline goes */
	int service, service_fd;    /* its process; below 0: no pidfd */
	char *const *envp;

	int fd;                     /* of the bus; below 0: not open */
	bool admitted;              /* the bus has said OK */
	bool said;                  /* that it cannot be reached */
	uint64_t again_at_ms;
	uint32_t again_ms;
	uint64_t skip;              /* bytes of a message that is too long */
	size_t have;
	_Alignas(8) unsigned char bytes[WIRE_MESSAGE_MAX];
} bus = { .fd = -1, .again_ms = AGAIN_MS };

static void say(const char *what, const char *why)
{
	if (!bus.said)
		message("bus: ", bus.name, ": the ",
		        bus.session ? "session" : "system", " bus ", what, why,
		        "; trying again", NULL);
	bus.said = true;
}

static void leave(const char *what, const char *why)
{
	say(what, why);
	(void)sys_close(bus.fd); /* it is given up */
	bus.fd = -1;
	bus.admitted = false;
	bus.have = 0;
	bus.skip = 0;
	bus.again_at_ms = clock_now_ms() + bus.again_ms;
	bus.again_ms = bus.again_ms * 2 < AGAIN_MAX_MS ? bus.again_ms * 2
	                                               : AGAIN_MAX_MS;
}

static void send(const void *bytes, size_t size)
{
	long sent = sys_write(bus.fd, bytes, size);
	struct digits d;

	/* The little that is sent has room, or nobody reads it. */
	if (sent != (long)size && bus.fd >= 0)
		leave("does not read: ",
		      text_error(&d, sent < 0 ? (int)sent : -EAGAIN));
}

/* Who we are, as EXTERNAL has it: the digits of the uid as hexadecimal. */
static void ask_admission(void)
{
	static const char before[] = "\0AUTH EXTERNAL ";
	char line[80];
	struct digits d;
	const char *uid = text_number(&d, sys_getuid());
	size_t at = sizeof(before) - 1;

	memcpy(line, before, at);
	for (; *uid != '\0'; uid++) {
		line[at++] = '3';
		line[at++] = *uid;
	}
	line[at++] = '\r';
	line[at++] = '\n';
	send(line, at);
}

static int open_one(const struct address *a)
{
	int error, fd;

	if (a->size == 0)
		return -EPROTONOSUPPORT;
	fd = sys_socket(AF_UNIX, SOCK_STREAM | O_NONBLOCK | SOCK_CLOEXEC,
	                0);
	if (fd < 0)
		return fd;
	error = sys_connect(fd, &a->name, a->size);
	if (error < 0)
		(void)sys_close(fd); /* it was not used */
	return error < 0 ? error : fd;
}

/* The first of the list that can be had. */
static int open_list(const char *list)
{
	int fd = -EINVAL;

	while (fd < 0 && *list != '\0') {
		struct address a;

		list = address_next(list, &a);
		fd = open_one(&a);
	}
	return fd;
}

static int open_path(const char *folder, const char *file)
{
	struct address a;

	return address_of_path(&a, folder, file) ? open_one(&a) : -ENAMETOOLONG;
}

static const char *variable(const char *name)
{
	return text_value(bus.envp, name, text_length(name));
}

static int open_bus(void)
{
	const char *list = variable(bus.session ? "DBUS_SESSION_BUS_ADDRESS"
	                                        : "DBUS_SYSTEM_BUS_ADDRESS");
	const char *folder = variable("XDG_RUNTIME_DIR");

	if (list != NULL && *list != '\0')
		return open_list(list);
	if (!bus.session)
		return open_path("/run/dbus", "/system_bus_socket");
	return folder != NULL ? open_path(folder, "/bus") : -EDESTADDRREQ;
}

static void begin(void)
{
	struct digits d;
	int fd = open_bus();

	if (fd < 0) {
		leave("cannot be reached: ",
		      fd == -EDESTADDRREQ ? "there is no "
		                            "DBUS_SESSION_BUS_ADDRESS and no "
		                            "XDG_RUNTIME_DIR in .env"
		      : fd == -EPROTONOSUPPORT ? "its address is no unix:path="
		                                 " or unix:abstract="
		                               : text_error(&d, fd));
		return;
	}
	bus.fd = fd;
	ask_admission();
}

static bool service_is_gone(void)
{
	struct pollfd p = { .fd = bus.service_fd, .events = POLLIN };
	const struct __kernel_timespec now = { 0 };

	if (bus.service_fd < 0)
		return sys_kill(bus.service, 0) == -ESRCH;
	return sys_ppoll(&p, 1, &now) > 0;
}

/* A service that is gone has nothing to tell: the newline would be that of the
 * next one. */
static _Noreturn void tell(void)
{
	if (!service_is_gone())
		(void)sys_write(bus.out, "\n", 1); /* .max_ready tells */
	sys_exit(0);
}

static void call(const char *member, enum serial serial, const char *argument)
{
	struct wire_call c;

	wire_call(&c, member, serial, argument);
	send(c.bytes, c.size);
}

/* The match comes first: a name that changes its owner meanwhile is seen by one
 * of the two. */
static void ask_owner(void)
{
	char match[sizeof(MATCH) + WIRE_NAME_MAX + 1] = MATCH;
	size_t at = sizeof(MATCH) - 1, length = text_length(bus.name);

	memcpy(match + at, bus.name, length);
	match[at + length] = '\'';
	send("BEGIN\r\n", 7);
	call("Hello", SERIAL_HELLO, NULL);
	call("AddMatch", SERIAL_MATCH, match);
	call("NameHasOwner", SERIAL_OWNER, bus.name);
}

/* The answer is a line. 0: not the whole of it has come. */
static size_t hear_admission(void)
{
	static const char ok[] = "OK ";

	for (size_t k = 1; k < bus.have; k++) {
		if (bus.bytes[k - 1] != '\r' || bus.bytes[k] != '\n')
			continue;
		for (size_t n = 0; n < sizeof(ok) - 1; n++)
			if (bus.bytes[n] != (unsigned char)ok[n]) {
				leave("does not admit us", "");
				return 0;
			}
		bus.admitted = true;
		ask_owner();
		return bus.fd >= 0 ? k + 1 : 0;
	}
	return 0;
}

static bool is_owned(const struct wire_message *m)
{
	uint32_t at = 0;
	const char *name, *before, *after;

	if (m->type == WIRE_RETURN)
		return m->answers == SERIAL_OWNER && m->body_size == 4 &&
		       m->body[0] == 1;
	if (m->type != WIRE_SIGNAL || m->member == NULL || m->sender == NULL ||
	    !text_equal(m->sender, "org.freedesktop.DBus") ||
	    !text_equal(m->member, "NameOwnerChanged"))
		return false;
	name = wire_text(m, &at);
	before = name != NULL ? wire_text(m, &at) : NULL;
	after = before != NULL ? wire_text(m, &at) : NULL;
	return after != NULL && *after != '\0' && text_equal(name, bus.name);
}

/* Takes the message at the beginning. How many bytes it had; 0: not the whole of
 * it has come. */
static size_t hear_message(void)
{
	struct wire_message m;
	uint64_t size;

	if (bus.have < WIRE_HEAD)
		return 0;
	size = wire_size(bus.bytes);
	if (size == 0) {
		leave("sends what is no message", "");
		return 0;
	}
	if (size > WIRE_MESSAGE_MAX) {
		bus.skip = size - bus.have;
		return bus.have;
	}
	if (bus.have < size)
		return 0;
	if (wire_read(bus.bytes, (uint32_t)size, &m)) {
		if (is_owned(&m))
			tell();
		if (m.type == WIRE_ERROR && m.answers != 0)
			leave("refuses: ", m.error != NULL ? m.error : "");
	}
	return bus.fd >= 0 ? size : 0;
}

static void hear_all(void)
{
	size_t took;

	while (bus.have > 0 &&
	       (took = bus.admitted ? hear_message() : hear_admission()) > 0) {
		bus.have -= took;
		memmove(bus.bytes, bus.bytes + took, bus.have);
	}
}

static void hear(void)
{
	size_t room = sizeof(bus.bytes) - bus.have;
	struct digits d;
	long got;

	if (bus.skip > 0 && bus.skip < room)
		room = bus.skip;
	got = sys_read(bus.fd, bus.bytes + bus.have, room);
	if (got == -EAGAIN || got == -EINTR)
		return;
	if (got <= 0) {
		leave("has gone: ", got < 0 ? text_error(&d, (int)got)
		                            : "it has closed the connection");
		return;
	}
	if (bus.skip > 0) {
		bus.skip -= (uint64_t)got;
		return;
	}
	bus.have += (size_t)got;
	hear_all();
	if (bus.have == sizeof(bus.bytes))
		leave("sends what is no answer", "");
}

static uint64_t wake_up_ms(uint64_t now_ms)
{
	uint64_t at = bus.fd < 0 ? bus.again_at_ms : NEVER_MS;

	return bus.service_fd < 0 ? earlier(at, now_ms + LOOK_MS) : at;
}

static _Noreturn void go_on(void)
{
	for (;;) {
		uint64_t now_ms = clock_now_ms(), until;
		struct __kernel_timespec timeout;
		struct pollfd fds[2];

		if (service_is_gone())
			sys_exit(0);
		if (bus.fd < 0 && now_ms >= bus.again_at_ms)
			begin();
		fds[0] = (struct pollfd){ .fd = bus.fd, .events = POLLIN };
		fds[1] = (struct pollfd){ .fd = bus.service_fd,
			                  .events = POLLIN };
		until = wake_up_ms(now_ms);
		timeout = clock_left(now_ms, until);
		if (sys_ppoll(fds, 2, until == NEVER_MS ? NULL : &timeout) > 0 &&
		    fds[0].revents != 0)
			hear();
	}
}

static int usage(void)
{
	message("usage: bus NAME system|session DESCRIPTOR PID, by prepare",
	        NULL);
	return EXIT_USAGE;
}

int main(int argc, char **argv, char **envp)
{
	uint64_t out, service;

	if (argc != 5 || !text_is_bus_name(argv[1]) ||
	    !text_to_number(argv[3], INT32_MAX, &out) ||
	    !text_to_number(argv[4], INT32_MAX, &service))
		return usage();
	(void)sys_prctl(PR_SET_NAME, (unsigned long)"connate-bus", 0);
	bus.name = argv[1];
	bus.session = text_equal(argv[2], "session");
	bus.out = (int)out;
	bus.service = (int)service;
	bus.service_fd = sys_pidfd_open(bus.service);
	bus.envp = envp;
	go_on();
}
